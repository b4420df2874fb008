#!/usr/bin/python3
"""Turns what the benchmarks found, bench/results/*.json, into docs/benchmarks.md.

Usage: report.py > docs/benchmarks.md. A part without its results is left out.
"""
import json
import pathlib

RESULTS = pathlib.Path(__file__).resolve().parent / "results"


def load(name):
    """A benchmark's figures; None when it has not run."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return None
    figures = json.loads(path.read_text(encoding="utf-8"))
    # What a vendor adds to the release says nothing here.
    if not figures.get("kernel", "-amd64").endswith("-amd64"):
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


def script_cost_table(found):
    rows = found["costs"]
    nothing = rows["nothing"][""]["packet_ns"]
    yield ("| script | a packet more: knowhy run | bpftrace | a run of the program: knowhy run "
           "| bpftrace | ratio |")
    yield "|---|---:|---:|---:|---:|---:|"
    for name, programs in rows.items():
        if name == "nothing":
            continue
        ours, peer = programs["knowhy run"], programs["bpftrace"]
        more = [f"{(row['packet_ns'] - nothing) / 1000:+.1f} µs" for row in (ours, peer)]
        took = [f"{row['program_ns'] / 1000:.2f} µs" for row in (ours, peer)]
        yield (f"| {name} | {more[0]} | {more[1]} | {took[0]} | {took[1]} "
               f"| **{ours['program_ns'] / peer['program_ns']:.2f}** |")


def printf_table(found):
    yield "| lines a packet | knowhy run | lost | bpftrace | lost |"
    yield "|---:|---:|---:|---:|---:|"
    for lines, programs in found["rates"].items():
        cells = [f"{programs[name]['lines_per_s'] / 1000:.0f},000/s | {programs[name]['lost']:.1%}"
                 for name in ("knowhy run", "bpftrace")]
        yield f"| {lines} | {cells[0]} | {cells[1]} |"


def print_drops(cost, native, guest):
    print(f"""
## What a packet costs

Kernel {cost['kernel']} under plain QEMU emulation, {cost['rounds']} rounds of {cost['packets']}
packets. Dropped: UDP to a closed port on the loopback. Delivered: UDP over a veth pair to a socket,
with every probe armed. In brackets: the lowest round against the lowest round, because what else the
machine does only adds. Idle: the watching program's own CPU time when nothing happens. knowhy counts
every drop by cause and takes packet bytes, facts and stacks of a few; the peers do what their row says.
Nothing that watches drops can make a delivered packet cheaper: a figure below zero is the noise of that
column, and so much of it is in the others.

Aimed at: a dropped packet cheaper than bpftrace's count by kstack; a delivered one at most 25 % over
nothing.
""")
    print("\n".join(cost_table(cost)))
    print(f"""
## Start and memory

`knowhy drops` with everything it arms, against bpftrace counting one tracepoint by location. Aimed at:
natively a fifth of bpftrace's time to start and a third of its memory; in the guest not slower.

On the machine's own kernel, {native['kernel']} (medians of {native['rounds']}):
""")
    print("\n".join(startup_table(native)))
    print(f"""
In the guest, {guest['kernel']} (medians of {guest['rounds']}), where knowhy arms its whole set of
points:
""")
    print("\n".join(startup_table(guest)))


def print_scripts(native, guest):
    print(f"""
## Scripts

From start to finish of a script that ends itself once its probes are live, so that attaching and
detaching are in it. Aimed at: a tenth of bpftrace's time for BEGIN, a fifth with kernel types, a third
of its memory.

On the machine's own kernel, {native['kernel']} (medians of {native['rounds']}):
""")
    print("\n".join(scripts_table(native)))
    print(f"""
In the guest, {guest['kernel']} (medians of {guest['rounds']}):
""")
    print("\n".join(scripts_table(guest)))


def print_script_cost(found):
    print(f"""
### What an event costs

Kernel {found['kernel']} under plain QEMU emulation, medians of {found['rounds']} rounds of {found['packets']}
packets, each a drop. A run of the program is what the kernel's own bpf_stats say; what a packet takes
more holds the probe, waking the reader and everything else, and the noise of the machine. Aimed at: at
most what it costs under bpftrace.
""")
    print("\n".join(script_cost_table(found)))
    print("""
