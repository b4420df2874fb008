#!/usr/bin/python3
"""What reading a large host's state costs: knowhy diagnose in a namespace with many of everything.

Usage: snapshot.py KNOWHY [--links N] [--routes N] [--neighbours N] [--rounds N] [--json FILE]

The namespace, and what is in it, is made for this and removed. Whole program: from fork to its end,
with all rules; peak memory is ru_maxrss. "record" also keeps the state in a file.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

import figures

NETNS = "kwbench"


def batch(lines):
    subprocess.run(["ip", "-n", NETNS, "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                   check=True)


def furnish(links, routes, neighbours):
    """Pairs of veths, with an address each; routes through gateways on them, and neighbours there."""
    pairs = links // 2
    batch(f"link add a{i} type veth peer name b{i}" for i in range(pairs))
    batch(f"link set {side}{i} up" for i in range(pairs) for side in "ab")
    batch(f"addr add 10.{i // 250}.{i % 250}.1/24 dev a{i}" for i in range(pairs))
    gateways = [(f"10.{i // 250}.{i % 250}", f"a{i}") for i in range(pairs)]
    batch("route add 172.{}.{}.{}/30 via {}.9 dev {}".format(
        16 + i // 16384, i // 64 % 256, i % 64 * 4, *gateways[i % pairs]) for i in range(routes))
    batch("neigh add {0}.{2} lladdr 02:00:00:00:{3:02x}:{2:02x} dev {1} nud permanent".format(
        *gateways[i % pairs], 9 + i // pairs, i % pairs % 256) for i in range(neighbours))


def run_once(command):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command}: exit status {process.returncode}")
    return {"wall_s": time.monotonic() - start, "peak_mb": usage.ru_maxrss / 1024,
            "cpu_s": usage.ru_utime + usage.ru_stime}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("knowhy")
    parser.add_argument("--links", type=int, default=500)
    parser.add_argument("--routes", type=int, default=10000)
    parser.add_argument("--neighbours", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    figures.add_option(parser)
    options = parser.parse_args()
    subprocess.run(["ip", "netns", "add", NETNS], check=True)
    try:
        furnish(options.links, options.routes, options.neighbours)
        with tempfile.NamedTemporaryFile(suffix=".knowhy") as recording:
            diagnose = [options.knowhy, "diagnose", "--ns", NETNS]
            commands = {"knowhy diagnose": diagnose,
                        "knowhy diagnose --record": diagnose + ["--record", recording.name]}
            samples = {name: [run_once(command) for _ in range(options.rounds)]
                       for name, command in commands.items()}
            size = os.stat(recording.name).st_size
    finally:
        subprocess.run(["ip", "netns", "del", NETNS], check=True)
    medians = {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
               for name, runs in samples.items()}
    figures.put({"kernel": os.uname().release, "rounds": options.rounds, "links": options.links,
                 "routes": options.routes, "neighbours": options.neighbours,
                 "recording_bytes": size, "medians": medians}, options.json)


if __name__ == "__main__":
    main()
