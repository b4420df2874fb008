#!/usr/bin/python3
"""What a script prints, against bpftrace 0.17: printf, print, maps, histograms, as text and as JSON.

Usage: test_script_text.py SCRIPT_TEXT

Each case is a few statements in a BEGIN probe of bpftrace, and the same values as bytes for SCRIPT_TEXT.
What bpftrace prints between two marks must be what SCRIPT_TEXT prints. Values that no script can write
down (structs, arrays, MAC and IPv6 addresses) are bytes of the kernel's code, read first. The same
values in the house's own JSON must be as docs/schema has them.
"""
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs/schema"
SKIPPED = 77
MARK = "=-=-="
PER_SCRIPT = 8  # more, and the statements' strings do not fit bpftrace's stack
MASK = 2 ** 64 - 1
FUNCTION = "ip_rcv"
STRUCT = ("struct Inner { short s; }; struct Sample { int a; unsigned char mac[6]; char text[4]; "
          "struct Inner in; unsigned short u[3]; unsigned char address[16]; };\n")


class Case:
    def __init__(self, statements, *asked):
        self.statements, self.asked = statements, asked


class Arg:
    """One value: as the script has it, its type, and its bytes."""

    def __init__(self, text, kind, data):
        self.text, self.kind, self.data = text, kind, data

    def field(self):
        return [self.kind, self.data.hex()]


def integer(value, size=8, signed=True):
    cast = "" if size == 8 and signed else f"({'' if signed else 'u'}int{8 * size})"
    bits = value & (2 ** (8 * size) - 1)
    return Arg(f"{cast}{value}", {"int": size, "signed": signed}, bits.to_bytes(size, "little"))


def u64_max():
    return Arg("(uint64)-1", {"int": 8, "signed": False}, b"\xff" * 8)


def escaped(raw):
    return "".join(f"\\x{byte:02x}" if byte < 32 or byte > 126 or byte in b'"\\' else chr(byte)
                   for byte in raw)


def string(raw, size=64):
    return Arg(f'"{escaped(raw)}"', {"string": size}, raw.ljust(size, b"\0"))


def buffer(raw):
    return Arg(f'buf("{escaped(raw)}", {len(raw)})', {"buffer": 64},
               struct.pack("<I", len(raw)) + raw)


def ipv4(number):
    return Arg(f"ntop({number})", "inet", struct.pack("<II", 2, number) + bytes(12))


def symbol():
    return Arg(f'ksym(kaddr("{FUNCTION}"))', "ksym", struct.pack("<Q", 0x1000))


