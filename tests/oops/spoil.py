"""Makes a crash's text untrue, in ways that an explanation must notice or survive."""
import random
import re

REGISTER = re.compile(r"(?<![\w<])(?:[0-9a-f]{16})(?![\w>])")
CODE = re.compile(r"^(.*Code: )(.*)$", re.M)
# Lines that hold registers, and nothing else of 16 digits.
REGISTERS = re.compile(r"^\[[^]]*\] +(?:R[A-Z0-9]{2}|x\d+|\$\d+|[a-z]{1,2}\d*|epc) *: .*$")

REGISTERS_OF_ARM64 = re.compile(r"^\[[^]]*\] x\d+ *: ")
FAULT = re.compile(r"(?:virtual address|address:|address 0x|BadVA :) *([0-9a-f]{16})")


def flipped(text, rng):
    """One bit of one register: of any, or of one that points near to where the fault was."""
    lines = text.splitlines(keepends=True)
    places = [(row, match) for row, line in enumerate(lines) if REGISTERS.match(line.rstrip())
              and "+0x" not in line for match in REGISTER.finditer(line)]
    fault = FAULT.search(text)
    near = [(row, match) for row, match in places
            if fault and abs(int(match[0], 16) - int(fault[1], 16)) < 4096]
    row, match = rng.choice(near if near and rng.random() < 0.5 else places)
    # arm64 does not look at the uppermost byte, nor prints it of a fault address.
    bits = 56 if REGISTERS_OF_ARM64.match(lines[row]) else 64
    value = int(match[0], 16) ^ 1 << rng.randrange(bits)
    lines[row] = lines[row][:match.start()] + f"{value:016x}" + lines[row][match.end():]
    return "".join(lines)


def shuffled(text, rng):
    """The code around the fault in another order; the mark stays where it is."""
    def shuffle(match):
        words = match[2].split()
        bare = [word.strip("<>()") for word in words]
        rng.shuffle(bare)
        return match[1] + " ".join(word.replace(word.strip("<>()"), other)
                                   for word, other in zip(words, bare))
    return CODE.sub(shuffle, text)


def truncated(text, rng):
    """Cut off anywhere, in the middle of a line too."""
    return text[:rng.randrange(len(text) // 10, len(text))]


WAYS = {"flipped": flipped, "shuffled": shuffled, "truncated": truncated}


def spoiled(name, text):
    """(way, text), each the same at every call with that name."""
    for way, spoil in WAYS.items():
        yield way, spoil(text, random.Random(f"{name} {way}"))
