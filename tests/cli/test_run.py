#!/usr/bin/python3
"""knowhy run: scripts, what they print, how they end, and what they leave behind. Needs root."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import jsonschema

from harness import NOBODY, SOURCE, Case, Live, LiveJson, knowhy, main, records, wait_for

# A process of ours that calls getppid() so often, and nobody else does meanwhile in its name.
CALLS = 1000
CALLER = f"{sys.executable} -c 'import os\nfor _ in range({CALLS}): os.getppid()'"
COUNT = "tracepoint:syscalls:sys_enter_getppid /pid == cpid/ { @calls = count(); }"


def run(*args, **options):
    return knowhy("run", "-q", *args, **options)


def valid(text):
    """The lines, each held to the schema of its type."""
    lines = records(text)
    for line in lines:
        schema = SOURCE / f"docs/schema/{line['type']}.json"
        jsonschema.validate(line, json.loads(schema.read_text(encoding="utf-8")))
    return lines


def bpf_objects():
    """Every BPF program, map and link in the kernel, as (kind, id)."""
    found = set()
    for kind in ("prog", "map", "link"):
        out = subprocess.run(["bpftool", "-j", kind, "list"], check=True, capture_output=True)
        found |= {(kind, entry["id"]) for entry in json.loads(out.stdout or b"[]")}
    return found


class Script(Live):
    ARMED = "Attached"


class Words(unittest.TestCase):
    def test_what_a_script_prints(self):
        done = run("-e", 'BEGIN { printf("%s %d\\n", "hello", 42); @x[1, "a"] = 2; exit(); }')
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "hello 42\n\n\n@x[1, a]: 2\n")

    def test_attaching_is_told_on_standard_error(self):
        done = knowhy("run", "-e", "BEGIN { exit(); }")
        self.assertEqual((done.returncode, done.stdout.strip()), (0, ""))
        self.assertIn("1 probe", done.stderr)

    def test_the_exit_status_is_the_scripts(self):
        self.assertEqual(run("-e", "BEGIN { exit(7); }").returncode, 7)
        self.assertEqual(run("-e", "END { @ = 1; }").returncode, 0)

    def test_a_script_from_a_file_with_arguments(self):
        with tempfile.NamedTemporaryFile("w", suffix=".bt") as script:
            script.write('BEGIN { printf("%d %s\\n", $1, str($2)); exit(); }')
            script.flush()
            done = run(script.name, "5", "five")
            self.assertIn("5 five\n", done.stdout)
            with open(script.name, encoding="utf-8") as given:
                done = run("-", "6", "six", stdin=given)
            self.assertIn("6 six\n", done.stdout)

    def test_into_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "said"
            done = run("-o", str(path), "-e", 'BEGIN { printf("x\\n"); exit(); }')
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            self.assertTrue(path.read_text(encoding="utf-8").startswith("x\n"))

    def test_bpftraces_json(self):
        done = run("-f", "json", "-e", 'BEGIN { printf("x\\n"); @ = 3; exit(); }')
        lines = [json.loads(line) for line in done.stdout.splitlines() if line]
        self.assertEqual(lines, [{"type": "printf", "data": "x\n"},
                                 {"type": "map", "data": {"@": 3}}])

    def test_our_json(self):
        done = run("--json", "-e", 'BEGIN { printf("x\\n"); @ = 3; exit(); }')
        lines = valid(done.stdout)
        self.assertEqual([line["type"] for line in lines],
                         ["armed", "printed", "map", "summary"])
        self.assertEqual((lines[-1]["lost_events"], lines[-1]["missed_probes"]), (0, 0))

    def test_system_only_where_it_is_allowed(self):
        script = 'BEGIN { system("echo from %s", "outside"); exit(); }'
        refused = run("-e", script)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--unsafe", refused.stderr)
        self.assertIn("from outside\n", run("--unsafe", "-e", script).stdout)


class Probes(unittest.TestCase):
    def test_a_command_is_counted_from_its_first_call_to_its_last(self):
        done = run("-c", CALLER, "-e", COUNT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"@calls: {CALLS}\n", done.stdout)

    def test_two_at_once_do_not_disturb_each_other(self):
        # Of the same process, by its pid: it waits for both.
        code = f"import os,sys\nsys.stdin.read()\nfor _ in range({CALLS}): os.getppid()"
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as caller:
            script = (f"tracepoint:syscalls:sys_enter_getppid /pid == {caller.pid}/"
                      " { @calls = count(); }")
            arguments = ("run", "--json", "-p", str(caller.pid), "-e", script)
            with LiveJson(*arguments) as one, LiveJson(*arguments) as other:
                caller.communicate(b"")
                for live in (one, other):
                    maps = [line for line in records(live.end()) if line["type"] == "map"]
                    self.assertEqual(maps[0]["entries"][0]["value"], CALLS)

    def test_ticks(self):
        done = run("-e", "interval:ms:50 { @n++; if (@n == 3) { exit(); } }")
        self.assertIn("@n: 3\n", done.stdout)

    def test_a_time_to_end(self):
        began = time.monotonic()
        self.assertEqual(run("--for", "300ms", "-e", "interval:s:100 { }").returncode, 0)
        self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_it_ends_with_the_process(self):
        with subprocess.Popen(["sleep", "0.5"]) as process:
            self.assertEqual(run("-p", str(process.pid), "-e", "interval:s:100 { }").returncode, 0)

    def test_begin_comes_before_the_first_event_and_end_after_the_last(self):
        done = run("-c", CALLER, "-e", 'BEGIN { @calls = count(); printf("first\\n"); } '
                   + COUNT + ' END { printf("last\\n"); clear(@calls); }')
        self.assertEqual(done.stdout, "first\nlast\n\n\n")

    def test_it_ends_above_its_budget(self):
        began = time.monotonic()
        done = run("--max-cpu", "0.0001", "--for", "60s", "-e", "profile:hz:999 { @ = count(); }")
        self.assertLess(time.monotonic() - began, 50)
        self.assertEqual(done.returncode, 0)
        self.assertIn("--max-cpu", done.stderr)

    def test_an_iterator(self):
        done = run("-e", "iter:task { @tasks = count(); }")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"@tasks: \d+\n")

    def test_interrupted_it_tells_what_it_counted(self):
        with Script("run", "-e", "rawtracepoint:sys_enter { @ = count(); } END { @end = 1; }") as live:
            time.sleep(0.5)
            out = live.stop()
            self.assertEqual(live.process.returncode, 0)
        self.assertRegex(out, r"@: \d+\n")
        self.assertIn("@end: 1\n", out)


@unittest.skipUnless(pathlib.Path("/sys/bus/event_source/devices/kprobe").exists(),
                     "this kernel has no kprobes")
class Kprobes(unittest.TestCase):
    FUNCTION = "__x64_sys_getppid"

    def calls(self, *points):
        """What each of the points counts of a process that calls so often, by one script."""
        script = " ".join(f"{point} /pid == cpid/ {{ @p{i} = count(); }}"
                          for i, point in enumerate(points))
        done = run("--json", "-c", CALLER, "-e", script)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = valid(done.stdout)
        self.assertEqual(lines[-1]["refused"], [])
        return [line["entries"][0]["value"] for line in lines if line["type"] == "map"]

    def test_entry_and_return(self):
        self.assertEqual(self.calls(f"kprobe:{self.FUNCTION}", f"kretprobe:{self.FUNCTION}",
                                    f"kprobe:{self.FUNCTION}+0"),
                         [CALLS] * 3)

    def test_what_a_function_gives_back(self):
        done = run("-c", CALLER, "-e", f"kretprobe:{self.FUNCTION} /pid == cpid/ "
                   "{ @[retval] = count(); }")
        self.assertRegex(done.stdout, rf"@\[\d+\]: {CALLS}\n")

    def test_arguments_of_both_kinds(self):
        done = run("-c", "cat /proc/version", "-e",
                   "kprobe:vfs_read /pid == cpid/ { @k = max(arg2); } "
                   "fentry:vfs_read /pid == cpid/ { @f = max(args.count); } "
                   "fexit:vfs_read /pid == cpid/ { @r = max(retval); }")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = dict(line.split(": ") for line in done.stdout.splitlines() if line.startswith("@"))
        self.assertEqual(found["@k"], found["@f"])
        self.assertGreater(int(found["@r"]), 0)

    def test_functions_of_modules(self):
        if subprocess.run(["modprobe", "bonding"], check=False, capture_output=True).returncode:
            self.skipTest("no module bonding")
        name = f"kwb{os.getpid()}"
        up_and_down = (f"sh -c 'ip link add {name} type bond; ip link set {name} up; "
                       f"ip link set {name} down; ip link del {name}'")
        done = run("-c", up_and_down, "-e", "kprobe:bond_open { @k = count(); } "
                   "kprobe:bonding:bond_close { @c = count(); } "
                   "fentry:bonding:bond_open { @f = count(); }")
        self.assertEqual(done.stdout, "\n\n@k: 1\n@c: 1\n@f: 1\n", done.stderr)

    def test_many_by_a_pattern(self):
        done = run("--json", "-c", "true", "-e",
                   "kprobe:vfs_r* { @[probe] = count(); }")
        lines = valid(done.stdout)
        self.assertGreater(lines[-1]["attached"], 3)
        counted = [entry["key"] for line in lines if line["type"] == "map"
                   for entry in line["entries"]]
        self.assertIn(["kprobe:vfs_read"], counted)

    def test_nothing_is_left_when_it_is_killed(self):
        before = bpf_objects()
        with LiveJson("run", "--json", "-e", "kprobe:tcp_v4_* { @ = count(); }") as live:
            live.signal(signal.SIGKILL)
            live.process.wait()
            wait_for(lambda: not bpf_objects() - before, "the end of its programs", 60)
        events = pathlib.Path("/sys/kernel/tracing/kprobe_events")
        self.assertEqual(events.read_text(encoding="utf-8"), "")


class LeftBehind(unittest.TestCase):
    SCRIPT = ("tracepoint:raw_syscalls:sys_enter { @[comm] = count(); } profile:hz:99 { @k[kstack] = "
              "count(); } rawtracepoint:sys_exit { @n = count(); }")

    def test_nothing_when_it_is_killed(self):
        before = bpf_objects()
        with LiveJson("run", "--json", "-e", self.SCRIPT) as live:
            self.assertGreater(len(bpf_objects() - before), 3, "nothing was there")
            live.signal(signal.SIGKILL)
            live.process.wait()
            wait_for(lambda: not bpf_objects() - before, "the end of its programs")
        events = pathlib.Path("/sys/kernel/tracing/kprobe_events")
        if events.exists():
            self.assertNotIn("knowhy", events.read_text(encoding="utf-8"))

    def test_nothing_when_it_is_killed_while_it_attaches(self):
        before = bpf_objects()
        with subprocess.Popen([sys.argv[1], "run", "-e", "tracepoint:s*:* { @ = count(); }"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_for(lambda: bpf_objects() - before, "its first program")
            process.kill()
        wait_for(lambda: not bpf_objects() - before, "the end of its programs")

    def test_nothing_when_it_is_interrupted_while_it_attaches(self):
        before = bpf_objects()
        with subprocess.Popen([sys.argv[1], "run", "-e", "tracepoint:s*:* { @ = count(); }"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            wait_for(lambda: bpf_objects() - before, "its first program")
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=120)
        # It may have been quicker than we.
        if "Attached" in errors:
            self.assertEqual(process.returncode, 0, errors)
        else:
            self.assertEqual((process.returncode, errors.count("before it was armed")), (1, 1), errors)
        wait_for(lambda: not bpf_objects() - before, "the end of its programs")


class Wrong(Case):
    def test_a_script_with_a_mistake_is_shown_with_its_place(self):
        done = run("-e", "BEGIN { @x = no_such_thing; }")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("-e:1:14: error: KW", done.stderr)
        self.assertIn("~~~~~~~~~~~~~", done.stderr)

    def test_a_command_line_that_is_wrong(self):
        self.assert_one_error(knowhy("run"), 2, "no script")
        self.assert_one_error(knowhy("run", "/no/such/file.bt"), 2, "/no/such/file.bt")
        self.assert_one_error(knowhy("run", "--lang", "perl", "-e", "x"), 2, "perl")
        self.assert_one_error(knowhy("run", "--json", "-f", "json", "-e", "BEGIN { }"), 2, "json")
        self.assert_one_error(run("-p", "4194303", "-e", "interval:s:1 { }"), 2, "4194303")

    def test_a_command_that_is_none(self):
        done = run("-c", "/no/such/command", "-e", "BEGIN { }")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot be run", done.stderr)

    def test_events_that_are_not_there(self):
        done = run("-e", "tracepoint:skb:no_such_event { }")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no_such_event", done.stderr)


class WithoutRoot(Case):
    def test_a_script_is_checked(self):
        done = run("--check", "-e", "rawtracepoint:kfree_skb { @[arg2] = count(); }", prefix=NOBODY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_against_a_file_of_another_kernel(self):
        done = run("--check", "--vmlinux", "/sys/kernel/btf/vmlinux", "-e",
                   "fentry:ip_rcv { @[args.skb->len] = count(); }", prefix=NOBODY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(run("--check", "--vmlinux", "/etc/hostname", "-e", "BEGIN { @ = sizeof(struct "
                             "sk_buff); }").returncode, 2)

    def test_what_needs_no_kernel_runs(self):
        done = run("-e", 'BEGIN { printf("x\\n"); exit(); }', prefix=NOBODY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("x\n"))

    def test_what_needs_it_says_so(self):
        done = run("-e", "rawtracepoint:kfree_skb { @ = count(); }", prefix=NOBODY)
        self.assert_one_error(done, 1, "root")


class List(Case):
    def test_events_with_their_fields(self):
        done = knowhy("list", "-v", "tracepoint:skb:kfree_skb")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "tracepoint:skb:kfree_skb")
        self.assertIn("    void * skbaddr", lines)

    def test_functions_with_their_arguments(self):
        done = knowhy("list", "--json", "-v", "fentry:ip_rcv")
        probe, = valid(done.stdout)
        self.assertEqual(probe["name"], "fentry:ip_rcv")
        self.assertEqual(probe["fields"][0], {"name": "skb", "type": "struct sk_buff *"})

    def test_patterns(self):
        names = knowhy("list", "rawtracepoint:*kfree_skb*").stdout.split()
        self.assertIn("rawtracepoint:kfree_skb", names)
        anywhere = knowhy("list", "kfree_skb").stdout.split()
        self.assertIn("rawtracepoint:kfree_skb", anywhere)
        self.assertIn("tracepoint:skb:kfree_skb", anywhere)

    def test_systemtaps_points(self):
        done = knowhy("list", "-v", 'kernel.trace("kfree_skb")')
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], 'kernel.trace("kfree_skb")')
        self.assertIn("    struct sk_buff * $skb", lines)
        names = knowhy("list", "netdev.*").stdout.split()
        self.assertIn("netdev.receive", names)
        self.assert_one_error(knowhy("list", 'kernel.trace("none")'), 2, "no tracepoint none")

    def test_what_is_not_there(self):
        self.assert_one_error(knowhy("list", "tracepoint:skb:none"), 2, "tracepoint:skb:none")
        self.assert_one_error(knowhy("list", "nothing:x"), 2, "nothing", "tracepoint")


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("needs root")
    main()
