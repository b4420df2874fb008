#!/usr/bin/python3
"""Start to armed, and peak memory, of knowhy and bpftrace on this machine, alternating.

Usage: startup.py KNOWHY [--rounds N] [--json FILE]

Start to armed: from fork to the line that says the probes are live. Peak memory: ru_maxrss of the
process after SIGINT, so it includes resolving and printing.
"""
import argparse
import os
import re
import select
import shutil
import signal
import statistics
import subprocess
import time

import figures


def end(process):
    """Interrupts the process and gives what it used."""
    out = process.stdout.fileno()
    while True:
        # bpftrace misses an interrupt that comes while it attaches the last of its probes.
        os.kill(process.pid, signal.SIGINT)
        again = time.monotonic() + 5
        while time.monotonic() < again:
            if select.select([out], [], [], 0.01)[0]:
                os.read(out, 65536)
            pid, _, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                return usage


def run_once(command, ready):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen = b""
    while not re.search(ready, seen, re.MULTILINE):
        chunk = os.read(process.stdout.fileno(), 4096)
        if not chunk:
            raise RuntimeError(f"{command[0]} ended early: {seen!r}")
        seen += chunk
    armed = time.monotonic() - start
    time.sleep(0.5)
    usage = end(process)
    process.returncode = 0
    return {"armed_s": armed, "peak_mb": usage.ru_maxrss / 1024,
            "cpu_s": usage.ru_utime + usage.ru_stime}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("knowhy")
    parser.add_argument("--rounds", type=int, default=7)
    figures.add_option(parser)
    options = parser.parse_args()
    commands = {"knowhy drops": ([options.knowhy, "drops"], rb"^armed")}
    bpftrace = shutil.which("bpftrace")
    if bpftrace:
        program = ('BEGIN { printf("ready\\n"); } '
                   'tracepoint:skb:kfree_skb { @[args->location] = count(); }')
        commands["bpftrace"] = ([bpftrace, "-e", program], rb"^ready$")
    samples = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, (command, ready) in commands.items():
            samples[name].append(run_once(command, ready))
    medians = {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
               for name, runs in samples.items()}
    figures.put({"kernel": os.uname().release, "rounds": options.rounds,
                 "medians": medians}, options.json)


if __name__ == "__main__":
    main()
