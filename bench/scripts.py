#!/usr/bin/python3
"""Scripts from start to finish, under knowhy and bpftrace on this machine, alternating.

Usage: scripts.py KNOWHY [--rounds N] [--json FILE]

Each script ends itself once all of its probes are live, so that a run is start, attaching, detaching
and the end: wall time, CPU time and peak memory (ru_maxrss). Probes that this kernel does not have
are left out.
"""
import argparse
import os
import statistics
import subprocess
import time

import figures

OVER = "interval:ms:1 { exit(); }"
SCRIPTS = {
    "BEGIN": "BEGIN { exit(); }",
    "a tracepoint, its fields": "tracepoint:skb:kfree_skb { @[args->protocol] = count(); } " + OVER,
    "a kprobe": "kprobe:ip_rcv { @ = count(); } " + OVER,
    "a kprobe, kernel types": "kprobe:ip_rcv { $skb = (struct sk_buff *)arg0; "
                              "@[$skb->dev->name] = hist($skb->len); } " + OVER,
}


def run_once(command):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        return None
    return {"wall_s": time.monotonic() - start, "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss / 1024}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("knowhy")
    parser.add_argument("--rounds", type=int, default=7)
    figures.add_option(parser)
    options = parser.parse_args()
    medians = {}
    for name, script in SCRIPTS.items():
        commands = {"knowhy run": [options.knowhy, "run", "-q", "-e", script],
                    "bpftrace": ["bpftrace", "-e", script]}
        if run_once(commands["knowhy run"]) is None:
            continue  # the first run reads files that later ones find in memory
        samples = {program: [] for program in commands}
        for _ in range(options.rounds):
            for program, command in commands.items():
                samples[program].append(run_once(command))
        medians[name] = {program: {key: statistics.median(run[key] for run in runs)
                                   for key in runs[0]}
                         for program, runs in samples.items()}
    figures.put({"kernel": os.uname().release, "rounds": options.rounds,
                 "medians": medians}, options.json)


if __name__ == "__main__":
    main()
