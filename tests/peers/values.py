"""What an expression of registers and memory comes to, where both are made up.

Two programs say the same of a variable when they come to the same value for registers and memory that
hold anything: however differently they put it.
"""
import hashlib
import random
import re

MASK = (1 << 64) - 1


class Word:
    """64 bits of an x86-64 register, as C's operators see them."""

    # Of our texts, which print both as >>; a peer says which it means.
    arithmetic_shift = True

    def __init__(self, number):
        self.bits = int(number) & MASK

    @property
    def signed(self):
        return self.bits - (1 << 64) if self.bits >> 63 else self.bits

    def __int__(self):
        return self.bits

    def __add__(self, other):
        return Word(self.bits + int(other))

    def __sub__(self, other):
        return Word(self.bits - int(other))

    def __mul__(self, other):
        return Word(self.bits * int(other))

    def __truediv__(self, other):  # as C divides: towards zero
        quotient = abs(self.signed) // abs(Word(other).signed)
        return Word(quotient if (self.signed < 0) == (Word(other).signed < 0) else -quotient)

    def __mod__(self, other):
        return self - self / other * other

    def __and__(self, other):
        return Word(self.bits & int(other))

    def __or__(self, other):
        return Word(self.bits | int(other))

    def __xor__(self, other):
        return Word(self.bits ^ int(other))

    def __lshift__(self, other):
        return Word(self.bits << (int(other) & 63))

    def __rshift__(self, other):
        number = self.signed if Word.arithmetic_shift else self.bits
        return Word(number >> (int(other) & 63))

    def __floordiv__(self, other):  # stands for >>>, which Python has not
        return Word(self.bits >> (int(other) & 63))

    def __neg__(self):
        return Word(-self.bits)

    def __invert__(self):
        return Word(~self.bits)

    def __eq__(self, other):
        return Word(self.bits == Word(other).bits)

    def __ne__(self, other):
        return Word(self.bits != Word(other).bits)

    def __lt__(self, other):
        return Word(self.signed < Word(other).signed)

    def __le__(self, other):
        return Word(self.signed <= Word(other).signed)

    def __gt__(self, other):
        return Word(self.signed > Word(other).signed)

    def __ge__(self, other):
        return Word(self.signed >= Word(other).signed)

    __hash__ = None


class Machine:
    """Registers and memory that hold what the seed says."""

    NAMES = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15".split()

    def __init__(self, seed):
        numbers = random.Random(seed)
        self.seed = seed
        self.registers = {name: Word(numbers.getrandbits(64)) for name in self.NAMES}

    def register(self, name):
        return self.registers[self.NAMES[name] if isinstance(name, int) else name]

    def memory(self, size, address):
        start = Word(address).bits
        held = (hashlib.md5(b"%d %d" % (self.seed, (start + i) & MASK)).digest()[0]
                for i in range(size))
        return Word(int.from_bytes(bytes(held), "little"))

    def compute(self, text, names=None):
        """The value of a Python expression of W(number), R(register) and D(bytes, address)."""
        words = {"W": Word, "R": self.register, "D": self.memory, "__builtins__": {}}
        return Word(eval(text, words, names or {}))  # pylint: disable=eval-used


def our_expression(text):
    """A location's text, as compute() takes it; None where it is no plain value or place."""
    if text == "nothing" or "entry" in text or "bytes: " in text or "bits: " in text \
            or "operations" in text or "without an address" in text:
        return None
    text = text.removeprefix("constant ")
    in_memory = re.fullmatch(r"\[(.*)\]", text)
    text = in_memory[1] if in_memory else text
    text = re.sub(r"%([a-z]\w*)", r"R('\1')", text)
    text = re.sub(r"(?<![\w)'])\*\(u(\d+) \*\)\(", lambda m: f"D<{int(m[1]) // 8}>", text)
    text = re.sub(r"(?<![\w)'])\*\(", "D<8>", text)
    text = re.sub(r"(?<![\w'<])(0x[0-9a-f]+|\d+)(?![\w'>])", r"W(\1)", text)
    text = re.sub(r"D<(\d)>", r"D(\1,", text)
    return f"D(8,{text})" if in_memory else text
