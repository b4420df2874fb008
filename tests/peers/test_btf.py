#!/usr/bin/python3
"""The layout of every struct that vmlinux's BTF names, as its DWARF has it.

Usage: test_btf.py DWARF_ANSWERS

pahole made the BTF from the same DWARF: size, members, bit offsets and bitfield sizes must be the same.
A name that BTF has twice is not asked. What is declared within a function is in BTF by name and not
found by name in DWARF: few, and counted.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from test_addr2line import SKIPPED, cache_dir, newest_unpacked

# Of 7,700 in Debian's 6.1, 14 are declared within functions.
MOST_LOCAL = 50


def btf_layouts(image):
    dump = subprocess.run(["bpftool", "-j", "btf", "dump", "file", image], capture_output=True,
                          text=True, check=True).stdout
    structs = {}
    for entry in json.loads(dump)["types"]:
        if entry["kind"] == "STRUCT" and entry["name"] != "(anon)":
            structs.setdefault(entry["name"], []).append(entry)
    for name, found in structs.items():
        if len(found) != 1:
            continue
        members = [(member["name"].replace("(anon)", ""), member["bits_offset"],
                    member.get("bitfield_size", 0)) for member in found[0].get("members", [])]
        yield name, " ".join([str(found[0]["size"]),
                              *(f"{name}@{at}:{bits}" for name, at, bits in members)])


def main():
    kernel = newest_unpacked(cache_dir())
    images = [*(kernel / "usr/lib/debug/boot").glob("vmlinux-*")] if kernel else []
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not images or not shutil.which("bpftool"):
        print("skipped: needs bpftool and an unpacked kernel (lab/kernel --dbg)")
        return SKIPPED
    expected = dict(btf_layouts(images[0]))
    with tempfile.TemporaryDirectory() as index_dir:
        answers = subprocess.run(
            [pathlib.Path(sys.argv[1]), "structs", images[0]], input="\n".join(expected) + "\n",
            capture_output=True, text=True, check=True, env=os.environ | {"INDEX_DIR": index_dir},
        ).stdout.splitlines()
    local = [name for name, answer in zip(expected, answers) if answer == "none"]
    differing = [name for name, answer in zip(expected, answers)
                 if answer not in ("none", expected[name])]
    print(f"{len(expected)} structs: {len(local)} within functions, {len(differing)} differ")
    for name in differing[:10]:
        print(f"  {name}: {expected[name]}")
    return 1 if differing or len(local) > MOST_LOCAL or len(expected) < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
