#!/usr/bin/python3
"""Turns the JSON that packet_cost.py, startup.py, scripts.py and locate.py wrote into docs/benchmarks.md.

Usage: report.py COST_GUEST.json STARTUP_NATIVE.json STARTUP_GUEST.json SCRIPTS_NATIVE.json
SCRIPTS_GUEST.json [LOCATE.json] > docs/benchmarks.md
"""
import json
import os
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


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def locate_table(locate):
    yield "| question | aim | knowhy | anonymous memory | the others, and how many times knowhy's time |"
    yield "|---|---:|---:|---:|---|"
    for answer in locate["answers"]:
        medians = answer["medians"]
        ours = medians["knowhy"]["wall_s"]
        others = [f"{name} {seconds(row['wall_s'])} ({row['wall_s'] / ours:.1f})"
                  for name, row in medians.items() if name != "knowhy"]
        aim = f"{seconds(answer['aim_s'])}" if answer["aim_s"] else ""
        missed = "**" if answer["aim_s"] and ours > answer["aim_s"] else ""
        yield (f"| {answer['question']} | {aim} | {missed}{seconds(ours)}{missed} "
               f"| {answer['anonymous_mb']:.0f} MB | {', '.join(others)} |")


def print_locate(locate):
    print(f"""
## Debug information

`knowhy symbol` (the first row) and `knowhy locate` on the {locate['image_mb']:.0f} MB vmlinux of {locate['kernel']},
beside eu-addr2line, addr2line, gdb, `perf probe -V` and `stap -L`: every run a new process, programs
taking turns, medians of {locate['rounds']}. What `locate` answers always holds what is in scope, where it lives
and whether a probe may be put there. The image is in the page cache, but where the question says cold;
the index is there, but where it says not. Anonymous memory (RssAnon, at most 100 MB aimed at) is the
most that was seen in a run of its own. Bold: an aim that is missed.
""")
    print("\n".join(locate_table(locate)))


def scripts_table(scripts):
    rows = ["| script | knowhy run | bpftrace | ratio | memory | bpftrace | ratio |",
            "|---|---:|---:|---:|---:|---:|---:|"]
    for name, programs in scripts["medians"].items():
        ours, peer = programs["knowhy run"], programs["bpftrace"]
        rows.append(f"| {name} | {ours['wall_s']:.3f} s | {peer['wall_s']:.3f} s "
                    f"| **{ours['wall_s'] / peer['wall_s']:.2f}** | {ours['peak_mb']:.0f} MB "
                    f"| {peer['peak_mb']:.0f} MB | **{ours['peak_mb'] / peer['peak_mb']:.2f}** |")
    return rows


def main():
    cost, native, guest, scripts_native, scripts_guest = (load(path) for path in sys.argv[1:6])
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
    print(f"""
## Scripts

From start to finish of a script that ends itself once its probes are live, so that attaching and
detaching are in it. Aimed at: a tenth of bpftrace's time for BEGIN, a fifth with kernel types, a third
of its memory.

On the machine's own kernel, {scripts_native['kernel']} (medians of {scripts_native['rounds']}):
""")
    print("\n".join(scripts_table(scripts_native)))
    print(f"""
In the guest, {scripts_guest['kernel']} (medians of {scripts_guest['rounds']}):
""")
    print("\n".join(scripts_table(scripts_guest)))
    if len(sys.argv) > 6 and os.path.exists(sys.argv[6]):
        print_locate(load(sys.argv[6]))


if __name__ == "__main__":
    main()
