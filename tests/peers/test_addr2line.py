#!/usr/bin/python3
"""Lines and inline chains at random text addresses, against eu-addr2line.

Usage: test_addr2line.py DWARF_ANSWERS [--addresses N] [--modules N]

Both must say the same: function, file, line and column of every level. Where they do not, one of these
must explain it (docs/debuginfo.md, "Peers"), or the test fails:
  judged     the second program says what we say
  between    no function covers the address: it lies in the padding between two
  assembly   assembly has lines but no functions; eu-addr2line names the nearest symbol
  entry      arm64 begins functions with two nops for ftrace, which debug information leaves out; what
             the others name there is the symbol, and the line before
  undescribed  nor does llvm-dwarfdump find a function in the debug information: GCC writes none for
             a body that it made of another (identical code); the others name the symbol
"""
import argparse
import bisect
import pathlib
import random
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "lab"))
from runner.kernel import cache_dir, newest_unpacked  # noqa: E402

SKIPPED = 77
MODULES = ("drivers/net/bonding/bonding", "net/netfilter/nf_tables", "drivers/net/vxlan/vxlan",
           "net/sctp/sctp", "drivers/net/ethernet/intel/e1000e/e1000e", "net/mac80211/mac80211",
           "net/netfilter/nf_conntrack", "drivers/net/virtio_net", "net/bridge/bridge",
           "drivers/net/ethernet/mellanox/mlx5/core/mlx5_core")
# Copied over other code, or trampolines that objtool made: nothing describes them.
NOT_ASKED = (".altinstr", ".static_call")


def output(command, lines):
    return subprocess.run([str(word) for word in command], input="\n".join(lines) + "\n",
                          capture_output=True, text=True, check=True).stdout.splitlines()


class Image:
    """One file, and a sample of its code as (section, offset, place)."""

    def __init__(self, path, answers, count, seed):
        self.path, self.answers = path, answers
        self.relocatable = path.suffix == ".ko"
        sections = [line.split(maxsplit=2) for line in output([answers, "sections", path], [])]
        self.sections = [(int(at, 16), int(size, 16), name) for at, size, name in sections
                         if not name.startswith(NOT_ASKED)]
        self.sample = list(self._sample(count, random.Random(seed)))

    def _sample(self, count, rng):
        total = sum(size for _, size, _ in self.sections)
        for _ in range(count):
            left = rng.randrange(total)
            for at, size, name in self.sections:
                if left < size:
                    yield name, left, at + left
                    break
                left -= size

    def asked(self, tool, options):
        """What the tool prints for each address of the sample, as a list of lines."""
        groups = [None] * len(self.sample)
        sections = {name for name, _, _ in self.sample} if self.relocatable else {None}
        for section in sections:
            wanted = [i for i, (name, _, _) in enumerate(self.sample)
                      if section is None or name == section]
            addresses = [hex(self.sample[i][1 if self.relocatable else 2]) for i in wanted]
            where = ["-j", section] if section else []
            found = []
            for line in output([tool, "-a", *options, "-e", self.path, *where], addresses):
                if re.fullmatch(r"0x[0-9a-f]{8,}", line):
                    found.append([])
                else:
                    found[-1].append(line)
            assert len(found) == len(wanted), f"{tool}: {len(found)} answers of {len(wanted)}"
            for i, group in zip(wanted, found):
                groups[i] = group
        return groups

    def ours(self):
        addresses = [hex(place) for _, _, place in self.sample]
        for line in output([self.answers, "levels", self.path], addresses):
            yield [canonical(*level.split("|")) for level in line.split("\t")]

    def functions(self):
        """For each section (0: of vmlinux, all): starts and ends of its function symbols."""
        names = {}
        for match in re.finditer(r"^ *\[ *(\d+)\] (\S+)", "\n".join(
                output(["readelf", "-SW", self.path], [])), re.M):
            names[match[1]] = match[2]
        spans = {}
        for line in output(["readelf", "-sW", self.path], []):
            words = line.split()
            if len(words) < 8 or words[3] != "FUNC" or words[6] not in names:
                continue
            start, size = int(words[1], 16), int(words[2], 0)
            key = names[words[6]] if self.relocatable else None
            spans.setdefault(key, []).append((start, start + size))
        for of_section in spans.values():
            of_section.sort()
        return spans


def offset_in_function(spans, image, index):
    """From the start of the function symbol there; None where there is none."""
    section, offset, place = image.sample[index]
    of_section = spans.get(section if image.relocatable else None, [])
    at = offset if image.relocatable else place
    i = bisect.bisect_right(of_section, (at, 1 << 64))
    return next((at - start for start, end in of_section[max(0, i - 8):i] if start <= at < end),
                None)


