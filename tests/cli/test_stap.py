#!/usr/bin/python3
"""knowhy run: what SystemTap's scripts print. Needs no privilege, but for those that say so."""
import os
import unittest

from harness import SOURCE, knowhy, main


def cases():
    """Of stap_cases.txt, as (name, script, expected)."""
    text = (SOURCE / "tests/cli/stap_cases.txt").read_text(encoding="utf-8")
    for part in text.split("\n=== ")[1:]:
        name, _, rest = part.partition("\n")
        script, _, expected = rest.partition("\n---\n")
        yield name, script, expected.removesuffix("\n")


def run(script, *args):
    return knowhy("run", "-q", "--lang", "stap", *args, "-e", script)


class InUserSpace(unittest.TestCase):
    def test_cases(self):
        for name, script, expected in cases():
            with self.subTest(name):
                done = run(script)
                self.assertEqual(done.stdout.removesuffix("\n"), expected.removesuffix("\n"),
                                 done.stderr)

    def test_an_error_is_told_on_standard_error_with_its_place(self):
        done = run('probe begin { error("told") }')
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("told", done.stderr)

    def test_a_timer_goes_on_until_it_has_enough(self):
        done = run("global n probe timer.ms(1) { if (++n == 5) { println(n); exit() } }")
        self.assertEqual((done.returncode, done.stdout), (0, "5\n"), done.stderr)

    def test_arguments(self):
        done = knowhy("run", "-q", "--lang", "stap", "-e",
                      "global n = $1 probe begin { println(n + 1, @2); exit() }", "41", "x")
        self.assertEqual((done.returncode, done.stdout), (0, "42x\n"), done.stderr)


if __name__ == "__main__":
    main()
