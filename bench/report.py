#!/usr/bin/python3
"""Turns the JSON that packet_cost.py and startup.py wrote into docs/benchmarks.md.

Usage: report.py COST_GUEST.json STARTUP_NATIVE.json STARTUP_GUEST.json > docs/benchmarks.md
"""
import json
import sys


def load(path):
    with open(path, encoding="utf-8") as text:
        figures = json.load(text)
    # What a vendor adds to the release says nothing here.
    if not figures["kernel"].endswith("-amd64"):
        figures["kernel"] = figures["kernel"].split("-")[0]
    return figures


def cost_table(cost):
    rows = cost["medians"]
    yield ("| watching | dropped packet | over nothing | delivered packet | over nothing "
           "| idle CPU |")
    yield "|---|---:|---:|---:|---:|---:|"
    for name, row in rows.items():
        cells = [name]
        for state in ("dropped", "delivered"):
            extra = [(figures[name][state] / figures["nothing"][state] - 1) * 100
                     for figures in (rows, cost["lowest"])]
            cells += [f"{row[state] / 1000:.1f} µs",
                      "" if name == "nothing" else f"{extra[0]:+.0f} % ({extra[1]:+.0f} %)"]
        cells.append(f"{row['idle_cpu_percent']:.1f} %")
        yield "| " + " | ".join(cells) + " |"


def startup_table(startup):
    rows = startup["medians"]
    ours = rows["knowhy drops"]
    yield "| program | start to armed | peak memory | CPU |"
    yield "|---|---:|---:|---:|"
    for name, row in rows.items():
        yield (f"| {name} | {row['armed_s']:.3f} s | {row['peak_mb']:.1f} MB "
               f"| {row['cpu_s']:.2f} s |")
    if "bpftrace" in rows:
        peer = rows["bpftrace"]
        yield (f"| **ratio** | **{ours['armed_s'] / peer['armed_s']:.2f}** "
               f"| **{ours['peak_mb'] / peer['peak_mb']:.2f}** "
               f"| **{ours['cpu_s'] / peer['cpu_s']:.2f}** |")


def main():
    cost, native, guest = (load(path) for path in sys.argv[1:4])
    print(f"""# Benchmarks

Made by `make bench` (bench/run), which runs knowhy and its peers in the same boot, alternating, and
takes medians. One figure is an order of magnitude: the machine is small and shared. The ratios hold.

Aimed at: a dropped packet cheaper than bpftrace's count by kstack; a delivered one at most 25 % over
nothing; natively a fifth of bpftrace's time to start and a third of its memory; in the guest not slower.

## What a packet costs

Kernel {cost['kernel']} under plain QEMU emulation, {cost['rounds']} rounds of {cost['packets']}
packets. Dropped: UDP to a closed port on the loopback. Delivered: UDP over a veth pair to a socket,
with every probe armed. In brackets: the lowest round against the lowest round, because what else the
machine does only adds. Idle: the watching program's own CPU time when nothing happens. knowhy counts
every drop by cause and takes packet bytes, facts and stacks of a few; the peers do what their row says.
Nothing that watches drops can make a delivered packet cheaper: a figure below zero is the noise of that
column, and so much of it is in the others.
""")
    print("\n".join(cost_table(cost)))
    print(f"""
## Start and memory

`knowhy drops` with everything it arms, against bpftrace counting one tracepoint by location.

On the machine's own kernel, {native['kernel']} (medians of {native['rounds']}):
""")
    print("\n".join(startup_table(native)))
    print(f"""
In the guest, {guest['kernel']} (medians of {guest['rounds']}), where knowhy arms its whole set of
points:
""")
    print("\n".join(startup_table(guest)))


if __name__ == "__main__":
    main()
