"""What `knowhy oops --json` says of a crash, held against the key of that crash, part by part."""
import collections
import dataclasses
import json
import subprocess

NUMBERS = ("base", "index", "stride", "field_offset", "error")
RIGHT, ABSTAINED, WRONG = "right", "abstained", "wrong"
# A reading that is one of several says so itself; anything better stands behind what it says.
UNSURE = "possible"
MASK = (1 << 64) - 1


class NotAsked(Exception):
    """knowhy could not be asked: it failed, or printed what is no JSON."""


@dataclasses.dataclass
class Answer:
    """Of one report, what matters here: its line of `knowhy oops --json`."""
    report: dict

    @property
    def explanation(self):
        return self.report.get("explanation") or {}

    @property
    def reading(self):
        return next(iter(self.explanation.get("readings") or []), {})

    @property
    def confident(self):
        return self.reading.get("grade", UNSURE) != UNSURE and not self.flagged

    @property
    def flagged(self):
        """It says itself that something is not as it should be."""
        return self.explanation.get("agrees") is False

    @property
    def frames(self):
        return self.report.get("trace") or []

    @property
    def symbols(self):
        """Names of functions, the faulting one first where the text has it."""
        places = [self.report.get("pc"), *(frame.get("place") for frame in self.frames)]
        return [place["symbol"] for place in places if place and place["symbol"]]

    def frame(self, function):
        named = (frame for frame in self.frames if (frame["place"] or {}).get("symbol") == function)
        return next(named, {})

    @property
    def where(self):
        return self.report.get("where") or {}

    @property
    def line(self):
        """Of the faulting instruction: where its innermost function has it."""
        return self.where.get("line")


def number(value):
    """Numbers past 2^53 are strings; see docs/json.md."""
    if isinstance(value, str):
        return int(value, 0) & MASK
    return value if value is None else value & MASK


def ask(knowhy, text, *options):
    """The answers of one text, in its order."""
    done = subprocess.run([str(word) for word in [knowhy, "oops", "--json", *options, text]],
                          capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise NotAsked(f"{text}: exit status {done.returncode}: {done.stderr.strip()}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [Answer(line) for line in lines if line["type"] == "oops"]


def judge_number(asked, said):
    if said is None:
        return ABSTAINED
    return RIGHT if number(said) == number(asked) else WRONG


def judge_name(asked, said):
    if not said:
        return ABSTAINED
    return RIGHT if said in asked else WRONG


def judge(key, answer, with_image):
    """{part: right, abstained or wrong} for each part that is asked for."""
    reading = answer.reading
    pointer = reading.get("pointer") or "unknown"
    verdicts = {"pointer": ABSTAINED if pointer == "unknown" else
                RIGHT if pointer in key["pointer"] else WRONG}
    # Where an element is one of two ways to see it, the other has no index.
    skipped = {"index", "stride"} if len(key["pointer"]) > 1 and pointer != "array-element" else set()
    for part in NUMBERS:
        if key.get(part) is not None and part not in skipped:
            verdicts[part] = judge_number(key[part], reading.get(part))
    if with_image:
        for part in ("variable", "field"):
            if key.get(part):
                verdicts[part] = judge_name(key[part], reading.get(part))
        if key.get("line"):
            verdicts["line"] = judge_name(key["line"], answer.line)
    return verdicts


class Score:
    """Verdicts of many crashes, counted, and those that were wrong and sure of it."""

    def __init__(self):
        self.parts = collections.defaultdict(collections.Counter)
        self.whole = collections.Counter()
        self.confident = []

    def add(self, name, verdicts, answer):
        for part, verdict in verdicts.items():
            self.parts[part][verdict] += 1
        kinds = set(verdicts.values())
        self.whole[WRONG if WRONG in kinds else ABSTAINED if ABSTAINED in kinds else RIGHT] += 1
        wrong = sorted(part for part, verdict in verdicts.items() if verdict == WRONG)
        # A line is known by debug information, whatever the reading is sure of.
        sure = [part for part in wrong if answer.confident or part == "line"]
        if sure:
            self.confident.append((name, sure))

    def counts(self):
        return {"whole": dict(self.whole), "parts": {part: dict(counts) for part, counts
                                                     in sorted(self.parts.items())},
                "wrong_and_confident": [f"{name}: {', '.join(parts)}" for name, parts in self.confident]}
