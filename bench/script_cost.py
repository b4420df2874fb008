#!/usr/bin/python3
"""What one event costs a script, under knowhy and bpftrace in the same boot, alternating.

Usage: script_cost.py KNOWHY FLOOD [--rounds N] [--packets N] [--json FILE]

Needs root. The events are UDP datagrams to a closed port on the loopback, each one kfree_skb. Of
each script: what a packet takes more than without any, the BPF program's own time a run (the
kernel's bpf_stats), and, for printf with more and more lines a packet, how many lines a second came
out and how many were lost.
"""
import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import figures
from packet_cost import A, PORT, make_namespaces, remove_namespaces

TRACE = "tracepoint:skb:kfree_skb"
SCRIPTS = {
    "count": f"{TRACE} {{ @ = count(); }}",
    "hist": f"{TRACE} {{ @ = hist(args->protocol); }}",
    "string key": f"{TRACE} {{ @[comm] = count(); }}",
    "kstack": f"{TRACE} {{ @[kstack] = count(); }}",
    "printf": f'{TRACE} {{ printf("%p %d\\n", args->location, args->protocol); }}',
    "kprobe, a field by type": "kprobe:udp_rcv { $skb = (struct sk_buff *)arg0; "
                               "@[$skb->dev->name] = sum($skb->len); }",
}
LINES = [1, 4, 16, 64]


class Script:
    """A script under one of the programs, armed on entry."""

    def __init__(self, command, script, output):
        self.command = [*command, 'BEGIN { printf("ready\\n"); } ' + script]
        self.output = output

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=self.output,
                                        stderr=subprocess.DEVNULL)
        while b"ready" not in os.pread(self.output.fileno(), 4096, 0):
            if self.process.poll() is not None:
                raise RuntimeError(f"ended at once: {self.command}")
            time.sleep(0.1)
        time.sleep(2)  # ready is said before the other probes are attached
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(120)


def flood(program, packets):
    out = subprocess.run(["nsenter", f"--net=/run/netns/{A}", program, "127.0.0.1", str(PORT),
                          str(packets)], check=True, capture_output=True, text=True).stdout
    return json.loads(out)["ns_per_packet"]


def run_times():
    """Of each loaded program: nanoseconds and runs."""
    shown = subprocess.run(["bpftool", "-j", "prog", "show"], check=True, capture_output=True,
                           text=True).stdout
    return {entry["id"]: (entry.get("run_time_ns", 0), entry.get("run_cnt", 0))
            for entry in json.loads(shown)}


def programs(knowhy):
    return {"knowhy run": [knowhy, "run", "-q", "-e"], "bpftrace": ["bpftrace", "-e"]}


def costs(options):
    found = {}
    for number in range(options.rounds):
        nothing = flood(options.flood, options.packets)
        found.setdefault("nothing", {}).setdefault("", []).append({"packet_ns": nothing})
        for name, script in SCRIPTS.items():
            for program, command in programs(options.knowhy).items():
                with tempfile.TemporaryFile() as output, Script(command, script, output):
                    flood(options.flood, 500)
                    before = run_times()
                    packet_ns = flood(options.flood, options.packets)
                    ran = [(time_ns - before.get(key, (0, 0))[0], runs - before.get(key, (0, 0))[1])
                           for key, (time_ns, runs) in run_times().items()]
                runs = max(runs for _, runs in ran)
                sample = {"packet_ns": packet_ns,
                          "program_ns": sum(time_ns for time_ns, _ in ran) / max(runs, 1)}
                found.setdefault(name, {}).setdefault(program, []).append(sample)
                print(f"round {number + 1}: {name}: {program}: {sample}", file=sys.stderr)
    return {name: {program: {key: statistics.median(s[key] for s in samples)
                             for key in samples[0]}
                   for program, samples in rows.items()}
            for name, rows in found.items()}


def rates(options):
    """Lines a second that came out of printf, and the share that was lost."""
    found = {}
    for lines in LINES:
        script = f'{TRACE} /args->protocol == 2048/ {{ unroll ({lines}) ' \
                 f'{{ printf("line %d\\n", args->protocol); }} }}'
        for program, command in programs(options.knowhy).items():
            with tempfile.TemporaryFile() as output:
                with Script(command, script, output):
                    flood(options.flood, 50)
                    time.sleep(1)
                    start = os.fstat(output.fileno()).st_size
                    took = flood(options.flood, options.packets) * options.packets / 1e9
                output.seek(start)
                came = len(re.findall(rb"^line 2048$", output.read(), re.MULTILINE))
            sent = lines * options.packets
            found.setdefault(lines, {})[program] = {
                "lines_per_s": came / took, "lost": max(0, sent - came) / sent}
            print(f"{lines} lines: {program}: {found[lines][program]}", file=sys.stderr)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("knowhy")
    parser.add_argument("flood")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--packets", type=int, default=20000)
    figures.add_option(parser)
    options = parser.parse_args()
    with open("/proc/sys/kernel/bpf_stats_enabled", "w", encoding="ascii") as switch:
        switch.write("1")
    make_namespaces()
    try:
        found = {"kernel": os.uname().release, "rounds": options.rounds,
                 "packets": options.packets, "costs": costs(options), "rates": rates(options)}
    finally:
        remove_namespaces()
    figures.put(found, options.json)


if __name__ == "__main__":
    main()
