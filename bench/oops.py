#!/usr/bin/python3
"""How long knowhy oops takes for a long console log with few crashes, and how much memory.

Usage: bench/oops.py KNOWHY [--megabytes N] [--runs N]. The log is made of boot messages as a kernel
prints them, and of ten crashes of tests/oops/texts at even distances. Beside it the time that grep
takes to find where those crashes begin.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import figures

SOURCE = pathlib.Path(__file__).resolve().parents[1]
CRASHES = 10
MESSAGES = (
    "usb 1-1: new high-speed USB device number {n} using xhci_hcd",
    "e1000 0000:00:03.0 eth0: (PCI:33MHz:32-bit) 52:54:00:12:34:{n:02x}",
    "IPv6: ADDRCONF(NETDEV_CHANGE): veth{n}: link becomes ready",
    "audit: type=1400 audit(1700000000.{n:03}:12): apparmor=\"STATUS\" operation=\"profile_load\"",
    "EXT4-fs (sda1): mounted filesystem with ordered data mode. Quota mode: none.",
    "systemd[1]: Started session-{n}.scope - Session {n} of User root.",
)


def write_log(path, megabytes):
    """Boot chatter with time stamps, the crashes in between; gives its size in bytes."""
    crash = (SOURCE / "tests/oops/texts/rlb_arp_recv.mips64.txt").read_text(encoding="utf-8")
    chunk = []
    for n in range(20000):
        message = MESSAGES[n % len(MESSAGES)].format(n=n % 200)
        chunk.append(f"[{n // 100:5}.{n % 100 * 10000:06}] {message}\n")
    chunk = "".join(chunk)
    wanted = megabytes * 1000 * 1000
    between = wanted // CRASHES
    with path.open("w", encoding="utf-8") as log:
        for _ in range(CRASHES):
            begin = log.tell()
            while log.tell() - begin < between:
                log.write(chunk)
            log.write(crash + "end of the watchdog's output\n")
    return path.stat().st_size


def run_once(program, path):
    """Seconds, peak memory in bytes, and how many crashes were told."""
    began = time.monotonic()
    with subprocess.Popen([program, "oops", "--json", str(path)], stdout=subprocess.PIPE) as child:
        out = child.stdout.read()
        child.wait()
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    kinds = [json.loads(line)["kind"] for line in out.splitlines()
             if json.loads(line)["type"] == "oops"]
    return seconds, peak, kinds.count("null-dereference")


def grep_once(path):
    began = time.monotonic()
    # Captured: at the first match grep is done with an output that is thrown away.
    subprocess.run(["grep", "-c", "Unable to handle kernel", str(path)], check=True,
                   capture_output=True)
    return time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("knowhy")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    figures.add_option(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="knowhy-bench-") as folder:
        log = pathlib.Path(folder) / "console.log"
        size = write_log(log, options.megabytes)
        runs, greps = [], []
        for _ in range(options.runs):
            runs.append(run_once(options.knowhy, log))
            greps.append(grep_once(log))
    if any(found != CRASHES for _, _, found in runs):
        print(f"not all of the {CRASHES} crashes were found: {runs}", file=sys.stderr)
        return 1
    figures.put({"megabytes": size / 1e6, "crashes": CRASHES, "rounds": options.runs,
                 "seconds": statistics.median(run[0] for run in runs),
                 "grep_seconds": statistics.median(greps),
                 "peak_megabytes": max(run[1] for run in runs) / 1e6}, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
