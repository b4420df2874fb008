#!/usr/bin/python3
"""What it takes to ask a kernel's debug information, beside the programs that also can.

Usage: locate.py KNOWHY [--rounds N] [--json FILE]

On the lab's kernel (lab/kernel --dbg); exits with 77 where it is not there. Every run is a new process,
programs take turns, and the image is in the page cache but for what is called cold. What is asked is
found in the image itself: a place in tcp_v4_rcv where a function of a header is inlined.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))
sys.path.insert(0, str(HERE.parent / "tests/peers"))
import figures  # noqa: E402
from runner.kernel import cache_dir, newest_unpacked, release_of  # noqa: E402
from test_stap import build_directory  # noqa: E402

SKIPPED = 77
FUNCTION = "tcp_v4_rcv"
MODULE_FUNCTION = "ad_tx_machine"  # inlined into a function of the module bonding


def started(command, cache):
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL,
                            env=os.environ | {"XDG_CACHE_HOME": str(cache)})


def run_once(command, cache):
    start = time.monotonic()
    process = started(command, cache)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        raise RuntimeError(f"{command} ended with {status}")
    return {"wall_s": time.monotonic() - start, "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss / 1024}


def peak_anonymous_mb(command, cache):
    """The most RssAnon that was seen; asking for it costs time, so that this is a run of its own."""
    process, most = started(command, cache), 0
    while process.poll() is None:
        with contextlib.suppress(OSError, StopIteration):
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
            most = max(most, int(line.split()[1]))
    return most / 1024


def drop_from_page_cache(path):
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class Places:
    """What is asked about: an address, and the source line of its function and of the header."""

    def __init__(self, image):
        table = image.parent / image.name.replace("vmlinux", "System.map")
        symbols = map(str.split, table.read_text(encoding="ascii").splitlines())
        start = next(int(at, 16) for at, _, name in symbols if name == FUNCTION)
        for address in range(start + 0x20, start + 0x400):
            lines = subprocess.run(["eu-addr2line", "-i", "-f", "-e", image, hex(address)], text=True,
                                   capture_output=True, check=True).stdout.splitlines()
            files = [line.rsplit(":", 2) for line in lines[1::2]]
            if len(files) > 1 and "/include/linux/" in files[0][0] and files[-1][0].endswith(".c"):
                self.address = hex(address)
                self.header = f"include/linux/{pathlib.Path(files[0][0]).name}:{files[0][1]}"
                self.source = f"net/ipv4/{pathlib.Path(files[-1][0]).name}:{files[-1][1]}"
                return
        raise RuntimeError(f"{FUNCTION} inlines nothing")


def questions(knowhy, kernel, image, build, places):
    """(name, aim in seconds, {program: command}); of "index", the cache is the one that it fills."""
    def ours(place, *options):
        return [knowhy, "locate", place, "--release", release_of(kernel), "--debug-dir", kernel,
                *options]

    def gdb(command):
        return ["gdb", "-nx", "-batch", "-ex", command, image]

    def stap(probe):
        return ["stap", "-r", build, "-a", "x86_64", "-L", probe]

    def perf(place):
        return ["perf", "probe", "-q", "-k", image, "-V", place]

    lines = [knowhy, "symbol", places.address, "--release", release_of(kernel), "--debug-dir", kernel]
    address = ours(f"vmlinux:{places.address}")
    by_line = ours(places.source)
    by_name = ours(FUNCTION)
    asked = [
        ("address to line and inlines", 0.015, {
            "knowhy": lines,
            "eu-addr2line": ["eu-addr2line", "-if", "-e", image, places.address],
            "addr2line": ["addr2line", "-if", "-e", image, places.address],
            "gdb": gdb(f"info line *{places.address}")}),
        ("variables at an address, may it be probed", None, {"knowhy": address}),
        ("variables at a line", 0.05, {
            "knowhy": by_line, "perf probe": perf(places.source.removeprefix("net/ipv4/")),
            "stap": stap(f'kernel.statement("*@{places.source}")'),
            "gdb": gdb(f"info scope {places.source}")}),
        ("variables of a function", None, {
            "knowhy": by_name, "perf probe": perf(FUNCTION),
            "stap": stap(f'kernel.function("{FUNCTION}")'), "gdb": gdb(f"info scope {FUNCTION}")}),
        ("line of a header", None, {
            "knowhy": ours(places.header), "gdb": gdb(f"info line {places.header}")}),
        ("a module's function, module not named", None, {"knowhy": ours(MODULE_FUNCTION)}),
        ("function, no index", 0.5, {"knowhy": by_name}),
        ("line of a header, no index", 2, {"knowhy": ours(places.header)}),
        ("function, no index, cold", 0.5, {"knowhy": by_name}),
        ("making the index", 2.5, {"knowhy": ours(FUNCTION, "--index")}),
    ]
    for name, aim, commands in asked:
        yield name, aim, {program: command for program, command in commands.items()
                          if program == "knowhy" or shutil.which(str(command[0]))}


def measure(name, commands, rounds, image, indexed):
    samples = {program: [] for program in commands}
    for turn in range(rounds + 1):
        for program, command in commands.items():
            with tempfile.TemporaryDirectory() as empty:
                fresh = "no index" in name or "making" in name
                if name.endswith("cold"):
                    drop_from_page_cache(image)
                sample = run_once(command, empty if fresh else indexed)
                if turn:  # the first only warms up
                    samples[program].append(sample)
    return {program: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            for program, runs in samples.items()}


def all_answers(knowhy, kernel, image, rounds):
    places = Places(image)
    with tempfile.TemporaryDirectory() as scratch:
        build, indexed = pathlib.Path(scratch, "build"), pathlib.Path(scratch, "cache")
        build_directory(kernel, image, build)
        asked = list(questions(knowhy, kernel, image, build, places))
        run_once(asked[-1][2]["knowhy"], indexed)
        for name, aim, commands in asked:
            with tempfile.TemporaryDirectory() as empty:
                anonymous = peak_anonymous_mb(commands["knowhy"],
                                              empty if "index" in name else indexed)
            yield {"question": name, "aim_s": aim, "anonymous_mb": anonymous,
                   "medians": measure(name, commands, rounds, image, indexed)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("knowhy", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=7)
    figures.add_option(parser)
    options = parser.parse_args()
    kernel = newest_unpacked(cache_dir())
    images = [*(kernel / "usr/lib/debug/boot").glob("vmlinux-*")] if kernel else []
    if not images or not shutil.which("eu-addr2line"):
        print("skipped: needs elfutils and an unpacked kernel (lab/kernel --dbg)", file=sys.stderr)
        return SKIPPED
    answers = list(all_answers(options.knowhy.resolve(), kernel, images[0], options.rounds))
    figures.put({"kernel": release_of(kernel), "rounds": options.rounds,
                 "image_mb": images[0].stat().st_size / 1e6, "answers": answers}, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
