#!/usr/bin/python3
"""knowhy oops on texts: no root, no images, no kernel of its own."""
import gzip
import json
import pathlib
import tempfile

import jsonschema

from harness import NOBODY, SOURCE, Case, knowhy, main, records

INCIDENT = SOURCE / "tests/oops/texts/rlb_arp_recv.mips64.txt"
TITLE = "BUG: unable to handle kernel NULL pointer dereference in rlb_arp_recv"

WARNING = """\
[  100.000001] ------------[ cut here ]------------
[  100.000002] NETDEV WATCHDOG: eth0 (e1000): transmit queue 0 timed out
[  100.000003] WARNING: CPU: 0 PID: 0 at net/sched/sch_generic.c:525 dev_watchdog+0x207/0x210
[  100.000004] CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-56-amd64 #1  Debian 6.1.192-2
[  100.000005] RIP: 0010:dev_watchdog+0x207/0x210
[  100.000006] RSP: 0018:ffffc90000003e70 EFLAGS: 00010282
[  100.000007] RAX: 0000000000000000 RBX: ffff888003e20000 RCX: 0000000000000027
[  100.000008] Call Trace:
[  100.000009]  <IRQ>
[  100.000010]  call_timer_fn+0x27/0x130
[  100.000011]  </IRQ>
[  100.000012] ---[ end trace 0000000000000000 ]---
"""
BOOT = "".join(f"[    0.{n:06}] usb 1-1: new device number {n}\n" for n in range(2000))
OOM = """\
cat invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0
CPU: 0 PID: 500 Comm: cat Not tainted 6.1.0 #1
Call Trace:
 dump_header+0x4a/0x1ff
"""


def oops(*words, text=None, prefix=()):
    return knowhy("oops", *words, input=text, prefix=prefix, env={"PATH": "/usr/bin:/bin"})


