#!/usr/bin/python3
"""Generated crashes, explained by `knowhy oops`, held against their keys.

Usage: test_generated.py KNOWHY [--keep EVERY] [--seed N] [--directory DIR] [--json FILE]

Each crash is explained from its text alone, with its image, with another program's image, and after
its text was spoiled in several ways (spoil.py). What is wrong and stands behind it fails the test; to
abstain never does. The numbers are counted for each machine and never pooled.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from machines import MACHINES
from score import ABSTAINED, Answer, NotAsked, RIGHT, WRONG, Score, ask, judge
from spoil import spoiled

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
NOTHING = Answer({})
# Of machines whose Code line shows few instructions before the fault: how many.
WORDS_BEFORE = {"arm64": 4, "mips64el": 3, "mips64": 3}
# The share of parts that must be right where the text is whole; what abstains more tests nothing.
LEAST_RIGHT = {"text": 0.3, "image": 0.5}


def generate(directory, keep, seed):
    command = [HERE / "generate", directory, "--keep", str(keep), "--seed", str(seed)]
    return subprocess.run([str(word) for word in command], check=False).returncode


def answer_of(knowhy, text, *options):
    return next(iter(ask(knowhy, text, *options)), NOTHING)


class Machine:
    """One machine's crashes, and how they were explained."""

    def __init__(self, knowhy, folder, others):
        self.knowhy, self.folder = knowhy, folder
        self.image, self.other_image = folder / "image", others / folder.name / "image"
        self.keys = json.loads((folder / "keys.json").read_text(encoding="ascii"))
        self.scores = collections.defaultdict(Score)
        self.names_of_others = []  # named after another program's image

    def ask_all(self, key):
        """(way, answer, whether names are asked for) for one crash."""
        text = self.folder / f"{key['name']}.txt"
        yield "text", answer_of(self.knowhy, text), False
        yield "image", answer_of(self.knowhy, text, "--vmlinux", self.image), True
        yield "other image", answer_of(self.knowhy, text, "--vmlinux", self.other_image), False
        for way, words in spoiled(f"{self.folder.name} {key['name']}", text.read_text("ascii")):
            spoilt = text.with_suffix(f".{way}")
            spoilt.write_text(words, encoding="ascii")
            alone = answer_of(self.knowhy, spoilt)
            by_image = answer_of(self.knowhy, spoilt, "--vmlinux", self.image)
            # Where the text has no fault address, nothing contradicts what was made of it.
            if way == "truncated" or alone.report.get("fault_address"):
                yield way, alone, False
                yield f"{way}, image", by_image, True

    def run(self):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for key, answers in zip(self.keys, pool.map(lambda k: list(self.ask_all(k)), self.keys)):
                for way, answer, names in answers:
                    self.scores[way].add(key["name"], judge(key, answer, names), answer)
                    reading = answer.reading
                    named = reading.get("variable") or reading.get("field")
                    if way == "other image" and named and not self.is_same_there(answer.report["pc"]):
                        self.names_of_others.append(key["name"])

    def is_same_there(self, place):
        """Whether what the text shows of the function is the other program's too: nobody could tell."""
        shown = slice(None)
        if self.folder.name in WORDS_BEFORE:  # four bytes each
            at = place["offset"] // 4
            shown = slice(max(0, at - WORDS_BEFORE[self.folder.name]), at + 6)
        tool = MACHINES[self.folder.name].tool("objdump")
        here, there = ([row for row in subprocess.run(
            [tool, "-d", "--no-addresses", f"--disassemble={place['symbol']}", image],
            capture_output=True, text=True, check=True).stdout.splitlines() if row.startswith("\t")]
            for image in (self.image, self.other_image))
        return here[shown] == there[shown]

    def share(self, way, verdict):
        parts = self.scores[way].parts.values()
        total = sum(sum(counts.values()) for counts in parts)
        return sum(counts[verdict] for counts in parts) / total

    def failures(self):
        for way, score in self.scores.items():
            for name, parts in score.confident:
                yield f"{self.folder.name}/{name}, {way}: wrong and sure of it: {', '.join(parts)}"
        for name in self.names_of_others:
            yield f"{self.folder.name}/{name}: named after an image that is not its own"
        for way, least in LEAST_RIGHT.items():
            if self.share(way, RIGHT) < least:
                yield f"{self.folder.name}, {way}: only {self.share(way, RIGHT):.0%} right"

    def show(self):
        for way, score in self.scores.items():
            shares = ", ".join(f"{self.share(way, verdict):.1%} {verdict}"
                               for verdict in (RIGHT, ABSTAINED, WRONG))
            print(f"{self.folder.name:9} {way:17} {len(self.keys)} crashes, "
                  f"{score.whole[RIGHT]} right in every part; parts: {shares}, "
                  f"{len(score.confident)} wrong and sure of it")


def run_all(arguments, directory):
    others = directory / "others"
    if generate(directory, arguments.keep, arguments.seed) == SKIPPED or \
            generate(others, arguments.keep, arguments.seed + 1) == SKIPPED:
        return SKIPPED
    failures, results = [], {}
    for folder in sorted(path.parent for path in directory.glob("*/keys.json")):
        machine = Machine(arguments.knowhy, folder, others)
        machine.run()
        machine.show()
        failures += machine.failures()
        results[folder.name] = {"crashes": len(machine.keys),
                                "ways": {way: score.counts() for way, score in machine.scores.items()}}
    print("\n".join(failures))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="ascii")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("knowhy", type=pathlib.Path)
    parser.add_argument("--keep", type=int, default=1, metavar="EVERY", help="only each so-and-so many")
    parser.add_argument("--seed", type=int, default=1, help="others: crashes nobody has looked at")
    parser.add_argument("--directory", type=pathlib.Path, help="keep the texts there")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.knowhy = arguments.knowhy.resolve()
    if arguments.directory:
        return run_all(arguments, arguments.directory.resolve())
    with tempfile.TemporaryDirectory(prefix="knowhy-oops-") as scratch:
        return run_all(arguments, pathlib.Path(scratch))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotAsked as trouble:
        sys.exit(f"test_generated.py: {trouble}")
