#!/usr/bin/python3
"""Kernels that crashed for real, explained by `knowhy oops`, held against the key of their module.

Usage: test_lab.py KNOWHY ARCH [--text] [--keep DIR]

Boots Debian's kernel of that architecture, crashes it in each way of lab/modules/crash, and asks for an
explanation by the module's own file: what is right must be said, down to the variable, the field and
the line. --text: without a guest, from the consoles that stand beside this file, by their text alone;
then to abstain is no failure, and to be wrong and sure of it is.
"""
import argparse
import pathlib
import re
import shutil
import sys
import tempfile

from lab_keys import KINDS, MASK
from score import NotAsked, RIGHT, WRONG, ask, judge

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "lab"))
from runner import bare, crash, modules  # noqa: E402
from runner.kernel import KernelError  # noqa: E402
from runner.vm import GuestDied  # noqa: E402

SKIPPED = 77
SOURCE = "knowhy_crash.c"


def kind_of(answer):
    """The crash that a report is of: by its own function, or by the first of its trace that is ours."""
    ours = (name.removeprefix("crash_") for name in answer.symbols if name.startswith("crash_"))
    return next((name for name in ours if name in KINDS), None)


def lines_of(answer, kind):
    """What is said of the crash's line in our source: for the fault, or for the frame that waits."""
    frame = answer.frame(f"crash_{kind}")
    places = [place for at in (answer.where, frame) for place in (at, *at.get("inlined", []))]
    ours = [place["line"] for place in places if (place.get("file") or "").endswith(SOURCE)]
    return ours or [int(answer.report["details"].get("bug_line", 0))]


class Console:
    """One console's text and what its crashes are known to be."""

    def __init__(self, arch, path):
        self.arch, self.path = arch, path
        text = path.read_text(encoding="utf-8", errors="replace")
        self.numbers, self.lines = crash.numbers_of(text), crash.marked_lines()
        self.begun = re.findall(r"begins: (\w+)", text)
        self.boot_lines = text[:text.index("begins: ")].count("\n")

    def wrong_with(self, kind, answer, with_image):
        """What of the answer is not as the key has it."""
        wanted = KINDS[kind]
        if kind == "delay_slot" and self.arch.startswith("mips") and not answer.report["in_delay_slot"]:
            yield "not known to be in a delay slot"
        if answer.report["kind"] not in wanted.report:
            yield f"a report of kind {answer.report['kind']}"
        if wanted.pointer:
            key = {"pointer": wanted.pointer, "base": wanted.base_on(self.arch) & MASK,
                   "error": wanted.error, "variable": wanted.variable, "field": wanted.field,
                   **self.numbers[kind]}
            for part, verdict in judge(key, answer, with_image).items():
                needed = with_image and part not in wanted.maybe.get(self.arch, ())
                if verdict == WRONG and answer.confident or needed and verdict != RIGHT:
                    yield f"{part} {verdict}: {answer.reading.get(part)!r}, not {key[part]!r}"
        if with_image:
            lines = lines_of(answer, kind)
            if not any(line and abs(line - self.lines[kind]) <= wanted.lines for line in lines):
                yield f"lines {lines}, not {self.lines[kind]}"
            inlined = [level["function"] for level in answer.where.get("inlined", [])]
            if wanted.functions and tuple(inlined) != wanted.functions:
                yield f"inlined {inlined}, not {wanted.functions}"

    def judged(self, answers, with_image):
        """(kind, what is wrong with it) for each crash of this console."""
        early = [answer for answer in answers if answer.report["first_line"] <= self.boot_lines]
        if early:
            yield "boot", [f"{len(early)} reports where the kernel only boots"]
        first = {}
        for answer in answers:
            first.setdefault(kind_of(answer), answer)
        for kind in self.begun:
            if kind not in first:
                yield kind, ["no report of it"]
            else:
                yield kind, list(self.wrong_with(kind, first[kind], with_image))


def judge_consoles(arch, consoles, knowhy, *options):
    failed = 0
    for path in consoles:
        console = Console(arch, path)
        for kind, wrong in console.judged(ask(knowhy, path, *options), bool(options)):
            print(f"{arch:9} {kind:15} {'; '.join(wrong) or 'right'}")
            failed += bool(wrong)
    return 1 if failed else 0


def missing(arch):
    """Programs that are not there; tools/install-deps has the packages."""
    return [name for name in (bare.QEMU[arch][0], modules.compiler_of(arch), "make", "cpio")
            if not shutil.which(name)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("knowhy", type=pathlib.Path)
    parser.add_argument("arch", choices=crash.BOOTS)
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, help="keep the consoles and the module there")
    arguments = parser.parse_args()
    knowhy, arch = arguments.knowhy.resolve(), arguments.arch
    if arguments.text:
        return judge_consoles(arch, [HERE / "consoles" / f"{arch}.txt"], knowhy)
    if absent := missing(arch):
        print(f"skipped: needs {', '.join(absent)}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="knowhy-crash-") as scratch:
        folder = (arguments.keep or pathlib.Path(scratch)).resolve()
        consoles, module, kernel = crash.make(arch, folder)
        options = ["--module", f"knowhy_crash={module}"]
        if images := list(kernel.glob("usr/lib/debug/boot/vmlinux-*")):
            options += ["--vmlinux", images[0]]
        if (wrong := judge_consoles(arch, consoles, knowhy, *options)) == 0:
            return 0
        # A serial console may lose letters; what is wrong twice is wrong.
        print("once more:")
        consoles, module, _ = crash.make(arch, folder / "again")
        options[1] = f"knowhy_crash={module}"
        return judge_consoles(arch, consoles, knowhy, *options) and wrong


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (GuestDied, KernelError, modules.ModuleError, NotAsked) as trouble:
        sys.exit(f"test_lab.py: {trouble}")
