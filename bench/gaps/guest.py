#!/usr/bin/python3
"""Records what the places of a plan hold, in a guest that is thrown away afterwards.

Usage: guest.py PLAN DIRECTORY PER_FUNCTION BATCH. PLAN is gap_plan's output. The first batch probes
each function's entry. Those that the traffic enters get probes at no more than PER_FUNCTION of
their points each, chosen by a hash, in batches of about BATCH probes; then the traffic runs again.
Leaves in DIRECTORY chosen.json (the plan's functions with the points chosen) and, for each batch N:
events.N, trace.N, profile.N, lost.N.
"""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

TRACING = pathlib.Path("/sys/kernel/tracing")
TRAFFIC = pathlib.Path(__file__).resolve().parent / "traffic"
ARGUMENTS = ["di", "si", "dx", "cx", "r8", "r9", "r10"]
CONTROLS = ["bx", "r12", "r13", "r14", "r15", "bp", "r10", "r11", "ax", "dx"]
BUFFER_KB = 150_000
WIDTHS = {1: "x8", 2: "x16", 4: "x32", 8: "x64"}


def write(path, text):
    (TRACING / path).write_text(text, encoding="ascii")


def append(path, line):
    # Not open(..., "a"), which seeks to the end: these files refuse that with EINVAL.
    handle = os.open(TRACING / path, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def quiet_machine():
    """What would only cost time: waiting for grace periods, jump-optimised probes."""
    pathlib.Path("/sys/kernel/rcu_expedited").write_text("1", encoding="ascii")
    pathlib.Path("/proc/sys/debug/kprobes-optimization").write_text("0", encoding="ascii")
    write("tracing_on", "0")
    write("trace_clock", "global")  # one order for both processors
    write("options/overwrite", "0")
    write("buffer_size_kb", str(BUFFER_KB))


def traffic(log):
    subprocess.run([TRAFFIC, log], stdin=subprocess.DEVNULL, check=False)


def section_bases(image):
    if image != "vmlinux":
        folder = pathlib.Path("/sys/module", image, "sections")
        if not folder.is_dir():
            return {}
        return {path.name: int(path.read_text(encoding="ascii"), 16) for path in folder.iterdir()}
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        return {".text": next(int(line.split()[0], 16) for line in symbols
                              if line.split()[2] == "_stext")}


def chosen_points(function, count):
    def order(point):
        return hashlib.sha256(f"{function['symbol']}+{point['offset']}".encode()).digest()
    return sorted(function["points"], key=order)[:count]


def control(point):
    """A register that nobody says holds anything: agrees only by accident."""
    taken = {place["fetch"].lstrip("%") for gap in point["gaps"] for place in gap["places"]}
    free = [name for name in CONTROLS if name not in taken]
    return "%" + free[point["offset"] % len(free)]


def probe_words(point):
    words = [f"cfa={point['cfa'][0]}:x64", f"control={control(point)}:x64"]
    for number, gap in enumerate(point["gaps"]):
        words += [f"g{number}p{index}={place['fetch']}:{WIDTHS[gap['bytes']]}"
                  for index, place in enumerate(gap["places"][:6])]
    return " ".join(words)


class Batch:
    """Probes that are there at the same time."""

    def __init__(self, number, directory):
        self.number = number
        self.directory = directory
        self.events = {}  # name to [function, point or None], by their numbers in chosen.json
        self.refused = []

    def add(self, functions, number, points, bases):
        function = functions[number]
        entry = " ".join(f"{name}=%{name}:x64" for name in ARGUMENTS)
        where = bases[function["image"]]
        if not self.register(f"e{number}", where[function["section"]] + function["entry"],
                             f"cfa=%sp:x64 {entry}", [number, None]):
            return
        for index in points:
            point = function["points"][index]
            self.register(f"e{number}_{index}", where[point["section"]] + point["offset"],
                          probe_words(point), [number, index])

    def register(self, name, address, words, what):
        try:
            append("kprobe_events", f"p:gaps/{name} {address:#x} {words}")
        except OSError as error:
            self.refused.append([name, error.errno])
            return False
        self.events[name] = what
        return True

    def run(self, log="/dev/null"):
        """Returns the functions that were entered, by their numbers."""
        write("trace", "")
        write("events/gaps/enable", "1")
        write("tracing_on", "1")
        traffic(log)
        write("tracing_on", "0")
        write("events/gaps/enable", "0")
        profile = (TRACING / "kprobe_profile").read_text(encoding="ascii")
        self.save(profile)
        write("kprobe_events", "")
        hits = {line.split()[0]: int(line.split()[1]) for line in profile.splitlines()}
        return {number for name, (number, point) in self.events.items()
                if point is None and hits.get(name)}

    def save(self, profile):
        def path(name):
            return self.directory / f"{name}.{self.number}"
        with open(path("trace"), "wb") as out:
            subprocess.run(["cat", TRACING / "trace"], stdout=out, check=True)
        path("profile").write_text(profile, encoding="ascii")
        lost = "".join((TRACING / f"per_cpu/cpu{cpu}/stats").read_text(encoding="ascii")
                       for cpu in range(os.cpu_count()))
        path("lost").write_text(lost, encoding="ascii")
        path("events").write_text(json.dumps({"events": self.events, "refused": self.refused}),
                                  encoding="ascii")


class Session:
    """One boot: which functions are reached, then batch after batch."""

    def __init__(self, functions, directory, batch_size):
        self.functions = functions
        self.directory = directory
        self.batch_size = batch_size
        self.started = time.monotonic()
        self.number = 0
        images = {function["image"] for function in functions}
        self.bases = {image: section_bases(image) for image in images}

    def say(self, words):
        print(f"{time.monotonic() - self.started:6.0f} s  {words}", flush=True)

    def run(self, what, log="/dev/null"):
        """`what`: pairs of a function's number and its points' indices."""
        batch = Batch(self.number, self.directory)
        self.number += 1
        for number, points in what:
            batch.add(self.functions, number, points, self.bases)
        self.say(f"batch {batch.number}: {len(batch.events)} probes, {len(batch.refused)} refused")
        entered = batch.run(log)
        self.say(f"batch {batch.number}: {len(entered)} of {len(what)} functions entered")
        return entered

    def whole(self):
        loaded = [n for n, f in enumerate(self.functions) if self.bases[f["image"]]]
        entered = self.run([(n, []) for n in loaded], self.directory / "traffic.log")
        what, probes = [], 0
        for number in sorted(entered):
            points = range(len(self.functions[number]["points"]))
            what.append((number, points))
            probes += 1 + len(points)
            if probes >= self.batch_size:
                self.run(what)
                what, probes = [], 0
        if what:
            self.run(what)


def main():
    directory = pathlib.Path(sys.argv[2])
    per_function, batch_size = map(int, sys.argv[3:5])
    lines = map(json.loads, pathlib.Path(sys.argv[1]).read_text(encoding="ascii").splitlines())
    functions = [line for line in lines if "points" in line]
    for function in functions:
        function["points"] = chosen_points(function, per_function)
    (directory / "chosen.json").write_text(json.dumps(functions), encoding="ascii")
    quiet_machine()
    traffic(directory / "traffic.first")  # loads the modules
    Session(functions, directory, batch_size).whole()


if __name__ == "__main__":
    main()
