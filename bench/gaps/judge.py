"""Holds what probes read at gaps against what the function was entered with.

A record belongs to the frame whose canonical frame address it has: the entry is the last one of
that function at that address, whatever recursion, interrupts and other processors did meanwhile.
"""
import collections
import dataclasses
import json
import re

# "socat-123 [001] ..... 12.345678: e7_3: (tcp_ack+0x10/0x14b0) cfa=0x... g0p0=0x..."
RECORD = re.compile(r"-(\d+)\s+\[\d+\].*?: (e\d+(?:_\d+)?): \(.*?\) (.*)$")
RETURN_ADDRESS = 8  # at the entry the stack pointer is that far below the frame address


class Unusable(Exception):
    """A batch whose records cannot be trusted; the message says why."""


@dataclasses.dataclass
class Tally:
    """Of one place of one gap."""
    hits: int = 0
    mismatches: int = 0
    not_zero: int = 0  # hits with another value than 0
    control: int = 0   # hits where a register that nobody named holds the same
    examples: list = dataclasses.field(default_factory=list)


def parse(lines):
    """Yields (pid, event, values); a value that could not be read is absent."""
    for line in lines:
        match = RECORD.search(line)
        if match:
            words = (word.split("=", 1) for word in match[3].split())
            yield int(match[1]), match[2], {k: int(v, 16) for k, v in words if v.startswith("0x")}


def missed(profile):
    """Events whose probe was hit while another one was being handled, by kprobe_profile."""
    rows = (line.split() for line in profile.splitlines())
    return {name for name, _hits, misses in rows if misses != "0"}


def check_lost(statistics):
    for line in statistics.splitlines():
        name, _, value = line.partition(":")
        if name in ("overrun", "commit overrun", "dropped events") and int(value) != 0:
            raise Unusable(f"the trace buffer was too small: {line}")


class Judge:
    """Adds up over batches."""

    def __init__(self, functions):
        self.functions = functions
        self.tallies = collections.defaultdict(Tally)  # by (function, point, gap, place)
        self.probed = 0  # gaps
        self.records = 0
        self.unpaired = 0
        self.set_aside = set()  # functions whose entry was missed some time

    def batch(self, events, lines, profile):
        misses = missed(profile)
        aside = {events[name][0] for name in misses if name in events and events[name][1] is None}
        self.set_aside |= aside
        self.probed += sum(len(self.functions[number]["points"][point]["gaps"])
                           for number, point in events.values() if point is not None)
        frames = {}
        for pid, name, values in parse(lines):
            if name not in events:
                continue
            number, point = events[name]
            if number in aside:
                continue
            self.records += 1
            if point is None:
                frames[number, values["cfa"] + RETURN_ADDRESS] = (pid, values)
            else:
                self.point(number, point, frames, pid, values)

    def point(self, number, index, frames, pid, values):
        point = self.functions[number]["points"][index]
        owner, entry = frames.get((number, values["cfa"] + point["cfa"][1]), (None, None))
        if owner != pid:
            self.unpaired += 1
            return
        for gap_number, gap in enumerate(point["gaps"]):
            mask = (1 << 8 * gap["bytes"]) - 1
            truth = (entry[gap["entry"].lstrip("%")] + gap["entry_added"]) & mask
            for place_number, place in enumerate(gap["places"]):
                read = values.get(f"g{gap_number}p{place_number}")
                if read is None:
                    continue
                tally = self.tallies[number, index, gap_number, place_number]
                tally.hits += 1
                tally.not_zero += truth != 0
                tally.control += values["control"] & mask == truth
                if (read + place["added"]) & mask != truth:
                    tally.mismatches += 1
                    tally.examples = tally.examples or [f"{truth:#x} at entry, read {read:#x}"]


def judged(directory):
    """What all batches that guest.py left in the directory say."""
    judge = Judge(json.loads((directory / "chosen.json").read_text(encoding="ascii")))
    refused = []
    for path in sorted(directory.glob("events.*")):
        number = path.suffix
        batch = json.loads(path.read_text(encoding="ascii"))
        refused += batch["refused"]
        check_lost((directory / f"lost{number}").read_text(encoding="ascii"))
        with open(directory / f"trace{number}", encoding="ascii", errors="replace") as lines:
            judge.batch(batch["events"], lines,
                        (directory / f"profile{number}").read_text(encoding="ascii"))
    return judge, refused


def upper_bound(mismatches, trials, confidence=0.95):
    """Clopper and Pearson's one-sided bound of the share of mismatches."""
    if trials == 0:
        return 1.0
    low, high = mismatches / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if at_most(mismatches, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def at_most(successes, trials, share):
    """The binomial distribution's probability of that many or fewer."""
    total, term = 0.0, (1 - share) ** trials
    for k in range(successes + 1):
        total += term
        term *= (trials - k) / (k + 1) * share / (1 - share) if share < 1 else 0
    return total