def tuple_of(*elements):
    text = ", ".join(element.text for element in elements)
    offset, data = 0, b""
    for element in elements:  # aligned to their size, as the house lays them out
        kind = element.kind if isinstance(element.kind, str) else next(iter(element.kind))
        align = {"int": len(element.data), "string": 1, "inet": 4}.get(kind, 8)
        data = data.ljust((len(data) + align - 1) // align * align, b"\0") + element.data
    data = data.ljust((len(data) + 7) // 8 * 8, b"\0")
    return Arg(f"({text})", {"tuple": [element.kind for element in elements]}, data)


def c_integer(size, signed=True, name="int"):
    return {"bytes": size, "signed": signed, "name": name}


def printed(form, *args):
    text = json.dumps(form).replace("\\u00", "\\x")
    return Case(f"printf({', '.join([text, *(arg.text for arg in args)])});",
                {"say": "printf", "format": form, "fields": [arg.field() for arg in args]})


def value(arg):
    return Case(f"print({arg.text});", {"say": "value", "field": arg.field()})


class Map:
    """A map that statements fill, and its contents; print() once for each (top, divisor)."""

    count = 0

    def __init__(self, kind, *entries, prints=((0, 1),)):
        self.kind, self.entries, self.prints = kind, entries, prints

    def case(self):
        name = f"@m{Map.count}"
        Map.count += 1
        keyed = bool(self.entries[0][0])
        statements, contents = "", []
        for keys, text, data in self.entries:
            index = f"[{', '.join(key.text for key in keys)}]" if keyed else ""
            statements += "".join(f"{name}{index} = {one};" for one in text.split(";"))
            key = keys[0] if len(keys) == 1 else tuple_of(*keys)
            contents.append([key.data.hex(), data.hex()])
            key_kind = key.kind if keyed else None
        asked = []
        for top, divisor in self.prints:
            more = f", {top}" if (top, divisor) != (0, 1) else ""
            more += f", {divisor}" if divisor != 1 else ""
            statements += f"print({name}{more});"
            asked.append({"say": "map", "name": name, "key": key_kind, "value": self.kind,
                          "entries": contents, "top": top, "divisor": divisor})
        return Case(statements, *asked)


def u64s(*numbers):
    return b"".join((number & MASK).to_bytes(8, "little") for number in numbers)


def bucket(number):
    return 0 if number < 0 else number.bit_length() + 1


def hist(*numbers):
    buckets = [0] * 65
    for number in numbers:
        buckets[bucket(number)] += 1
    return ";".join(f"hist({number})" for number in numbers), u64s(*buckets)


def lhist(low, high, step, *numbers):
    buckets = [0] * ((high - low) // step + 2)
    for number in numbers:
        at = 0 if number < low else (number - low) // step + 1
        buckets[len(buckets) - 1 if number >= high else min(at, len(buckets) - 1)] += 1
    return (";".join(f"lhist({number}, {low}, {high}, {step})" for number in numbers),
            u64s(*buckets))


def stats(name, *numbers):
    return ";".join(f"{name}({number})" for number in numbers), u64s(len(numbers), sum(numbers))


def formats():
    """printf: every conversion and what may stand in it."""
    five, minus = integer(5), integer(-5)
    yield printed("%d %i\n".replace("%i", "%d"), five, minus)
    yield printed("[%5d] [%-5d] [%05d]\n", five, minus, minus)
    yield printed("%d\n", integer(5000000000))
    yield printed("%ld %lld\n", integer(5000000000), minus)
    yield printed("%u %lu\n", minus, u64_max())
    yield printed("%d %d %d\n", integer(-1, 1), integer(255, 1, False), integer(-2, 2))
    yield printed("%u %u\n", integer(-1, 1), integer(-1, 4))
    yield printed("%x %X %lx\n", integer(48879), integer(48879), integer(-1))
    yield printed("%x %x %lx\n", integer(-1, 2), integer(-1, 4), integer(-1, 4))
    yield printed("[%-10x] [%10x] [%010x]\n", five, five, integer(255))
    yield printed("%o %lo [%5o]\n", integer(8), integer(511), integer(64))
    yield printed("%hhd %hhu %hhx\n", integer(65535), integer(511), integer(511))
    yield printed("%hd %hu %hx\n", integer(70000), integer(70000), integer(70000))
    yield printed("%zu %jd %td\n", five, minus, integer(7))
    yield printed("[%.3d] [%.0d] [%8.3d]\n", five, integer(0), minus)
    yield printed("%c%c [%3c] [%-3c]\n", integer(65), integer(66), integer(67), integer(68))
    yield printed("%p %p\n", integer(0), integer(255))
    yield printed("[%20p] [%-20p]\n", integer(0xffffffff81000000), integer(4096))
    yield printed("%d%% of %d\n", integer(50), integer(100))
    yield printed("nothing\n")
    yield printed("100% and %q\n")
    yield printed("[%s] [%10s] [%-10s]\n", string(b"abc"), string(b"abc"), string(b"abc"))
    yield printed("[%.2s] [%10.2s] [%s]\n", string(b"abcd"), string(b"abcd"), string(b""))
    yield printed("%s|%s\n", string(b'a"b\\c'), string(b"tab\there"))
    yield printed("%r %rx %rh\n", buffer(b"a\xffz"), buffer(b"a\xffz"), buffer(b"a\xffz"))
    yield printed("%r|%rh|%r\n", buffer(b"a\\\n"), buffer(b"z"), buffer(b"~ "))
    yield printed("[%s] [%20s] [%-20s]\n", ipv4(0x0100007f), ipv4(0xfffffffe), ipv4(1))
    yield printed("[%s] [%20s] [%-20s]\n", symbol(), symbol(), symbol())
    yield printed("%s %s\n", Arg("probe", "probe", u64s(0)), Arg("username", "username", bytes(4)))


def values(code):
    """print() of what is no map."""
    yield value(integer(5))
    yield value(integer(-1))
    yield value(u64_max())
    yield value(string(b"abc"))
    yield value(ipv4(0x0100007f))
    yield value(symbol())
    yield value(tuple_of(integer(1), string(b"a", 64)))
    yield value(tuple_of(integer(1), tuple_of(integer(-2), integer(3))))
    yield value(Arg("usym(0x1234)", "usym", u64s(0x1234, 1)))
    yield value(buffer(b"a\x01\xff"))
    sample = {"bytes": 46, "name": "Sample", "members": [
        ["a", 0, c_integer(4)],
        ["mac", 4, {"of": c_integer(1, False, "unsigned char"), "count": 6}],
        ["text", 10, {"of": c_integer(1, True, "char"), "count": 4}],
        ["in", 14, {"bytes": 2, "name": "Inner", "members": [["s", 0, c_integer(2)]]}],
        ["u", 16, {"of": c_integer(2, False, "unsigned short"), "count": 3}],
        ["address", 22, {"of": c_integer(1, False, "unsigned char"), "count": 16}]]}
    # The text must be ASCII: bpftrace's JSON of other bytes is none.
    at = next(i for i in range(len(code) - 48) if max(code[i + 10:i + 14]) < 127)
    there = f'((struct Sample *)(kaddr("{FUNCTION}") + {at}))'
    part = code[at:at + 40]
    yield value(Arg(f"*{there}", {"c": sample}, part))
    yield value(Arg(f"{there}->in", {"c": sample["members"][3][2]}, part[14:]))
    yield value(Arg(f"{there}->u", {"c": sample["members"][4][2]}, part[16:]))
    yield value(Arg(f"macaddr({there}->mac)", "mac", part[4:10]))
    yield value(Arg(f"ntop({there}->address)", "inet", struct.pack("<I", 10) + part[22:38]))


def maps():
    one, two = (integer(1),), (integer(2),)
    number = {"int": 8, "signed": True}
    yield Map(number, ((), "5", u64s(5)), prints=((0, 1), (0, 2)))
    yield Map(number, ((), "-7", u64s(-7)), prints=((0, 1), (0, 2)))
    yield Map(number, (one, "3", u64s(3)), (two, "1", u64s(1)), ((integer(3),), "-4", u64s(-4)))
    yield Map("count", (one, "count();count();count()", u64s(3)), (two, "count()", u64s(1)),
              prints=((0, 1), (1, 1), (1, 2), (5, 1)))
    yield Map("sum", (one, "sum(-5)", u64s(-5)), (two, "sum(5);sum(6)", u64s(11)))
    yield Map("min", ((), "min(5);min(-5)", u64s(-5, 1)))
    yield Map("max", (one, "max(5);max(9)", u64s(9, 1)), (two, "max(3)", u64s(3, 1)))
    yield Map("avg", ((), *stats("avg", 3, 4)))
    yield Map("avg", (one, *stats("avg", -3, -4)), (two, *stats("avg", -9)),
              prints=((0, 1), (1, 1), (0, 2)))
    yield Map("stats", ((), *stats("stats", 3, -8)))
    yield Map("stats", ((integer(1), string(b"q")), *stats("stats", 3)),
              ((integer(2), string(b"w")), *stats("stats", 1, 2)))
    yield Map({"string": 64}, ((string(b"z"),), '"a"', b"a".ljust(64, b"\0")),
              ((string(b"b"),), '"z"', b"z".ljust(64, b"\0")))
    yield Map({"string": 64}, (one, '"x"', b"x".ljust(64, b"\0")),
              ((integer(-1),), '"y"', b"y".ljust(64, b"\0")),
              ((integer(300),), '"q"', b"q".ljust(64, b"\0")))
    yield Map(number, ((integer(1), string(b'a"b')), "5", u64s(5)),
              ((integer(2), string(b"\x01c")), "6", u64s(6)))
    pair = tuple_of(integer(8), integer(9))
    yield Map(pair.kind, (one, pair.text, pair.data), prints=((0, 1), (0, 2)))
    address, other = ipv4(0x0100007f), ipv4(0x0200007f)
    yield Map("inet", (one, address.text, address.data), (two, other.text, other.data))
    yield Map("ksym", (one, symbol().text, symbol().data), (two, symbol().text, symbol().data))
    yield Map(number, ((symbol(), address), "1", u64s(1)))
    yield Map({"buffer": 64}, ((), 'buf("a\\x01", 2)', struct.pack("<I", 2) + b"a\x01"))
    yield Map({"hist": 0}, ((), *hist(-1, 0, 1, 2, 3, 5, 5, 100, 1000, 1048576, 2 ** 30)))
    yield Map({"hist": 0}, ((), *hist(5, 5, 1)), prints=((0, 1), (0, 2)))
    yield Map({"hist": 0}, (one, *hist(3)), (two, *hist(1, 1)), prints=((0, 1), (1, 1)))
    # 0.17 counts all above 2^32 as [2G, 4G), and its JSON has an overflow from 2^31.
    yield Map({"hist": 0}, ((), *hist(2 ** 31 - 1, 2 ** 20 - 1, 2 ** 10 - 1)))
    yield Map({"hist": 0}, ((), *hist(*[7] * 7, *[20] * 3, *[40] * 2, 90)))
    yield Map({"lhist": [0, 100, 10]}, ((), *lhist(0, 100, 10, -1, 5, 15, 55, 1000)))
    yield Map({"lhist": [3, 10, 3]}, ((), *lhist(3, 10, 3, 4, 9, 15)))
    yield Map({"lhist": [0, 10240, 1024]}, ((), *lhist(0, 10240, 1024, 2048, 1024, 99999)))
    yield Map({"lhist": [0, 4194304, 1048576]}, ((), *lhist(0, 4194304, 1048576, 2097152)))
    yield Map({"lhist": [0, 10, 1]}, (one, *lhist(0, 10, 1, 3, 4, 4)))
    yield Map({"lhist": [0, 10000, 1000]}, ((), *lhist(0, 10000, 1000, 2000)), prints=((0, 1), (0, 3)))


def bpftrace(script, *options):
    done = subprocess.run(["bpftrace", *options, "-e", script], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"bpftrace refuses:\n{script}\n{done.stderr.decode()}")
    return done.stdout.decode(errors="surrogateescape")


def said_by_peer(cases, *options):
    """What bpftrace prints for each case."""
    as_json = "-f" in options
    marker = json.dumps({"type": "printf", "data": MARK + "\n"}) if as_json else MARK
    for start in range(0, len(cases), PER_SCRIPT):
        some = cases[start:start + PER_SCRIPT]
        body = "".join(f'printf("{MARK}\\n"); {case.statements} ' for case in some)
        text = bpftrace(f'{STRUCT} BEGIN {{ {body} printf("{MARK}\\n"); exit(); }}', *options)
        parts = text.split(marker + "\n")[1:-1]
        if len(parts) != len(some):
            raise RuntimeError(f"{len(parts)} answers to {len(some)} cases:\n{text}")
        yield from parts


def said_by_us(program, cases, **more):
    lines = [json.dumps({**asked, **more, "symbols": {"0x1000": FUNCTION}})
             for case in cases for asked in case.asked]
    done = subprocess.run([program], input="\n".join(lines) + "\n", text=True, check=True,
                          stdout=subprocess.PIPE)
    answers = iter(done.stdout.splitlines())
    for case in cases:
        yield "".join(json.loads(next(answers)) for _ in case.asked)


def stack_cases():
    """Stacks cannot be made up: what bpftrace printed is taken apart and must be put together again."""
    text = bpftrace('BEGIN { print(kstack(3)); @k[kstack(2), "a"] = 1; @s = kstack(2); '
                    'printf("%s|", kstack(2)); exit(); }')
    frames = [line.strip() for line in text.splitlines() if "+" in line]
    printed_frames, printf_frames, key, kept = frames[:3], frames[3:5], frames[5:7], frames[7:9]
    stacks = [printed_frames, printf_frames, key, kept]
    kind = {"int": 8, "signed": True}
    pair = tuple_of(Arg("", "kstack", u64s(2)), string(b"a"))
    asked = [{"say": "attached", "count": 1},
             {"say": "value", "field": ["kstack", u64s(0).hex()]},
             {"say": "printf", "format": "%s|", "fields": [["kstack", u64s(1).hex()]]},
             {"say": "printf", "format": "\n\n", "fields": []},
             {"say": "map", "name": "@k", "key": pair.kind, "value": kind,
              "entries": [[pair.data.hex(), u64s(1).hex()]]},
             {"say": "map", "name": "@s", "key": None, "value": "kstack",
              "entries": [["", u64s(3).hex()]]}]
    return text, Case("", *[{**one, "stacks": stacks} for one in asked])


def helper_error_case():
    script = "BEGIN { @a[1]=1; delete(@a[5]); exit(); }"
    place = {"file": "stdin", "line": 1, "column": 18, "end": 31, "text": script}
    return script, Case("", {"say": "helper_error", "helper": "map_delete_elem", "errno": 2,
                             "place": place})


def kernel_code():
    text = bpftrace(f'BEGIN {{ printf("%rh", buf(kaddr("{FUNCTION}"), 64)); exit(); }}')
    return bytes.fromhex(text.splitlines()[1])


def quoted(line):
    """0.17 writes a MAC address without quotes, which is no JSON."""
    return re.sub(r': ((?:[0-9A-F]{2}:){5}[0-9A-F]{2})\}', r': "\1"}', line)


def check_schemas(lines):
    for line in lines:
        said = json.loads(line)
        schema = json.loads((SCHEMAS / f"{said['type']}.json").read_text(encoding="utf-8"))
        jsonschema.validate(said, schema)


class Comparison:
    def __init__(self):
        self.compared, self.different = 0, []

    def check(self, what, theirs, ours):
        self.compared += 1
        if theirs != ours:
            self.different.append(f"{what}\n  bpftrace: {theirs!r}\n  ours:     {ours!r}")


def usable():
    if shutil.which("bpftrace") is None:
        return False
    version = subprocess.run(["bpftrace", "--version"], capture_output=True, text=True, check=False)
    if "v0.17" not in version.stdout:
        return False
    probe = subprocess.run(["bpftrace", "-e", "BEGIN { exit(); }"], capture_output=True, check=False)
    return probe.returncode == 0


def main():
    if not usable():
        print("skipped: no bpftrace 0.17 that works here")
        return SKIPPED
    program = pathlib.Path(sys.argv[1])
    cases = [*formats(), *values(kernel_code()), *(one.case() for one in maps())]
    result = Comparison()
    for options, more in (((), {}), (("-f", "json"), {"json": True})):
        theirs = said_by_peer(cases, *options)
        for case, one, other in zip(cases, theirs, said_by_us(program, cases, **more), strict=True):
            result.check(case.statements, quoted(one) if more else one, other)
    text, stacks = stack_cases()
    result.check("stacks", text, next(said_by_us(program, [stacks])))
    script, error = helper_error_case()
    for options, more in ((("-k",), {}), (("-k", "-f", "json"), {"json": True})):
        theirs = bpftrace(script, *options).splitlines(keepends=True)
        length = 1 if more else 3
        result.check(script, "".join(theirs[1:1 + length]), next(said_by_us(program, [error], **more)))
    for one in said_by_us(program, [*cases, stacks, error], house=True):
        check_schemas(one.splitlines())
    print("\n".join(result.different))
    print(f"{result.compared} compared, {len(result.different)} different")
    return 1 if result.different else 0


if __name__ == "__main__":
    sys.exit(main())
