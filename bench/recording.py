#!/usr/bin/python3
"""What a recording of functions costs: bytes an event, time to write one, time to open it.

Usage: recording.py KNOWHY RECORDING_BENCH [--events N] [--rounds N] [--json FILE]

The events are made up by recording_bench (bench/recording), whose writer is the one of `knowhy record`;
opening is the whole program `knowhy report FILE --summary`, from fork to its end.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import figures


def write_once(bench, path, events):
    return json.loads(subprocess.run([bench, path, str(events)], capture_output=True, text=True,
                                     check=True).stdout)


def open_once(command):
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
    parser.add_argument("bench")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    figures.add_option(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "calls.knowhy")
        written = [write_once(options.bench, path, options.events) for _ in range(options.rounds)]
        size = path.stat().st_size
        opened = [open_once([options.knowhy, "report", str(path), "--summary"])
                  for _ in range(options.rounds)]
    figures.put({"events": written[0]["events"], "rounds": options.rounds, "bytes": size,
                 "bytes_an_event": size / written[0]["events"],
                 "write_ns": statistics.median(run["write_ns"] for run in written),
                 "open": {key: statistics.median(run[key] for run in opened)
                          for key in opened[0]}}, options.json)


if __name__ == "__main__":
    main()
