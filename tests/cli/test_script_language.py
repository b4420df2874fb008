#!/usr/bin/python3
"""The bpftrace dialect's language, script by script: what each prints to the byte, or how it is
refused. Those of begin alone need no privilege; the others need root."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from harness import knowhy, main

PING = "ping -q -c 3 -i 0.2 127.0.0.1"

# (what the body of a begin probe is, what it prints; maps are cleared)
PRINTED = [
    ("@c[1] = count(); @c[1] = count(); if (@c[1] == 2) { print(@c[1] + 1) } clear(@c);", "3\n"),
    ('@s = sum(-5); @s = sum(2); printf("%d %d\\n", @s, (int64)@s * 2); clear(@s);', "-3 -6\n"),
    ("@m = min(4); @m = min(-3); @x = max(4); @x = max(9); $a = @m; $b = @x; print(($a, $b));"
     " clear(@m); clear(@x);", "(-3, 9)\n"),
    ("@a = avg(4); @a = avg(-10); $a = @a; print($a); clear(@a);", "-3\n"),
    ("@c[2] = count(); for ($kv : @c) { print($kv); } clear(@c);", "(2, 1)\n"),
    ("@m[1] = 5; if (find(@m, 1, $v)) { print($v) } if (!find(@m, 2, $v)) { print($v) }"
     " clear(@m);", "5\n5\n"),
    ("@m[1] = 5; if (delete(@m, 1)) { print(1) } if (!delete(@m, 1)) { print(2) }", "1\n2\n"),
    ("unroll(4) { $i++; if ($i == 2) { continue } if ($i == 4) { break } print($i) }", "1\n3\n"),
    ("for ($j : 0..2) { unroll(3) { $i++; if ($i == 2) { break } } print($i) }", "2\n5\n"),
    ('print(strlen("abc")); $s = comm; print(strlen($s)); print(strcap($s));', "3\n6\n16\n"),
    ('$s = comm; print(strstr($s, "why")); print(strstr($s, "not")); print(strstr("abc", $s));',
     "3\n-1\n-1\n"),
    ('$s = comm; $n = str($1); print(strcontains($s, "now")); print(strcontains($s, $s));',
     "true\ntrue\n"),
    ('$s = comm; printf("%c%c\\n", $s[0], $s[2]);', "ko\n"),
    ('printf("%s, %s, %s\\n", strerror(2), signal_name(9), strerror(99999));',
     "No such file or directory, SIGKILL, Unknown error 99999\n"),
    ('printf("%r %rx %rh\\n", buf("a\\x01c", 3), buf("abc", 3), buf("abc", 2));',
     "a\\x01c \\x61\\x62\\x63 61 62\n"),
    ("print(is_ptr((int8 *)1)); print(is_integer(1)); print(is_str(comm)); print(is_array(1));",
     "true\ntrue\ntrue\nfalse\n"),
    ("print(is_err((void *)-22)); print(is_err((void *)22));", "true\nfalse\n"),
    ("static_assert(sizeof(uint32) == 4, \"four\"); print(1);", "1\n"),
    ("$a = (uint64)pton(\"1.2.3.4\"); printf(\"%x\\n\", $a);", "4030201\n"),
    ("$a = (uint8[8])0x0102; print($a[0]); print($a[1]);", "2\n1\n"),
    ("_ = 5; print({ $a = 1; $a + 1 });", "2\n"),
    ('print(getopt("on")); print(getopt("n", 7)); print(getopt("word", "none"));',
     "false\n7\nnone\n"),
    ("print(default_str_length()); print(probetype); print(has_cpid());", "64\nbegin\nfalse\n"),
    ("let $a : int32 = 4; { let $b = 2; print($a + $b) } { let $b = 3; print($b) }", "6\n3\n"),
]

# (a script, what is said of it)
REFUSED = [
    ("begin { @s = stats(1); print(@s + 1) }", "@s is three numbers"),
    ("begin { @h = hist(1); if (@h > 1) { } }", "@h is a histogram"),
    ("begin { let $a = 1; { let $a = 2; } }", "$a is declared already"),
    ("begin { static_assert(1 == 2, \"never\") }", "never"),
    ("begin { fail(\"not on this one\") }", "not on this one"),
    ("begin { print(ustack(3)) }", "ustack() is not supported: this is about user space"),
    ("begin { write_user(1, 2, 3) }", "never changes"),
    ("begin { override(1) }", "never changes"),
    ("begin { @ = tseries(1, 1s, 5) }", "tseries() is not supported"),
    ("begin { print(path(1)) }", "path() is not supported"),
    ("begin { print(syscall_name(1)) }", "syscall_name() is not supported"),
    ("begin { printf(\"%gr\", 1) }", "%gr is not supported"),
    ("begin { skboutput(\"f\", 1, 2, 3) }", "skboutput() wants an argument of the probe"),
    ("begin { signal(\"NONE\") }", "no signal 'NONE'"),
    ("begin { print(pid(curr_ns)) }", "numbers tasks as the host does"),
    ("test:x { }", "test probes run only under bpftrace"),
    ("begin { break }", "there is no loop to break"),
]


def run(*args, **options):
    return knowhy("run", "-q", *args, **options)


class Language(unittest.TestCase):
    def test_what_is_printed(self):
        for body, printed in PRINTED:
            with self.subTest(body):
                done = run("-e", f"begin {{ {body} exit(); }}")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(done.stdout.rstrip("\n"), printed.rstrip("\n"))

    def test_what_is_refused(self):
        for script, words in REFUSED:
            with self.subTest(script):
                done = run("--check", "--unsafe", "-e", script)
                self.assertEqual(done.returncode, 2)
                self.assertIn(words, done.stderr)
                self.assertIn("hint: ", done.stderr)

    def test_options_of_a_script(self):
        with tempfile.NamedTemporaryFile("w", suffix=".bt") as script:
            script.write('begin { print(getopt("on")); print(getopt("n", 7));'
                         ' print(getopt("word", "none")); exit(); }')
            script.flush()
            done = run("--", script.name, "--on", "--n=-3", "--word=some")
            self.assertEqual(done.stdout.rstrip("\n"), "true\n-3\nsome", done.stderr)

    def test_an_assertion_ends_the_script(self):
        done = run("-e", 'begin { $a = 1; assert($a == 1, "one"); assert($a == 2, "two"); }')
        self.assertEqual(done.returncode, 1)
        self.assertIn("assert failed: two", done.stderr + done.stdout)

    def test_options_that_are_needless_here(self):
        done = run("-B", "none", "-I", "/usr/include", "--include", "linux/skbuff.h", "-k",
                   "--no-warnings", "--no-feature", "kprobe_multi", "-e", "begin { exit(); }")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(run("--dry-run", "-e", "interval:s:100 { }").returncode, 0)
        self.assertIn("begin", run("-d", "ast", "-e", "begin { exit(); }").stdout.lower())


class InTheKernel(unittest.TestCase):
    def test_an_aggregation_is_read_of_all_cpus_and_of_user_space(self):
        done = run("--for", "50s", "-e", """
            begin { @all = count(); @all = count(); @sum = sum(100); @least = min(-1); }
            rawtracepoint:sched_switch / @done == 0 / {
                @all = count(); @here[cpu] = count(); @sum = sum(1); @least = min(5);
                if (@all >= 50) {
                    @done = 1;
                    for ($kv : @here) { $n += $kv.1; }
                    printf("%d %d %d %d\\n", $n, @sum, @least, has_key(@here, cpu));
                    exit();
                }
            }
            end { clear(@all); clear(@here); clear(@sum); clear(@least); clear(@done); }""")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^\d+ \d+ -1 1\n")
        here, total = (int(number) for number in done.stdout.split()[:2])
        self.assertGreaterEqual(here, 48)
        self.assertGreaterEqual(total, 148)

    def test_packets_in_a_file(self):
        # Requests and replies are sent by ping: replies in its name, when a request is received.
        with tempfile.TemporaryDirectory() as folder:
            whole, cut = pathlib.Path(folder) / "whole.pcap", pathlib.Path(folder) / "cut.pcap"
            probe = "rawtracepoint:net_dev_queue /args.skb->len == 98 && comm == \"ping\"/"
            done = knowhy("run", "-c", PING, "-e",
                          f'{probe} {{ $r = skboutput("{whole}", args.skb, args.skb->len, 0);'
                          f' @[$r] = count(); skboutput("{cut}", args.skb, 40, 14); }}',
                          timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("@[0]: 6\n", done.stdout)
            self.assertIn(f"6 packets written to {whole}", done.stderr)
            read = [subprocess.run(["tcpdump", "-nn", "-r", str(path), "icmp"], check=True,
                                   capture_output=True, text=True) for path in (whole, cut)]
            for of_file in read:
                self.assertEqual(len(re.findall("127.0.0.1 > 127.0.0.1: ICMP echo request",
                                                of_file.stdout)), 3, of_file)
            self.assertIn("EN10MB", read[0].stderr)
            self.assertIn("RAW", read[1].stderr)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("needs root")
    main()