printf, as fast as packets can be sent, with 1 to 64 lines for each: lines that came out, and the share
that was lost. Both tools count and tell what they lost.
""")
    print("\n".join(printf_table(found)))


def snapshot_table(found):
    yield "| kernel | command | time | CPU | peak memory |"
    yield "|---|---|---:|---:|---:|"
    for kernel in found:
        for name, row in kernel["medians"].items():
            yield (f"| {kernel['kernel']} | {name} | {seconds(row['wall_s'])} | {seconds(row['cpu_s'])} "
                   f"| {row['peak_mb']:.0f} MB |")


def print_snapshot(native, guest):
    print(f"""
## The state of a large host

`knowhy diagnose` in a namespace with {native['links']} links, {native['routes']:,} routes and {native['neighbours']:,} neighbours, from its start to
its end, all rules included; with `--record` it keeps the state too, in {native['recording_bytes'] / 1024:.0f} KiB. The first kernel is
the machine's own, the other that of the guest, under plain QEMU emulation (medians of {native['rounds']} and {guest['rounds']}). Aimed
at: 1 s and 100 MB on the machine's own.
""")
    print("\n".join(snapshot_table([native, guest])))


def print_recording(found):
    opened = found["open"]
    print(f"""
## A recording of functions

{found['events']:,} calls and returns, with a packet's first bytes, two objects and eight functions, as
`knowhy record` writes them: {found['bytes_an_event']:.1f} bytes an event in the file, {found['write_ns']:.0f} ns of CPU to write one.
`knowhy report --summary` of it takes {seconds(opened['wall_s'])} and {opened['peak_mb']:.0f} MB (medians of {found['rounds']}).""")


def crash_shares(counts):
    """Shares of all parts that were asked for: right, abstained, wrong."""
    verdicts = ("right", "abstained", "wrong")
    sums = [sum(part.get(verdict, 0) for part in counts["parts"].values()) for verdict in verdicts]
    return [f"{100 * one / sum(sums):.1f} %" for one in sums]


def crashes_table(found):
    yield "| machine | explained from | crashes | right | abstained | wrong | wrong and sure of it |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for machine, row in found.items():
        for way, counts in row["ways"].items():
            cells = [machine, way, str(sum(counts["whole"].values())), *crash_shares(counts),
                     str(len(counts["wrong_and_confident"]))]
            yield "| " + " | ".join(cells) + " |"


def print_crashes(found):
    print("""
## Crashes

`knowhy oops` on generated crashes with an answer key ([tests/oops](../tests/oops/README.md)): functions
that meet a bad pointer in 33 ways, compiled for each machine, run, and their registers and code printed
as its kernel prints them. Counted are the parts of the answer: the kind of pointer, its value, index,
stride, the field's offset, the errno; with the image also the variable, the field and the line. To be
sure of something wrong is the fault that must not happen. "other image": that of another program with
the same names. "flipped": one bit of a register; "shuffled": the bytes of the Code line; "truncated": the
text, anywhere, so that most abstain.
""")
    print("\n".join(crashes_table(found)))


def print_crash_log(found):
    print(f"""
A console log of {found['megabytes']:.0f} MB with {found['crashes']} crashes in it, explained: {seconds(found['seconds'])} and {found['peak_megabytes']:.0f} MB at most. To
count the lines that such a crash begins with takes grep {seconds(found['grep_seconds'])}.""")


SECTIONS = [
    (print_drops, ["cost-guest", "startup-native", "startup-guest"]),
    (print_scripts, ["scripts-native", "scripts-guest"]),
    (print_script_cost, ["script-cost-guest"]),
    (print_locate, ["locate"]),
    (print_snapshot, ["snapshot-native", "snapshot-guest"]),
    (print_recording, ["recording"]),
    (print_crashes, ["oops-score"]),
    (print_crash_log, ["oops-log"]),
]


def main():
    print("""# Benchmarks

Made by `make bench` (bench/run), which runs knowhy and its peers in the same boot, alternating, and
takes medians. One figure is an order of magnitude: the machine is small and shared. The ratios hold.""")
    for section, names in SECTIONS:
        figures = [load(name) for name in names]
        if None not in figures:
            section(*figures)


if __name__ == "__main__":
    main()
