#!/usr/bin/python3
"""`knowhy demo` and `knowhy doctor`, as root and as nobody."""
import os
import re
import signal
import subprocess

from harness import KNOWHY, NOBODY, Case, knowhy, main


def link(path):
    """Where a symbolic link leads; nothing when it is gone, as a running process's may be by now."""
    try:
        return os.readlink(path)
    except OSError:
        return ""


def links(folder):
    """Where the symbolic links of a folder in /proc lead; empty when it is gone."""
    try:
        names = os.listdir(folder)
    except OSError:
        return set()
    return {link(f"{folder}/{name}") for name in names}


def held_by(pid):
    """The network namespaces that a process lives in or has open, as "net:[INUM]"."""
    found = links(f"/proc/{pid}/fd") | links(f"/proc/{pid}/ns")
    return {leads_to for leads_to in found if leads_to.startswith("net:")}


def held_by_anyone():
    pids = [name for name in os.listdir("/proc") if name.isdigit()]
    found = set().union(*(held_by(pid) for pid in pids))
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        return found | {line.split()[3] for line in mounts}


class Demo(Case):
    EXPECTED = {"martian": ("10.9.0.1", "accept_local"),
                "closed-port": ("10.9.0.2:9", "no UDP socket"),
                "firewall": ("10.9.0.2:5201", "filter")}

    def test_each_scene_is_explained(self):
        for name, words in self.EXPECTED.items():
            with self.subTest(name):
                done = knowhy("demo", name)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, r"(?ms)^LOST .{20,160} x5\b")
                self.assertEqual(done.stdout.count("LOST"), 1)
                for word in words:
                    self.assertIn(word, done.stdout)
                self.assertNotIn("\x1b", done.stdout)

    def test_incident_2_is_never_called_rp_filter(self):
        cause = [line for line in knowhy("demo").stdout.splitlines() if "cause" in line]
        self.assertTrue(cause)
        self.assertNotIn("rp_filter", "".join(cause))

    def test_nobody_is_shown_the_recording_and_told_so(self):
        for name, words in self.EXPECTED.items():
            with self.subTest(name):
                done = knowhy("demo", name, prefix=NOBODY)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("recording", done.stderr)
                for word in words:
                    self.assertIn(word, done.stdout)

    def test_nothing_stays(self):
        out = knowhy("demo", "firewall").stdout
        used = {f"net:[{inum}]" for inum in re.findall(r"netns (\d+)", out)}
        self.assertTrue(used)
        self.assertEqual(used & held_by_anyone(), set())

    def test_nothing_stays_after_ctrl_c(self):
        with subprocess.Popen([KNOWHY, "demo"], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            used = held_by(process.pid) - held_by(os.getpid())
            self.assertTrue(used)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        self.assertEqual(used & held_by_anyone(), set())


class Doctor(Case):
    def test_it_ends_well_whoever_asks(self):
        for prefix in ([], NOBODY):
            done = knowhy("doctor", prefix=prefix)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for word in (os.uname().release, "BTF", "tp_btf", "CAP_BPF", "debug file"):
                self.assertIn(word, done.stdout)

    def test_what_is_missing_has_a_cost(self):
        out = knowhy("doctor", prefix=NOBODY).stdout
        self.assertRegex(out, r"CAP_BPF +no +not held\n +costs: ")


if __name__ == "__main__":
    main()
