#!/usr/bin/python3
"""`knowhy record` and `run --record` as far as they go without kprobes: what is refused, and a
script's words out of a recording as they were printed. The rest is in test_record_lab.py."""
import pathlib
import signal
import tempfile

from harness import NOBODY, Case, Live, knowhy, main, wait_for

SCRIPT = """BEGIN { printf("%s %d\\n", "begun", 3); @late["a"] = 5; }
interval:ms:10 { @ticks = count(); if (@n == 2) { exit(); } @n = @n + 1; }
END { print((1, "two")); time("%Y\\n"); }"""


class Record(Case):
    def setUp(self):
        # pylint: disable-next=consider-using-with
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        pathlib.Path(self.folder.name).chmod(0o755)
        self.file = str(pathlib.Path(self.folder.name, "a.knowhy"))

    def test_the_sets_are_listed_without_a_file(self):
        done = knowhy("record", "--sets", prefix=NOBODY)
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("@receive", "@forward", "@output", "@carrier", "@lacp"):
            self.assertIn(name + ":", done.stdout)

    def test_the_script_that_watches_can_be_seen(self):
        done = knowhy("record", "--dump", "--functions", "netif_carrier_on", "--no-return")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(":netif_carrier_on {", done.stdout)
        self.assertIn("operstate", done.stdout)
        self.assertNotIn("retval", done.stdout)

    def test_usage(self):
        self.assert_one_error(knowhy("record"), 2, "no FILE")
        self.assert_one_error(knowhy("record", self.file, "--functions", "@nonsense"), 2,
                              "no set '@nonsense'", "@receive")
        self.assert_one_error(knowhy("record", self.file, "-c", "true", "--", "true"), 2,
                              "contradict")
        self.assert_one_error(knowhy("record", self.file, "--max-size", "x"), 2, "no size")
        self.assert_one_error(
            knowhy("record", self.file, "--functions", "no_such_function_anywhere"), 2,
            "none of the functions", "no_such_function_anywhere")

    def test_who_may_not_is_told(self):
        done = knowhy("record", "/dev/null", "--functions", "netif_carrier_on", "--", "true",
                      prefix=NOBODY)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stdout, "")

    def recorded_run(self, *options):
        return knowhy("run", *options, "--record", self.file, "-e", SCRIPT)

    def test_report_prints_what_a_script_printed(self):
        for live, later in (((), ()), (("--json",), ("--json",)), (("--compat", "0.17"), ()),
                            (("-q",), ())):
            with self.subTest(options=live):
                printed = self.recorded_run(*live)
                self.assertEqual(printed.returncode, 0, printed.stderr)
                self.assertIn("begun", printed.stdout)
                pathlib.Path(self.file).chmod(0o644)
                told = knowhy("report", self.file, *later, prefix=NOBODY)
                self.assertEqual(told.returncode, 0, told.stderr)
                self.assertEqual(told.stdout, printed.stdout)

    def test_a_killed_run_leaves_what_it_had_said(self):
        live = Live("run", "--record", self.file, "-e",
                    'BEGIN { printf("first\\n"); } interval:ms:50 { printf("tick\\n"); }',
                    stdout=-3)
        # What is a second old is in the file.
        wait_for(lambda: "first" in knowhy("report", self.file).stdout, "the first word")
        live.process.send_signal(signal.SIGKILL)
        live.process.communicate()
        done = knowhy("report", self.file)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("first\n", done.stdout)
        self.assertIn("ends early", done.stderr)


if __name__ == "__main__":
    main()