def canonical(function, where):
    """(function, file, line, column); what is not known is "" or 0."""
    where = re.sub(r" \(discriminator \d+\)$", "", where)
    parts = where.rsplit(":", 2)
    if len(parts) < 3 or not parts[1].isdigit():
        parts = [*where.rsplit(":", 1), "0"]
    file, line, column = parts
    if file == "??" or not file:
        return ("" if function == "??" else function, "", 0, 0)
    # The directory that the kernel was built in is recorded as a relative one.
    file = re.sub(r"^debian/build/[^/]*/", "", file)
    file = re.sub(r"/{2,}", "/", re.sub(r"^(\./)+", "", file))
    return ("" if function == "??" else function, file, int(line) if line.isdigit() else 0,
            int(column) if column.isdigit() else 0)


def levels_of(lines):
    return [canonical(re.sub(r" inlined at .*", "", lines[i]), lines[i + 1])
            for i in range(0, len(lines) - 1, 2)]


def without_columns(levels):
    return [level[:3] for level in levels]


def described(path, address):
    # Exits with 1 where it finds nothing at all.
    found = subprocess.run(["llvm-dwarfdump", f"--lookup={address:#x}", path], text=True,
                           capture_output=True, check=False).stdout
    return "DW_TAG_subprogram" in found


def explain(ours, theirs, second, offset, nops, is_described):
    if without_columns(ours) == without_columns(second):
        return "judged"
    if not ours[0][0] and ours[0][1:3] == theirs[0][1:3] and \
            ours[0][1].startswith("/"):  # as the assembler, told an absolute path, records it
        return "assembly"
    if not ours[0][0] and offset is None:
        return "between"
    if not ours[0][0] and len(theirs) == 1 and offset < nops and not is_described():
        return "entry"
    same_line = ours[0][1:3] == theirs[0][1:3] == second[0][1:3]
    if not ours[0][0] and same_line and len(theirs) == 1 and not is_described():
        return "undescribed"
    return None


def compare(image, peer="eu-addr2line", judge="addr2line", nops=0):
    """How many addresses of the sample differ and are not explained; prints what came of all.

    `nops`: bytes that functions begin with and that are not described."""
    comparable = (lambda levels: levels) if peer.startswith("eu-") else without_columns
    peers = [levels_of(lines) for lines in image.asked(peer, ["-i", "-f"])]
    ours = list(image.ours())
    differing = [i for i in range(len(ours)) if comparable(ours[i]) != comparable(peers[i])]
    image_of_differing = [image.sample[i] for i in differing]
    spans = image.functions() if differing else {}
    whole, image.sample = image.sample, image_of_differing
    judges = [levels_of(lines) for lines in image.asked(judge, ["-i", "-f"])] \
        if differing else []
    image.sample = whole
    counts, open_questions = {}, []
    for i, second in zip(differing, judges):
        address = image.sample[i][1 if image.relocatable else 2]
        why = explain(ours[i], peers[i], second, offset_in_function(spans, image, i), nops,
                      lambda address=address: described(image.path, address))
        counts[why] = counts.get(why, 0) + 1
        if why is None:
            open_questions.append((image.sample[i], ours[i], peers[i], second))
    words = ", ".join(f"{n} {why or 'UNEXPLAINED'}" for why, n in sorted(
        counts.items(), key=lambda item: str(item[0]))) or "none differ"
    print(f"{image.path.name}: {len(ours)} addresses, {len(ours) - len(differing)} agree; {words}")
    for sample, mine, theirs, second in open_questions[:10]:
        print(f"  {sample[0]}+{sample[1]:#x}\n    we say {mine}\n    {peer} {theirs}\n"
              f"    {judge} {second}")
    return len(open_questions)


def images_of(kernel, modules):
    """vmlinux first; empty without debug files."""
    debug = kernel / "usr/lib/debug" if kernel else pathlib.Path("/nonexistent")
    images = [*debug.glob("boot/vmlinux-*")]
    for module in modules:
        images += debug.glob(f"lib/modules/*/kernel/{module}.ko")
    return images


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=pathlib.Path)
    parser.add_argument("--addresses", type=int, default=5000)
    parser.add_argument("--modules", type=int, default=len(MODULES))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    images = images_of(newest_unpacked(cache_dir()), MODULES[:arguments.modules])
    if len(images) < 2 or not shutil.which("eu-addr2line"):
        print("skipped: needs elfutils and an unpacked kernel (lab/kernel --dbg)")
        return SKIPPED
    failed = 0
    for path in images:
        count = arguments.addresses if path.suffix != ".ko" else max(100, arguments.addresses // 10)
        failed += compare(Image(path, arguments.answers, count, arguments.seed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
