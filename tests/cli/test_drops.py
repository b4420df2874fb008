#!/usr/bin/python3
"""`knowhy drops` from the outside: refusals, signals, outputs. Needs root and this kernel's BPF."""
import fcntl
import os
import pty
import re
import signal
import subprocess
import tempfile
import time

from harness import (NOBODY, Case, Live, LiveJson, Named, Net, catches, knowhy, KNOWHY, main,
                     read_pty, records, wait_for)

LOOPBACK_ONLY = "udp dst port 9 and host 127.0.0.1"


class Refused(Case):
    def test_without_privilege(self):
        done = knowhy("drops", "--for", "1s", prefix=NOBODY)
        self.assert_one_error(done, 1, "CAP_BPF", "CAP_PERFMON", "root")

    def test_without_btf(self):
        without = ["unshare", "--mount", "sh", "-c",
                   'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh"]
        done = knowhy("drops", "--for", "1s", prefix=without)
        self.assert_one_error(done, 1, "BTF")

    def test_a_filter_that_is_none(self):
        self.assert_one_error(knowhy("drops", "--for", "1s", "udp", "prot", "9"), 2, "filter")

    def test_a_device_is_no_filter(self):
        self.assert_one_error(knowhy("drops", "--for", "1s", "no-such-dev0"), 2, "no-such-dev0")
        self.assert_one_error(knowhy("drops", "--for", "1s", "lo"), 2, "did you mean", "-i lo")

    def test_an_unknown_device_or_namespace(self):
        self.assert_one_error(knowhy("drops", "--for", "1s", "-i", "no-such-dev0"), 2,
                              "no device 'no-such-dev0' here")
        self.assert_one_error(knowhy("drops", "--for", "1s", "--ns", "no-such-ns"), 2,
                              "no network namespace 'no-such-ns'")
        with Named() as net:
            self.assert_one_error(knowhy("drops", "-i", "no-such-dev0", "--ns", net.name), 2,
                                  "no-such-dev0", net.name)
            net.run("ip", "link", "add", "kwonly0", "type", "veth", "peer", "name", "kwonly1")
            self.assert_one_error(knowhy("drops", "-i", "kwonly0"), 2, f"--ns {net.name}")

    def test_a_file_that_cannot_be_written(self):
        for option in ("-o", "--pcap", "--record"):
            with self.subTest(option):
                done = knowhy("drops", "--for", "1s", option, "/nonexistent/file")
                self.assertEqual(done.returncode, 1)
                self.assertIn("knowhy: ", done.stderr)
                self.assertIn("/nonexistent/file", done.stderr.splitlines()[-1])


class FullDisk(Case):
    """One line that names the file and says what is wrong; what was seen is told all the same."""

    def refused(self, option, path, errors):
        last = errors.splitlines()[-1]
        self.assertTrue(last.startswith("knowhy: "), errors)
        for word in (path, "No space left on device"):
            self.assertIn(word, last, option)

    def test_a_device_that_is_always_full(self):
        for option in ("-o", "--pcap", "--record"):
            with self.subTest(option):
                done = knowhy("drops", "--for", "500ms", option, "/dev/full")
                self.assertEqual(done.returncode, 1)
                self.refused(option, "/dev/full", done.stderr)

    def test_a_disk_that_fills_up_meanwhile(self):
        for option in ("--pcap", "--record"):
            with self.subTest(option), tempfile.TemporaryDirectory() as folder, Net() as net:
                path = f"{folder}/out"
                small = ["unshare", "--mount", "sh", "-c",
                         f'mount -t tmpfs -o size=16k none {folder} && exec "$@"', "sh"]
                with Live("drops", "--each", "--max-cpu", "100", option, path,
                          prefix=small) as live:
                    net.lose(500, payload=os.urandom(200))
                    live.signal()
                    out = live.end()
                    self.assertEqual(live.process.returncode, 1)
                self.refused(option, path, live.errors)
                self.assertIn("SUMMARY", out)


class Signals(Case):
    def test_before_it_is_armed_there_is_nothing_to_tell(self):
        # Opening a FIFO waits for its reader, so that knowhy stays where it has not armed yet.
        with tempfile.TemporaryDirectory() as folder:
            fifo = f"{folder}/fifo"
            os.mkfifo(fifo)
            with subprocess.Popen([KNOWHY, "drops", "--pcap", fifo], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as process:
                wait_for(lambda: catches(process, signal.SIGINT), "a handler for Ctrl-C")
                process.send_signal(signal.SIGINT)
                out, errors = process.communicate(timeout=20)
                self.assertEqual((process.returncode, out), (1, ""))
                self.assertEqual(len(errors.splitlines()), 1)

    def test_the_second_leaves_at_once(self):
        # A pipe that is full and that nobody reads holds knowhy in the middle of its summary.
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writer, b"x" * 4096)
        with Live("drops", stdout=writer) as live:
            live.signal()

            def writing():
                with open(f"/proc/{live.process.pid}/syscall", encoding="ascii") as call:
                    return call.read().split()[:2] == ["1", "0x1"]
            wait_for(writing, "the summary's write")
            self.assertIsNone(live.process.poll())
            live.signal()
            self.assertEqual(live.process.wait(20), 128 + signal.SIGINT)
        os.close(reader)
        os.close(writer)

    def test_both_signals_end_with_the_summary(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), Live("drops") as live:
                live.signal(number)
                out = live.end()
                self.assertEqual(live.process.returncode, 0)
                self.assertRegex(out, r"(?m)^SUMMARY  +\d+ events? = ")


class Bounds(Case):
    def test_count_ends_it(self):
        with Net() as net, Live("drops", "--count", "3", LOOPBACK_ONLY) as live:
            net.lose(5)
            live.end()
            self.assertEqual(live.process.returncode, 0)

    def test_exit_code(self):
        with Net() as net, Live("drops", "--exit-code", LOOPBACK_ONLY) as live:
            net.lose(2)
            live.stop()
            self.assertEqual(live.process.returncode, 3)
        done = knowhy("drops", "--exit-code", "--for", "300ms", "udp port 1 and udp port 2")
        self.assertEqual(done.returncode, 0)
        self.assertIn("No packet was lost.", done.stdout)


class Scope(Case):
    """-i and --ns: what is counted is what was asked for, and the rest is counted as left out."""

    def test_one_namespace_and_one_device(self):
        with Named() as net, Named() as other:
            net.run("ip", "link", "add", "kwa", "type", "veth", "peer", "name", "kwb")
            net.run("ip", "addr", "add", "10.67.0.1/24", "dev", "kwa")
            net.run("ip", "link", "set", "kwa", "up")  # its peer stays down: no carrier
            net.run("ip", "neigh", "add", "10.67.0.2", "lladdr", "02:00:00:00:00:02",
                    "dev", "kwa")
            loopback = ("-i", "lo", "--ns", net.name)
            for options, devices, lost in (((*loopback,), {"lo"}, 7),
                                           (("--ns", net.name), {"lo", "kwa"}, 12),
                                           ((*loopback, "udp", "port", "9"), {"lo"}, 4)):
                with self.subTest(options), LiveJson("drops", "--json", *options) as live:
                    net.lose(4)
                    net.lose(3, port=7)
                    net.lose(5, "10.67.0.2")
                    other.lose(6)
                    lines = live.lines()
                    summary = lines[-1]
                    findings = [line for line in lines if line["type"] == "finding"]
                    self.assertEqual({finding["device"] for finding in findings}, devices)
                    self.assertEqual({finding["netns"]["inum"] for finding in findings},
                                     {net.inum})
                    self.assertEqual((summary["events"], summary["lost"]), (lost, lost))
                    self.assertGreaterEqual(summary["filtered_out"], 18 - lost)
                    self.assertEqual(summary["scope"]["netns"]["name"], net.name)


class Output(Case):
    def test_a_pipe_gets_plain_text_with_books_that_close(self):
        with Net() as net, Live("drops", LOOPBACK_ONLY) as live:
            net.lose(7)
            out = live.stop()
        self.assertNotIn("\x1b", out)
        self.assertRegex(out, r"LOST +127\.0\.0\.1:\d+ > 127\.0\.0\.1:9 udp .* x7\b")
        events, lost, harmless, unknown, other = map(int, re.search(
            r"(\d+) events? = (\d+) lost \+ (\d+) harmless \+ (\d+) unknown \+ (\d+) other",
            out).groups())
        self.assertEqual(events, lost + harmless + unknown + other)
        self.assertEqual(lost, 7)

    def test_a_file_gets_what_a_pipe_would(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/out.txt"
            done = knowhy("drops", "--for", "300ms", "-o", path)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            with open(path, encoding="utf-8") as written:
                self.assertIn("SUMMARY", written.read())

    def terminal(self, environment):
        ours, theirs = pty.openpty()
        with Net() as net, Live("drops", LOOPBACK_ONLY, stdout=theirs,
                                env={**os.environ, **environment}) as live:
            os.close(theirs)
            net.lose(3)
            time.sleep(2.5)
            live.signal()
            out = read_pty(ours, live.process)
        os.close(ours)
        return out

    def test_a_terminal_gets_a_table_that_is_gone_at_the_end(self):
        out = self.terminal({"TERM": "xterm", "NO_COLOR": ""})
        self.assertIn("\x1b[1;31mLOST", out)
        drawn = out.count("lost + ") - 1  # the last is the summary's
        erased = len(re.findall(r"\x1b\[\d+F\x1b\[J", out))
        self.assertGreater(drawn, 0)
        self.assertEqual(drawn, erased)

    def test_no_color_is_kept(self):
        out = self.terminal({"TERM": "xterm", "NO_COLOR": "1"})
        self.assertIn("LOST", out)
        self.assertNotRegex(out, r"\x1b\[[0-9;]*m")

    def test_each_packet_has_a_line_as_it_is_lost(self):
        with Net() as net, Live("drops", "--each", LOOPBACK_ONLY) as live:
            net.lose(4)
            out = live.stop()
        line = r"(?m)^\d\d:\d\d:\d\d\.\d{3}  127\.0\.0\.1:\d+ > 127\.0\.0\.1:9 udp  in lo\(1\)  \S+"
        self.assertEqual(len(re.findall(line, out)), 4)

    def test_a_burst_does_not_hold_up_the_end(self):
        with Net() as net, LiveJson("drops", "--each", "--json", "--for", "2s",
                                    LOOPBACK_ONLY) as live:
            net.lose(40000)
            lines = records(live.end())
        summary = lines[-1]
        told = sum(line["type"] == "drop" for line in lines)
        self.assertEqual(summary["samples"], told + summary["untold_samples"])
        self.assertEqual(summary["events"], summary["samples"] + summary["lost_events"]
                         + summary["shed_samples"])
        self.assertEqual(summary["events"], sum(line["count"] for line in lines
                                                if line["type"] == "finding"))

    def test_each_packet_with_its_stack(self):
        with Net() as net, Live("drops", "--each", "--stack", LOOPBACK_ONLY) as live:
            net.lose(1)
            out = live.stop()
        self.assertRegex(out, r"(?m)^    \w+\+0x[0-9a-f]+")

    def test_interval_tells_where_it_stands(self):
        with Net() as net, Live("drops", "--interval", "200ms", LOOPBACK_ONLY) as live:
            net.lose(1)
            time.sleep(1)
            out = live.stop()
        self.assertGreater(out.count("SUMMARY"), 1)


class Hostile(Case):
    NAME = "\x1b[7mkw\x07"

    def test_a_device_name_with_escape_sequences(self):
        with Net() as net:
            net.run("ip", "link", "add", "name", "kwp", "type", "veth", "peer", "name", self.NAME)
            net.run("ip", "addr", "add", "10.66.0.1/24", "dev", "kwp")
            net.run("ip", "link", "set", self.NAME, "up")
            net.run("ip", "link", "set", "kwp", "up")
            net.run("ip", "neigh", "add", "10.66.0.2", "lladdr", "02:00:00:00:00:02",
                    "dev", "kwp")
            with Live("drops", "--each", "--stack", "--harmless") as live:
                net.lose(3, "10.66.0.2", 7)
                out = live.stop()
        self.assertIn("\\x1b[7mkw\\x07", out)
        self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f]")

    def test_packet_bytes_never_reach_the_output_raw(self):
        code = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                "s.sendto(b'\\x1b]0;owned\\x07\\xff' * 20, ('127.0.0.1', 9))")
        with Net() as net, Live("drops", "--each", "--stack", LOOPBACK_ONLY) as live:
            net.run("python3", "-c", code)
            out = live.stop()
        self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f]")
        self.assertIn("127.0.0.1:9", out)


