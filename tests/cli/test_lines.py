#!/usr/bin/python3
"""Source lines of a live run: knowhy drops in the lab's guest, with that kernel's debug files.

Every place of every stack must have the file, line and inline chain that eu-addr2line gives for the
call there; and a recording made without debug files must get the same from knowhy report.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from harness import KNOWHY, SKIPPED, SOURCE, Case, Net, knowhy, lab_files, main, records

sys.path.insert(0, str(SOURCE / "tests/peers"))
from test_addr2line import levels_of  # noqa: E402

FILTER = ("udp", "dst", "port", "9")


WITHOUT = ["unshare", "--mount", "sh", "-c",
           'mount -t tmpfs none /usr/lib/debug && exec "$@"', "sh"]


def in_guest():
    """Loses packets in vmlinux and in a module, under a run with and one without debug files."""
    out = pathlib.Path("/run/lab")
    with Net() as net:
        net.run("ip", "link", "add", "vx0", "type", "vxlan", "id", "7", "dstport", "4789")
        net.run("ip", "addr", "add", "10.77.0.1/24", "dev", "vx0")
        net.run("ip", "link", "set", "vx0", "up")
        net.run("ip", "neigh", "add", "10.77.0.9", "lladdr", "02:00:00:00:00:09", "dev", "vx0")
        for name, prefix in (("with", []), ("without", WITHOUT)):
            with open(out / f"{name}.jsonl", "w", encoding="utf-8") as lines, subprocess.Popen(
                    # Long enough for an emulated machine to read what it needs.
                    [*prefix, KNOWHY, "drops", "--json", "--each", "--for", "45s",
                     "--record", out / f"{name}.knowhy", *FILTER],
                    stdout=subprocess.PIPE, text=True) as run:
                lines.write(run.stdout.readline())  # armed
                net.lose(3)
                net.lose(3, "10.77.0.9")
                lines.write(run.stdout.read())


def places(lines):
    """Every place that the lines speak of, as the last of them has it: those before may have been
    told while the debug files were still being read."""
    known = {}
    for line in lines:
        for place in [line.get("where"), *line.get("stack", [])]:
            if place and place["symbol"]:
                known[place["symbol"], place["offset"]] = place
    return known


class Lines(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder, release = lab_files()
        cls.vmlinux = cls.folder / f"usr/lib/debug/boot/vmlinux-{release}"
        cls.share = pathlib.Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="knowhy-lines-")))
        done = subprocess.run([SOURCE / "lab/exec", "--limit", "500", "--share", cls.share,
                               __file__, KNOWHY, "in-guest"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        cls.live = records((cls.share / "with.jsonl").read_text(encoding="utf-8"))
        if any("no source lines" in note for line in cls.live for note in line.get("notes", [])):
            print("this machine is too busy: the guest had no time to read debug files")
            sys.exit(SKIPPED)

    def addr2line(self, place):
        """What eu-addr2line says of the call before a place of vmlinux."""
        starts = [line.split()[0] for line in subprocess.run(
            ["grep", "-w", place["symbol"] + "$", self.share / "symbols"], text=True,
            capture_output=True, check=False).stdout.splitlines()]
        self.assertEqual(len(starts), 1, place)
        address = int(starts[0], 16) + place["offset"] - (place["offset"] != 0)
        said = subprocess.run(["eu-addr2line", "-i", "-f", "-e", self.vmlinux, hex(address)],
                              capture_output=True, text=True, check=True).stdout.splitlines()
        return [level[:3] for level in levels_of(said)]

    def test_every_place_of_the_kernel_has_the_line_of_its_call(self):
        with open(self.share / "symbols", "w", encoding="ascii") as symbols:
            subprocess.run(["nm", self.vmlinux], stdout=symbols, check=True)
        drops = [line for line in self.live if line["type"] == "drop"]
        self.assertEqual(len(drops), 6)
        known = [place for place in places(self.live).values() if place["module"] is None]
        self.assertGreater(len(known), 12)
        inlined = 0
        for place in known:
            if place["symbol"] == "entry_SYSCALL_64_after_hwframe":
                continue  # a label within assembly: no function
            ours = [(level["function"], level["file"], level["line"])
                    for level in place["inlined"]] or \
                [(place["function"], place["file"], place["line"])]
            ours = [(function, re.sub(r"/{2,}", "/", re.sub(r"^(\./)+", "", file or "")), line)
                    for function, file, line in ours]
            self.assertEqual(ours, self.addr2line(place), place)
            inlined += len(ours) > 1
        self.assertGreater(inlined, 0)

    def test_a_module_has_lines_too(self):
        in_vxlan = [place for place in places(self.live).values() if place["module"] == "vxlan"]
        self.assertTrue(in_vxlan)
        for place in in_vxlan:
            outermost = (place["inlined"] or [place])[-1]
            self.assertIn("drivers/net/vxlan/", outermost["file"], place)

    def test_report_adds_to_a_recording_what_the_live_run_had(self):
        recording = str(self.share / "without.knowhy")
        bare = records(knowhy("report", "--json", recording).stdout)
        self.assertEqual({place["file"] for place in places(bare).values()}, {None})
        options = ("--debug-dir", str(self.folder))
        added = records(knowhy("report", "--json", recording, *options).stdout)
        recorded = records(knowhy("report", "--json", str(self.share / "with.knowhy")).stdout)
        # A label within assembly is no function, and has no line.
        self.assertLessEqual({symbol for (symbol, _), place in places(added).items()
                              if not place["file"]}, {"entry_SYSCALL_64_after_hwframe"})
        # Two runs' packets may have come two ways.
        common = places(added).keys() & places(recorded).keys()
        self.assertGreater(len(common), 8)
        for key in common:
            self.assertEqual(*[[places(lines)[key][field] for field in ("file", "line", "inlined")]
                               for lines in (added, recorded)], key)
        text = knowhy("report", "--stack", recording, *options).stdout
        self.assertRegex(text, r"where +\S+\+0x\w+.*  \S+\.c:\d+\n")
        self.assertIn("inlined: ", text)


if __name__ == "__main__":
    if sys.argv[2:3] == ["in-guest"]:
        in_guest()
    else:
        lab_files()
        main()
