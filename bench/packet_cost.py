#!/usr/bin/python3
"""What one packet costs with each tool watching, all in the same boot, alternating.

Usage: packet_cost.py KNOWHY FLOOD [--rounds N] [--packets N] [--json FILE]

Needs root and makes network namespaces of its own. Three states are measured: packets that are
dropped (UDP to a closed port), packets that are delivered over a veth pair, and an idle machine
(the tool's own CPU time in ten seconds). A tool that is not installed is left out and named.
"""
import argparse
import json
import os
import re
import resource
import select
import shutil
import signal
import statistics
import subprocess
import sys
import time

import figures

A, B = "kwbench-a", "kwbench-b"
PORT = 9
TRACE = "tracepoint:skb:kfree_skb"


def sh(command):
    subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


def make_namespaces():
    remove_namespaces()
    sh(f"ip netns add {A}; ip netns add {B};"
       f"ip link add va netns {A} type veth peer name vb netns {B};"
       f"ip -n {A} addr add 10.77.0.1/24 dev va; ip -n {B} addr add 10.77.0.2/24 dev vb;"
       f"ip -n {A} link set va up; ip -n {B} link set vb up;"
       f"ip -n {A} link set lo up; ip -n {B} link set lo up")
    time.sleep(2)  # a fresh link drops its own first frames


def remove_namespaces():
    for name in (A, B):
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)


class Tool:
    """A program that watches drops. `ready` matches what it prints once its probes are live."""

    def __init__(self, name, command, ready):
        self.name, self.command, self.ready = name, command, ready
        self.process = None

    def __enter__(self):
        if self.command:
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE,
                                            stderr=subprocess.STDOUT, stdin=subprocess.PIPE)
            self._wait_until_ready()
        return self

    def _wait_until_ready(self):
        seen = b""
        while not re.search(self.ready.encode(), seen, re.MULTILINE):
            readable, _, _ = select.select([self.process.stdout], [], [], 60)
            chunk = os.read(self.process.stdout.fileno(), 4096) if readable else b""
            if not chunk:
                raise RuntimeError(f"{self.name} was never ready: {seen!r}")
            seen += chunk
        # What it prints from now on must not block it.
        self.drain = subprocess.Popen(["cat"], stdin=self.process.stdout,
                                      stdout=subprocess.DEVNULL)
        self._settle()

    def _settle(self):
        """Waits until the tool has done what it does once, at its start: reading symbols..."""
        before = None
        for _ in range(30):
            now = self.cpu_seconds()
            if now == before:
                return
            before = now
            time.sleep(1)

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.drain.wait()

    def cpu_seconds(self):
        """User and system time of the tool's process so far."""
        if not self.process:
            return 0.0
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tools(knowhy):
    bpftrace = shutil.which("bpftrace")
    dropwatch = shutil.which("dropwatch")
    found = [Tool("nothing", None, ""),
             Tool("knowhy drops", [knowhy, "drops"], "^armed")]
    begin = 'BEGIN { printf("ready\\n"); }'
    if bpftrace:
        found += [
            Tool("bpftrace, count by location",
                 [bpftrace, "-e", f"{begin} {TRACE} {{ @[args->location] = count(); }}"], "^ready$"),
            Tool("bpftrace, count by kstack",
                 [bpftrace, "-e", f"{begin} {TRACE} {{ @[kstack] = count(); }}"], "^ready$"),
            Tool("bpftrace, print each",
                 [bpftrace, "-e", f'{begin} {TRACE} {{ printf("%p %d\\n", args->location, '
                  'args->reason); }'], "^ready$"),
        ]
    if dropwatch and subprocess.run(["modprobe", "-q", "drop_monitor"], check=False).returncode == 0:
        # Without stdbuf its prompt stays in a buffer.
        found.append(Dropwatch("dropwatch", ["stdbuf", "-o0", dropwatch, "-l", "kas"],
                               "Kernel monitoring activated"))
    return found


class Dropwatch(Tool):
    """dropwatch waits for a command at its prompt."""

    def _wait_until_ready(self):
        self.process.stdin.write(b"start\n")
        self.process.stdin.flush()
        super()._wait_until_ready()

    def __exit__(self, *_):
        # Killed, it would leave the kernel's monitor on, and the next round could not start it.
        self.process.send_signal(signal.SIGINT)
        time.sleep(1)
        self.process.communicate(b"stop\nexit\n", timeout=60)
        self.drain.wait()


def flood(program, state, packets):
    if state == "dropped":
        command = [program, "127.0.0.1", str(PORT), str(packets)]
    else:
        command = [program, "10.77.0.2", str(PORT), str(packets), f"/run/netns/{B}"]
    out = subprocess.run(["nsenter", f"--net=/run/netns/{A}", *command], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)


def measure(options):
    results = {}
    for number in range(options.rounds):
        for tool in tools(options.knowhy):
            with tool:
                for state in ("dropped", "delivered"):
                    flood(options.flood, state, 500)  # warm
                    cost = flood(options.flood, state, options.packets)["ns_per_packet"]
                    results.setdefault(tool.name, {}).setdefault(state, []).append(cost)
                before = tool.cpu_seconds()
                time.sleep(options.idle)
                idle = (tool.cpu_seconds() - before) / options.idle * 100
                results[tool.name].setdefault("idle_cpu_percent", []).append(idle)
            print(f"round {number + 1}: {tool.name}: " + ", ".join(
                f"{k} {v[-1]:.0f}" for k, v in results[tool.name].items()), file=sys.stderr)
    return results


def summary(results, of):
    return {name: {state: of(values) for state, values in states.items()}
            for name, states in results.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("knowhy")
    parser.add_argument("flood")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--packets", type=int, default=20000)
    parser.add_argument("--idle", type=float, default=10)
    figures.add_option(parser)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    make_namespaces()
    try:
        results = measure(options)
    finally:
        remove_namespaces()
    figures.put({"kernel": os.uname().release, "rounds": options.rounds,
                 "packets": options.packets,
                 "medians": summary(results, statistics.median),
                 "lowest": summary(results, min)}, options.json)


if __name__ == "__main__":
    main()
