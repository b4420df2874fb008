"""What is known of the crashes before any is made."""
import re
import unittest

from . import crash, modules


class Key(unittest.TestCase):
    def test_each_crash_of_a_boot_is_one_of_the_module_and_has_its_mark(self):
        source = (modules.LAB / "modules/crash/knowhy_crash.c").read_text(encoding="ascii")
        known, marked = set(re.findall(r'^    \{"(\w+)", run_', source, re.M)), crash.marked_lines()
        for arch, boots in crash.BOOTS.items():
            for kind in [kind for boot in boots for kind in boot]:
                self.assertIn(kind, known, arch)
                self.assertIn(kind, marked, arch)

    def test_numbers_are_read_as_the_module_says_them(self):
        console = "[    1.0] other\r\nkey null_array 16 40 20\r\nkey bug -1 -1 -1\r\nkey list -1 -1 -8\r\n"
        self.assertEqual(crash.numbers_of(console),
                         {"null_array": {"index": 16, "stride": 40, "field_offset": 20}, "bug": {},
                          "list": {"field_offset": -8}})

    def test_the_hung_task_is_waited_for_and_not_by_the_shell_that_hangs(self):
        script = crash.script_of(["hung_task", "warn"])
        self.assertIn("(echo hung_task >/proc/knowhy_crash) &\nuntil ", script)
        self.assertIn("(echo warn >/proc/knowhy_crash)\n", script)


if __name__ == "__main__":
    unittest.main()
