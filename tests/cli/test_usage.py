#!/usr/bin/python3
"""Command lines that are wrong, and what knowhy says of itself. Needs no root."""
import re
import unittest

from harness import Case, knowhy, main

COMMANDS = ("drops", "run", "list", "record", "report", "locate", "symbol", "oops", "diagnose", "show",
            "diff", "doctor", "demo", "help")


class Wrong(Case):
    def test_an_unknown_command_suggests_the_nearest(self):
        self.assert_one_error(knowhy("dorps"), 2, "'dorps'", "did you mean 'drops'?")

    def test_an_unknown_option_suggests_the_nearest(self):
        self.assert_one_error(knowhy("drops", "--cuont", "3"), 2, "did you mean '--count'?")
        self.assert_one_error(knowhy("--vresion"), 2, "did you mean '--version'?")

    def test_an_unknown_word_that_resembles_nothing_points_to_the_help(self):
        self.assert_one_error(knowhy("doctor", "--xyzzyx"), 2, "see knowhy doctor --help")

    def test_a_span_of_time_that_is_none(self):
        self.assert_one_error(knowhy("drops", "--for", "soon"), 2, "--for", "soon", "10s")

    def test_a_count_that_is_none(self):
        for count in ("0", "-1", "many"):
            self.assert_one_error(knowhy("drops", "--count", count), 2, "--count")

    def test_options_that_contradict_each_other(self):
        self.assert_one_error(knowhy("drops", "--stack", "--no-stack"), 2, "contradict")

    def test_an_option_without_its_value(self):
        self.assert_one_error(knowhy("drops", "--pcap"), 2, "--pcap")

    def test_escape_sequences_come_back_escaped(self):
        done = knowhy("demo", "\x1b[31mred")
        self.assert_one_error(done, 2, "\\x1b[31mred")

    def test_no_command_is_the_help_on_stderr(self):
        done = knowhy()
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("drops", done.stderr)

    def test_an_unknown_demo_names_those_there_are(self):
        self.assert_one_error(knowhy("demo", "martain"), 2, "martian", "closed-port", "firewall")

    def test_a_file_that_is_no_recording(self):
        self.assert_one_error(knowhy("report", "/etc/hostname"), 2, "/etc/hostname")
        self.assert_one_error(knowhy("report", "/nonexistent"), 2, "/nonexistent")


class Help(unittest.TestCase):
    def test_every_command_has_help_with_examples(self):
        for command in COMMANDS:
            done = knowhy(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            self.assertIn("Examples:", done.stdout)
            self.assertRegex(done.stdout, rf"\n  knowhy {command}")

    def test_no_line_is_wider_than_the_page(self):
        for command in ((), *((name,) for name in COMMANDS)):
            for line in knowhy(*command, "--help").stdout.splitlines():
                self.assertLessEqual(len(line), 100, line)

    def test_the_program_lists_its_commands_and_no_others(self):
        listed = re.findall(r"^  (\w+) ", knowhy("--help").stdout.split("\nCommands:")[1],
                            re.MULTILINE)
        self.assertEqual([word for word in listed if word != "knowhy"], list(COMMANDS))

    def test_version(self):
        done = knowhy("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^knowhy \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    main()
