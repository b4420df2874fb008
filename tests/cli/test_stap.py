#!/usr/bin/python3
"""knowhy run: what SystemTap's scripts print. Needs no privilege, but for those that say so."""
import os
import sys
import unittest

from harness import SOURCE, knowhy, main

# A process of ours that calls getppid() (110 on x86-64) so often.
CALLS = 1000
CALLER = f"{sys.executable} -c 'import os\nfor _ in range({CALLS}): os.getppid()'"
OF_CALLER = "if (pid() != target() || $id != 110) next"


def cases():
    """Of stap_cases.txt, as (name, script, expected)."""
    text = (SOURCE / "tests/cli/stap_cases.txt").read_text(encoding="utf-8")
    for part in text.split("\n=== ")[1:]:
        name, _, rest = part.partition("\n")
        script, _, expected = rest.partition("\n---\n")
        yield name, script, expected


def run(script, *args):
    return knowhy("run", "-q", "--lang", "stap", *args, "-e", script)


class InUserSpace(unittest.TestCase):
    def test_cases(self):
        for name, script, expected in cases():
            with self.subTest(name):
                done = run(script)
                self.assertEqual(done.stdout, expected, done.stderr)

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


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class InTheKernel(unittest.TestCase):
    def run_there(self, script):
        done = run(script, "-c", CALLER)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_functions_texts_loops_and_failures(self):
        said = self.run_there("""
            global n, s, by, caught, lengths
            function label:string (i:long) {
              if (i % 2) return sprintf("odd-%03d", i % 3)
              return "even"
            }
            probe kernel.trace("sys_enter") {
              OF_CALLER
              n++
              s <<< n
              by[label(n)] <<< n
              try { x = 100 / (n % 5) } catch (message) { caught[message]++ }
              for (i = 0; i < 3; i++) if (i == 2) lengths[strlen(label(n) . "!")]++
            }
            probe end {
              println(n, " ", @count(s), " ", @sum(s), " ", @min(s), " ", @max(s))
              foreach (k+ in by) printf("%s %d\\n", k, @count(by[k]))
              foreach (k in caught) printf("%s %d\\n", k, caught[k])
              foreach (i- in lengths) printf("%d %d\\n", i, lengths[i])
            }""".replace("OF_CALLER", OF_CALLER))
        self.assertEqual(said, "1000 1000 500500 1 1000\neven 500\nodd-000 167\nodd-001 167\n"
                               "odd-002 166\ndivision by 0 200\n8 500\n5 500\n")

    def test_arrays_are_walked_and_emptied(self):
        said = self.run_there("""
            global n, a, sums, s
            probe kernel.trace("sys_enter") {
              OF_CALLER
              a[n % 7, "x"] = n
              s[n % 2] <<< n
              if (++n < 1000) next
              foreach ([k, t] in a) { if (k == 3) continue; sums[t] += k }
              found = 0
              foreach (k in s) found += @count(s[k])
              delete a
              delete s[0]
              println(sums["x"], " ", found, " ", [1, "x"] in a, " ", @count(s[0]), " ", @count(s[1]))
            }""".replace("OF_CALLER", OF_CALLER))
        self.assertEqual(said, "18 1000 0 0 500\n")

    def test_an_error_ends_the_script(self):
        done = run('probe kernel.trace("sys_enter") { error("seen " . execname()) } '
                   'probe error { println("failed") } probe end { println("never") }')
        self.assertEqual((done.returncode, done.stdout), (1, "failed\n"))
        self.assertIn("seen ", done.stderr)


if __name__ == "__main__":
    main()