class Texts(Case):
    def test_incident_4_from_the_text_alone(self):
        done = oops(str(INCIDENT))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines()[0], TITLE)
        for words in ("rlb_arp_recv+0x128/0x228 [bonding]", "netif_receive_skb+0x3f0/0x4d8",
                      "[octeon_ethernet]", "swapper (pid 0)", "CPU 1"):
            self.assertIn(words, done.stdout)
        # The other CPU's dump is a report of its own.
        self.assertEqual(len(records_of(str(INCIDENT))), 2)

    def test_standard_input_is_read_when_it_is_piped(self):
        for words in ((), ("-",)):
            done = oops(*words, text=BOOT + WARNING)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("WARNING in dev_watchdog", done.stdout)
            self.assertIn("lines 2001 to 2012 of standard input", done.stdout)

    def test_without_privilege(self):
        done = oops("-", text=INCIDENT.read_text(encoding="utf-8"), prefix=NOBODY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(TITLE, done.stdout)

    def test_a_log_without_a_crash(self):
        done = oops("-", text=BOOT)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("no crash in standard input: 2000 lines read", done.stdout)

    def test_what_is_no_crash_is_told_on_request(self):
        done = oops("-", text=OOM)
        self.assertEqual(done.returncode, 0)
        self.assertIn("no crash", done.stdout)
        self.assertIn("--all", done.stderr)
        self.assertIn("invoked oom-killer", oops("-", "--all", text=OOM).stdout)

    def test_no_line_of_a_known_width_is_wider_than_the_page(self):
        for line in oops(str(INCIDENT)).stdout.splitlines():
            if not line.startswith("  signature"):
                self.assertLessEqual(len(line), 100, line)

    def test_escape_sequences_never_reach_the_terminal(self):
        hostile = WARNING.replace("dev_watchdog", "\x1b]0;x\x07dev_\x9bwatchdog").replace(
            "swapper/0", "sw\x1b[2J")
        for words in ((), ("--json",)):
            done = oops("-", *words, text=hostile)
            self.assertNotIn("\x1b", done.stdout)
            self.assertNotIn("\x07", done.stdout)

    def test_gzip(self):
        with tempfile.NamedTemporaryFile(suffix=".gz") as file:
            file.write(gzip.compress(INCIDENT.read_bytes()))
            file.flush()
            self.assertIn(TITLE, oops(file.name).stdout)

    def test_exit_code(self):
        self.assertEqual(oops("-", "--exit-code", text=WARNING).returncode, 3)
        self.assertEqual(oops("-", "--exit-code", text=BOOT).returncode, 0)
        self.assertEqual(oops("-", "--exit-code", text=OOM).returncode, 0)


class Comparing(Case):
    def test_the_same_crash(self):
        with tempfile.TemporaryDirectory() as folder:
            other = pathlib.Path(folder) / "other.txt"
            text = INCIDENT.read_text(encoding="utf-8")
            other.write_text(text.replace("a8000000", "b8000000"), encoding="utf-8")
            done = oops(str(INCIDENT), "--diff", str(other))
            self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (0, "the same crash"))

    def test_another_crash_and_where_they_part(self):
        done = oops("-", "--diff", str(INCIDENT), text=WARNING)
        self.assertEqual(done.stdout.splitlines()[0], "not the same crash")
        self.assertIn("kind: warning here, null-dereference there", done.stdout)

    def test_a_directory_gives_distinct_crashes_with_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("a", WARNING), ("b", WARNING + BOOT), ("c", BOOT)):
                (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
            (pathlib.Path(folder) / "d").write_text(INCIDENT.read_text(encoding="utf-8"),
                                                    encoding="utf-8")
            done = oops(folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            lines = done.stdout.splitlines()
            self.assertEqual(lines[0], "4 crashes in 4 files: 3 kinds")
            self.assertRegex(lines[1], r"^  2 +WARNING in dev_watchdog$")
            kinds = [line["count"] for line in records(oops(folder, "--json").stdout)
                     if line["type"] == "oops_group"]
            self.assertEqual(kinds, [2, 1, 1])

    def test_pstores_parts_are_put_together(self):
        with tempfile.TemporaryDirectory() as folder:
            lines = WARNING.splitlines(keepends=True)
            for part, piece in ((2, lines[:7]), (1, lines[7:])):
                (pathlib.Path(folder) / f"dmesg-efi-{part}").write_text(
                    f"Oops#1 Part{part}\n" + "".join(piece), encoding="utf-8")
            done = oops(folder)
            self.assertIn("1 crash in 1 file", done.stdout)


class Wrong(Case):
    def test_files_that_are_not_there(self):
        self.assert_one_error(oops("/nonexistent"), 2, "/nonexistent")
        self.assert_one_error(oops(str(INCIDENT), "--diff", "/nonexistent"), 2, "/nonexistent")
        self.assert_one_error(oops(str(INCIDENT), "--vmlinux", "/nonexistent"), 2, "--vmlinux")

    def test_a_module_without_its_file(self):
        self.assert_one_error(oops(str(INCIDENT), "--module", "bonding"), 2, "NAME=FILE")

    def test_a_comparison_with_no_crash(self):
        self.assert_one_error(oops("-", "--diff", str(INCIDENT), text=BOOT), 2, "no crash")

    def test_the_kernels_log_needs_privilege(self):
        self.assert_one_error(oops("--follow", prefix=NOBODY), 1, "/dev/kmsg")

    def test_an_image_that_is_none_is_refused_and_the_text_still_explained(self):
        done = oops(str(INCIDENT), "--vmlinux", "/bin/true", "--module", "bonding=/bin/true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(TITLE, done.stdout)


def records_of(*words, text=None):
    done = oops(*words, "--json", text=text)
    assert done.returncode == 0, done.stderr
    return [line for line in records(done.stdout) if line["type"] == "oops"]


class Json(Case):
    def test_every_line_is_as_its_schema_says(self):
        lines = []
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "a").write_text(WARNING, encoding="utf-8")
            for words in ((str(INCIDENT),), (folder,), (str(INCIDENT), "--diff", str(INCIDENT))):
                lines += records(oops(*words, "--json").stdout)
        for line in lines:
            schema = SOURCE / "docs/schema" / f"{line['type']}.json"
            jsonschema.validate(line, json.loads(schema.read_text(encoding="utf-8")))
        self.assertEqual([line["type"] for line in lines],
                         ["oops", "finding", "oops", "finding", "summary", "oops_group", "summary",
                          "oops_diff"])

    def test_incident_4(self):
        report, watchdog = records_of(str(INCIDENT))
        self.assertEqual(report["title"], TITLE)
        self.assertEqual(report["arch"], "mips64")
        self.assertEqual(report["fault_address"], "0x318")
        self.assertEqual(report["access"], "read")
        self.assertEqual(report["registers"]["s1"], "0x300")
        self.assertEqual(report["pc"]["module"], "bonding")
        self.assertEqual(report["code"]["marker"], 12)
        self.assertTrue(report["panicked"])
        self.assertEqual(watchdog["cpu"], 1)
        # Without an image there are no names but the text's own.
        for reading in report["explanation"]["readings"]:
            self.assertIsNone(reading["variable"])


if __name__ == "__main__":
    main()
