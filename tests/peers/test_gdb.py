#!/usr/bin/python3
"""Where variables are, range by range, against gdb's `info scope`.

Usage: test_gdb.py DWARF_ANSWERS [--functions N]

Takes random functions of net/ in Debian's vmlinux. For each variable of the function's outermost block
and each of its ranges, asks at the range's first and last address. gdb prints expressions as they are
recorded and we print what they mean, so that what is compared is: the register by name, or a slot of
the frame, a value at entry, no location, a static address, something computed.
"""
import argparse
import pathlib
import random
import re
import shutil
import subprocess
import sys

from test_addr2line import SKIPPED, cache_dir, newest_unpacked, output

RANGE = re.compile(r"Range 0x([0-9a-f]+)-0x([0-9a-f]+): (.*)")


def net_functions(image, answers, count, seed):
    symbols = [line.split() for line in output(["nm", image], [])]
    names = {}
    for words in symbols:
        if len(words) == 3 and words[1] in "tT":
            names.setdefault(words[2], []).append(words[0])
    unique = sorted((at[0], name) for name, at in names.items() if len(at) == 1)
    random.Random(seed).shuffle(unique)
    chosen = []
    levels = output([answers, "levels", image], [at for at, _ in unique[:count * 40]])
    for (_, name), line in zip(unique, levels):
        function, _, place = line.split("\t")[-1].partition("|")
        if function == name and place.startswith("net/"):
            chosen.append(name)
    return chosen[:count]


def gdb_scopes(image, functions):
    """{(function, variable): [(from, to, what)]}; of a variable without ranges, from is None."""
    commands = [word for name in functions
                for word in ("-ex", f"echo @{name}\\n", "-ex", f"info scope {name}")]
    text = subprocess.run(["gdb", "-nx", "-batch", *commands, image], text=True,
                          capture_output=True, check=True).stdout
    found = {}
    for part in text.split("@")[1:]:
        function, _, body = part.partition("\n")
        for block in re.split(r"^(?=(?:Scope for \S+\n)?Symbol )", body, flags=re.M):
            match = re.search(r"Symbol (\S+) is (.*)", block, re.S)
            # gdb stops in the middle of DW_OP_GNU_uninit, which says that it was never set there.
            if not match or ", length" not in match[2]:
                continue
            pieces = re.split(r"(?=Range 0x)", match[2])
            ranges = [(int(m[1], 16), int(m[2], 16), m[3] + block_rest)
                      for piece in pieces[1:]
                      for m in [RANGE.match(piece)]
                      for block_rest in [piece[m.end():]]]
            found[function, match[1]] = ranges or [(None, None, match[2])]
    return found


def gdb_kind(what):
    register = re.match(r"a variable in \$(\w+)", what)
    if "piece]" in what:
        return "pieces"
    if register:
        return "%" + register[1]
    if "optimized out" in what:
        return "nothing"
    if what.startswith("in static storage"):
        return "static"
    if what.startswith("constant"):
        return "constant"
    operations = re.findall(r"DW_OP_\w+", what)
    if "DW_OP_piece" in operations:
        return "pieces"
    if "entry_value" in what:
        return "entry"
    if operations == ["DW_OP_addr"]:
        return "static"
    if operations == ["DW_OP_fbreg"] or what.startswith("a variable at frame base"):
        return "slot"
    return "computed"


def our_kind(text):
    if text == "nothing" or re.fullmatch(r"%\w+", text):
        return text
    if re.fullmatch(r"\[0x[0-9a-f]+\]", text):
        return "static"
    if re.match(r"\d+ bytes: ", text):
        return "pieces"
    if "at entry" in text or "@entry" in text:
        return "entry"
    if re.fullmatch(r"\[%(rsp|rbp|r10)([+-]0x[0-9a-f]+)?\]", text):
        return "slot"
    return "constant" if text.startswith("constant") else "computed"


# What gdb calls an expression may be a plain constant, a register with an offset, or what the stack
# pointer holds: the address of a slot.
SAME = {("computed", "constant"), ("computed", "slot"), ("slot", "computed"), ("computed", "%rsp")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=pathlib.Path)
    parser.add_argument("--functions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    kernel = newest_unpacked(cache_dir())
    images = [*(kernel / "usr/lib/debug/boot").glob("vmlinux-*")] if kernel else []
    if not images or not shutil.which("gdb"):
        print("skipped: needs gdb and an unpacked kernel (lab/kernel --dbg)")
        return SKIPPED
    image = images[0]
    functions = net_functions(image, arguments.answers, arguments.functions, arguments.seed)
    questions = [(function, name, at, gdb_kind(what))
                 for (function, name), ranges in gdb_scopes(image, functions).items()
                 for start, end, what in ranges if start is not None and start < end
                 for at in (start, end - 1)]
    answers = output([arguments.answers, "variables", image], [hex(at) for _, _, at, _ in questions])
    counts, differing, seen = {}, [], set()
    for (function, name, at, theirs), line in zip(questions, answers):
        # gdb's block at a function's start may be that of what is inlined there: any owner will do.
        ours = {our_kind(where) for _, variable, where in
                (part.split("|", 2) for part in line.split("\t") if part) if variable == name}
        seen |= {(function, name)} if ours else set()
        # A block's variable may have a location where the block is not: it is not in scope there.
        out_of_scope = not ours and (function, name) in seen
        same = theirs in ours or any((theirs, kind) in SAME for kind in ours) or out_of_scope
        kind = "register" if theirs.startswith("%") else theirs
        kind = "out of scope" if out_of_scope else kind
        counts[kind] = counts.get(kind, 0) + 1
        if not same:
            differing.append((function, name, hex(at), theirs, sorted(ours)))
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(counts.items()))
    print(f"{len(functions)} functions, {len(questions)} places ({kinds}): {len(differing)} differ")
    for difference in differing[:20]:
        print("  ", *difference)
    return 1 if differing or not questions else 0


if __name__ == "__main__":
    sys.exit(main())
