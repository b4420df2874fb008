#!/usr/bin/python3
"""Asks the running kernel whether it takes a kprobe at each address that probe_addresses printed.

Usage: probe_guest.py IMAGE=FILE... IMAGE is vmlinux, or a module, which is loaded. Root, in a
guest: it registers each probe and removes it. We may refuse what the kernel takes; what we call safe
the kernel must take. Exit status 1 when one is not.
"""
import collections
import errno
import os
import pathlib
import subprocess
import sys

EVENTS = pathlib.Path("/sys/kernel/tracing/kprobe_events")


def section_bases(image):
    if image != "vmlinux":
        subprocess.run(["modprobe", image], check=True)
        sections = pathlib.Path("/sys/module", image, "sections")
        return {path.name: int(path.read_text(), 16) for path in sections.iterdir()}
    with open("/proc/kallsyms") as symbols:
        starts = {words[2]: int(words[0], 16) for words in map(str.split, symbols)}
    return {".text": starts["_stext"], ".init.text": starts.get("_sinittext")}


def command(line):
    # Not open(..., "a"), which seeks to the end: this file refuses that with EINVAL.
    events = os.open(EVENTS, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(events, f"{line}\n".encode())
    finally:
        os.close(events)


def attempt(address):
    """"taken", or the name of the error."""
    try:
        command(f"p:knowhy/probe {address:#x}")
    except OSError as error:
        return errno.errorcode[error.errno]
    command("-:knowhy/probe")
    return "taken"


def ask(image, path):
    """Asks at the addresses of one image; returns those called safe that were not taken."""
    bases = section_bases(image)
    sums = collections.Counter()
    lax = []
    for line in pathlib.Path(path).read_text().splitlines():
        section, offset, verdict, *reasons = line.split(maxsplit=3)
        if bases.get(section) is None:
            continue
        answer = attempt(bases[section] + int(offset, 16))
        why = reasons[0].split(";")[0].split(" at ")[0].split(" of ")[0] if reasons else ""
        sums[(verdict, why.split(" +")[0], answer)] += 1
        if verdict == "safe" and answer != "taken":
            lax.append(f"{image} {section}+{offset}: {answer}")
    print(f"{image}: {sum(sums.values())} addresses")
    for (verdict, why, answer), count in sorted(sums.items()):
        print(f"{count:6} {verdict:6} {answer:8} {why}")
    return lax


def main():
    # A grace period for each probe that is removed; nobody else waits for one here.
    pathlib.Path("/sys/kernel/rcu_expedited").write_text("1")
    lax = [place for word in sys.argv[1:] for place in ask(*word.split("=", 1))]
    print(f"called safe, not taken: {len(lax)}")
    print("\n".join(lax[:20]))
    return 1 if lax else 0


if __name__ == "__main__":
    sys.exit(main())