class Files(Case):
    def test_pcapng_has_every_packet_with_its_cause(self):
        with tempfile.TemporaryDirectory() as folder, Net() as net:
            path = f"{folder}/lost.pcapng"
            with Live("drops", "--pcap", path, LOOPBACK_ONLY) as live:
                net.lose(6)
                live.stop()
            read = subprocess.run(
                ["tshark", "-r", path, "-T", "fields", "-e", "udp.dstport", "-e", "frame.comment",
                 "-e", "frame.interface_name"], capture_output=True, text=True, check=True)
        lines = read.stdout.splitlines()
        self.assertEqual(len(lines), 6)
        for line in lines:
            port, comment, device = line.split("\t")
            self.assertEqual((port, device), ("9", "lo"))
            self.assertRegex(comment, r"^no-socket-udp \(certain\): .* \| at __udp4_lib_rcv\+")

    def test_a_recording_reports_the_same_elsewhere(self):
        with tempfile.TemporaryDirectory() as folder, Net() as net:
            path = f"{folder}/lost.knowhy"
            with Live("drops", "--record", path, LOOPBACK_ONLY) as live:
                net.lose(6)
                out = live.stop()
            os.chmod(folder, 0o755)
            os.chmod(path, 0o644)
            for zone in ("UTC0", "IST-5:30"):  # times of day are the recorded host's
                done = knowhy("report", path, prefix=NOBODY, env=os.environ | {"TZ": zone})
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout, out)


if __name__ == "__main__":
    main()
