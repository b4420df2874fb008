#!/usr/bin/python3
"""Another machine's kernel: lines, inline chains, registers, instructions and probes of arm64's.

Usage: test_arm64.py DWARF_ANSWERS KNOWHY [--addresses N] [--functions N]

Debian's arm64 kernel (lab/kernel --dbg --arch arm64), only read:
  - levels at random addresses against aarch64-linux-gnu-addr2line, as test_addr2line.py does;
  - `knowhy locate` of functions of net/, chosen by hash: each location in terms of arm64's registers,
    of --asm each instruction as aarch64-linux-gnu-objdump names it, and functions that ftrace can
    trace may be probed behind their start.
"""
import argparse
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

from test_addr2line import (SKIPPED, Image, cache_dir, compare, images_of, newest_unpacked, output)

MODULES = ("drivers/net/bonding/bonding", "net/netfilter/nf_tables", "drivers/net/vxlan/vxlan",
           "net/mac80211/mac80211")
PEER = "aarch64-linux-gnu-addr2line"
OBJDUMP = "aarch64-linux-gnu-objdump"
REGISTER = re.compile(r"\b(?:x[0-9]|x[12][0-9]|x30|sp|v[0-9]+)\b")
FOREIGN = re.compile(r"%|\b(?:r[0-9]+|[re]?[abcd]x|rsp|rbp)\b")


class Located:
    """What knowhy says of a place in the kernel."""

    def __init__(self, knowhy, kernel, vmlinux):
        self.command = [knowhy, "locate", "--json", "--release",
                        vmlinux.name.removeprefix("vmlinux-"), "--debug-dir", kernel]

    def instances(self, *words):
        done = subprocess.run([str(word) for word in [*self.command, *words]], capture_output=True,
                              text=True, check=True)
        return json.loads(done.stdout)["instances"]


def functions_of_net(image, answers, count):
    symbols = {}
    for words in map(str.split, output(["nm", image], [])):
        if len(words) == 3 and words[1] in "tT":
            symbols.setdefault(words[2], []).append(words[0])
    names = sorted((name for name, at in symbols.items() if len(at) == 1 and "." not in name),
                   key=lambda name: hashlib.sha256(name.encode()).digest())[:count * 60]
    # Behind the two instructions that ftrace fills in.
    addresses = [hex(int(symbols[name][0], 16) + 8) for name in names]
    lines = output([answers, "levels", image], addresses)
    for name, line in zip(names, lines):
        function, _, place = line.split("\t")[-1].partition("|")
        if function == name and place.startswith("net/"):
            yield name


def mnemonics(image, start, end):
    """{address: the first word of the instruction}."""
    text = output([OBJDUMP, "-d", "--no-show-raw-insn", f"--start-address={start:#x}",
                   f"--stop-address={end:#x}", image], [])
    found = (re.match(r"\s*([0-9a-f]{8,}):\s+(\S+)", line) for line in text)
    return {int(match[1], 16): match[2] for match in found if match}


# Two names of one instruction: capstone's, and those that binutils prefers.
SAME = {("movz", "mov"), ("movn", "mov"), ("b.hs", "b.cs"), ("b.lo", "b.cc"), ("hint", "paciasp"),
        ("hint", "autiasp"), ("hint", "bti"), ("hint", "xpaclri")}


def locations_of(instances):
    for instance in instances:
        for variable in instance["variables"]:
            yield variable["location"] or ""
            for part in variable["ranges"]:
                yield part["location"]


def ask_locate(located, image, names):
    counts = dict.fromkeys(("locations", "instructions", "not decoded", "safe entries"), 0)
    wrong = []
    for name in names:
        instances = located.instances(name, "--asm")
        # Debug information begins behind what ftrace patches; so does the answer.
        begin = located.instances(f"{name}+0")[0]["where"]
        if begin != instances[0]["where"]:
            wrong.append((name, "+0", begin))
        for location in locations_of(instances):
            counts["locations"] += bool(REGISTER.search(location))
            if FOREIGN.search(location):
                wrong.append((name, location))
        listing = instances[0]["listing"]
        places = [int(line["address"], 16) for line in listing]
        theirs = mnemonics(image, min(places), max(places) + 4)
        for at, line in zip(places, listing):
            ours = line["instruction"].split()[0]
            counts["instructions"] += 1
            counts["not decoded"] += ours == ".byte"  # atomics of ARMv8.1: capstone 4 has none
            if ours not in (".byte", theirs.get(at)) and (ours, theirs.get(at)) not in SAME:
                wrong.append((name, hex(at), line["instruction"], theirs.get(at)))
        counts["safe entries"] += bool(instances[0]["safe"])
    words = ", ".join(f"{n} {what}" for what, n in counts.items())
    print(f"knowhy locate: {len(names)} functions, {words}, {len(wrong)} wrong")
    for what in wrong[:20]:
        print("  ", *what)
    # Some are not traceable; most can be probed at their start.
    return bool(wrong) or not counts["locations"] or counts["safe entries"] < 0.8 * len(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=pathlib.Path)
    parser.add_argument("knowhy", type=pathlib.Path)
    parser.add_argument("--addresses", type=int, default=1000)
    parser.add_argument("--functions", type=int, default=50)
    arguments = parser.parse_args()
    kernel = newest_unpacked(cache_dir(), "arm64")
    images = images_of(kernel, MODULES)
    if not images or not shutil.which(PEER) or not shutil.which("eu-addr2line"):
        print("skipped: needs elfutils, the cross binutils and `lab/kernel --dbg --arch arm64`")
        return SKIPPED
    failed = 0
    for path in images:
        count = arguments.addresses if path.suffix != ".ko" else max(50, arguments.addresses // 10)
        failed += compare(Image(path, arguments.answers, count, 1), PEER, "eu-addr2line",
                          nops=8)
    names = list(functions_of_net(images[0], arguments.answers, arguments.functions))
    failed += ask_locate(Located(arguments.knowhy, kernel, images[0]), images[0],
                         names[:arguments.functions])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
