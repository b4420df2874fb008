#!/usr/bin/python3
"""Probes where `knowhy locate` says that a variable is best read, and reads a member through it.

Usage: probe_variable.py PLACE VARIABLE STRUCT MEMBER BYTES. PLACE is in a module that is loaded;
VARIABLE a pointer to STRUCT; BYTES what the member must be, in hexadecimal, whenever the probe is
hit, and what it must not be through another register.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import time

TRACING = pathlib.Path("/sys/kernel/tracing")
PATIENCE = 20  # seconds for the first hit
WRONG = ["bx", "bp", "r12", "r13", "r14", "r15"]


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def best_probe(place, variable):
    answer = json.loads(output("knowhy", "locate", place, variable, "--json"))
    return answer["instances"][0]["best_probe"]


def member_offset(module, struct, member):
    """In bytes, by the BTF of the module that runs."""
    dump = output("bpftool", "btf", "dump", "file", f"/sys/kernel/btf/{module}", "-B",
                  "/sys/kernel/btf/vmlinux", "format", "raw")
    body = re.search(rf"STRUCT '{struct}' .*((?:\n\t.*)*)", dump)[1]
    return int(re.search(rf"'{member}' .*bits_offset=(\d+)", body)[1]) // 8


def register_event(name, probe, register, offset, length):
    where = f"{probe['where']['module']}:{probe['where']['symbol']}+{probe['where']['offset']}"
    line = f"p:locate/{name} {where} bytes=+{offset}(%{register}):x8[{length}]\n"
    # Not open(..., "a"), which seeks to the end: this file refuses that with EINVAL.
    events = os.open(TRACING / "kprobe_events", os.O_WRONLY | os.O_APPEND)
    os.write(events, line.encode())
    os.close(events)
    (TRACING / f"events/locate/{name}/enable").write_text("1", encoding="ascii")


def hits(name):
    """What each hit read; None where the memory could not be read."""
    lines = (TRACING / "trace").read_text(encoding="ascii").splitlines()
    found = []
    for words in (line.partition(f" {name}: ")[2] for line in lines):
        if "bytes=" in words:
            digits = re.search(r"bytes=\{(.*?)\}", words)
            found.append(digits and bytes(int(d, 16) for d in digits[1].split(",")))
    return found


def main():
    place, variable, struct, member, wanted = sys.argv[1:6]
    wanted = bytes.fromhex(wanted)
    probe = best_probe(place, variable)
    register = probe["location"].removeprefix("%")
    if register[1].isalpha():  # rbx: the kernel's names of the old eight have no 'r'
        register = register[1:]
    offset = member_offset(probe["where"]["module"], struct, member)
    wrong = next(name for name in WRONG if name != register)
    print(f"{probe['where']['symbol']}+{probe['where']['offset']:#x}: {variable} in %{register}, "
          f"{member} at +{offset}")
    register_event("right", probe, register, offset, len(wanted))
    register_event("wrong", probe, wrong, offset, len(wanted))
    deadline = time.monotonic() + PATIENCE
    while not hits("right") and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1)
    right, others = hits("right"), hits("wrong")
    print(f"right: {len(right)} hits, {set(right)}; %{wrong}: {len(others)} hits, {set(others)}")
    return 0 if right and set(right) == {wanted} and others and wanted not in others else 1


if __name__ == "__main__":
    sys.exit(main())
