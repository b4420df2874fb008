#!/usr/bin/python3
"""Damaged kernel modules, asked as a user asks: an answer or one line, in time, and no crash.

Usage: test_modules.py KNOWHY [--count N] [--seed N] [--jobs N]

KNOWHY is best built with AddressSanitizer (preset asan). The modules are the lab's, with their debug
files; bytes of one of the two are changed, cut off, or damaged under their compression. What fails is
kept, and printed with the command that repeats it.
"""
import argparse
import lzma
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "lab"))
from runner.kernel import cache_dir, newest_unpacked  # noqa: E402

SKIPPED = 77
LIMIT = 120  # seconds for one question; whole ones take less than two
# Small ones: a byte that is changed in them matters more often.
MODULES = {"veth": ("drivers/net/veth", "veth_xmit", "skb"),
           "dummy": ("drivers/net/dummy", "dummy_xmit", "skb"),
           "vxlan": ("drivers/net/vxlan/vxlan", "vxlan_xmit", "dev"),
           "bonding": ("drivers/net/bonding/bonding", "ad_tx_machine", "port"),
           "xt_mark": ("net/netfilter/xt_mark", "mark_tg", "skb")}
TABLES = (".altinstructions", "__ex_table", "__jump_table", "__bug_table", "__mcount_loc",
          ".static_call_sites", ".symtab", ".strtab", ".note.gnu.build-id", ".text")


def parts(data):
    """Name to (offset, size) of what is worth changing: sections, and the headers themselves."""
    offset, = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3a)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]
    start = headers[names][4]
    found = {"header": (0, 64), "sections": (offset, size * count)}
    for header in headers:
        end = data.index(b"\0", start + header[0])
        name = data[start + header[0]:end].decode()
        wanted = ".debug_" in name or name.removeprefix(".rela") in TABLES
        if wanted and header[1] != 8 and header[5]:  # SHT_NOBITS has no bytes
            found[name] = (header[4], header[5])
    return found


def damaged(data, rng):
    """The bytes, damaged in one way; and a name for the file, which tells nothing."""
    how = rng.random()
    if how < 0.15:
        return data[:rng.randrange(len(data))], ".ko"
    if how < 0.3:
        packed = bytearray(lzma.compress(data, preset=0))
        if rng.random() < 0.5:
            return bytes(packed[:rng.randrange(len(packed))]), ".ko.xz"
        packed[rng.randrange(len(packed))] ^= 1 << rng.randrange(8)
        return bytes(packed), ".ko.xz"
    changed = bytearray(data)
    offset, size = rng.choice(list(parts(data).values()))
    for _ in range(rng.choice((1, 1, 4, 32))):
        changed[offset + rng.randrange(size)] = rng.choice((0, 1, 0x7f, 0x80, 0xff,
                                                            rng.randrange(256)))
    return bytes(changed), ".ko"


def questions(module, function, variable, all_of_it):
    yield ["locate", f"{module}:{function}", variable]
    yield ["locate", f"{module}:{function}", "--asm", "--json"]
    yield ["locate", f"{module}:*.c:{'*' if all_of_it else 100}", "--json"]
    yield ["symbol", "--kallsyms", "{kallsyms}", "--json", "ffffffffa0000010"]


def ask(knowhy, words):
    """What is wrong with the answer, or None."""
    try:
        done = subprocess.run([knowhy, *words], capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"no end after {LIMIT} s"
    said = done.stderr.decode(errors="replace")
    if done.returncode not in (0, 2) or "runtime error:" in said:
        return f"exit status {done.returncode}: {said[-2000:]}"
    errors = [line for line in said.splitlines() if not line.startswith("knowhy: warning:")]
    if len(errors) != (done.returncode != 0):
        return f"exit status {done.returncode} with {len(errors)} lines: {said[-2000:]}"
    return None


def damaged_module(folder, kernel, rng):
    """A module's debug file in `folder` and its code below, one of them damaged; what to ask about it."""
    name, (path, function, variable) = rng.choice(sorted(MODULES.items()))
    (folder / "code").mkdir()
    files = {folder: next(kernel.glob(f"usr/lib/debug/lib/modules/*/kernel/{path}.ko")),
             folder / "code": next(kernel.glob(f"lib/modules/*/kernel/{path}.ko"))}
    hurt = rng.choice([folder, folder, folder / "code"])
    for target, original in files.items():
        data, suffix = original.read_bytes(), ".ko"
        if target is hurt:
            data, suffix = damaged(data, rng)
        (target / (name + suffix)).write_bytes(data)
    (folder / "kallsyms").write_text(f"ffffffffa0000000 t {function}\t[{name}]\n"
                                     f"ffffffffa0001000 t another\t[{name}]\n")
    return name, function, variable


def examine(knowhy, kernel, seed, number):
    """How many questions were asked, and what is wrong with the answers."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"knowhy-hostile-{number}-"))
    module = damaged_module(folder, kernel, random.Random(f"{seed} {number}"))
    asked, wrong = 0, []
    for words in questions(*module, number % 20 == 0):
        words = [word.replace("{kallsyms}", str(folder / "kallsyms")) for word in words]
        if words[0] == "locate":
            words += ["--release", "1.2.3-test", "--debug-dir", str(folder)]
        asked += 1
        if problem := ask(knowhy, words):
            wrong.append(f"FAILED {' '.join([knowhy, *words])}\n  {problem}")
    if not wrong:
        shutil.rmtree(folder)
    return asked, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("knowhy")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    kernel = newest_unpacked(cache_dir())
    if not kernel or not (kernel / "usr/lib/debug").is_dir():
        print("skipped: needs an unpacked kernel (lab/kernel --dbg)")
        return SKIPPED
    asked = failed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for count, wrong in pool.map(lambda number: examine(arguments.knowhy, kernel, arguments.seed,
                                                            number), range(arguments.count)):
            asked += count
            failed += bool(wrong)
            for problem in wrong:
                print(problem, flush=True)
    print(f"{arguments.count} damaged modules, {asked} questions answered or refused in one line but "
          f"for those of {failed} modules")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
