#!/usr/bin/python3
"""Which variables are where at an address, against stap, gdb and perf probe.

Usage: test_stap.py DWARF_ANSWERS [--functions N] [--perf N]

Takes functions of net/ in Debian's vmlinux, and statements in each, by the hash of their names. Asks:
  stap   `probe kernel.statement(ADDRESS) { print($$vars) }`, stopped after it was elaborated (-p2): it
         prints which registers and memory each variable would be read from. Both that and our location
         are worked out for registers and memory of any content, and must come to the same value.
  gdb    `info scope *ADDRESS`, as test_gdb.py does.
  perf   `perf probe -D 'FUNCTION+OFFSET $vars'`, for the first N functions: half a second each.
Every variable that one of them places, we must have, and at the same place. What differs is counted
(docs/debuginfo.md, "Peers"), and fails the test unless it is of a kind where the peer is wrong:
  a frame address not loaded  stap takes where a frame's address is kept for the frame
  told of five bytes on       stap answers for a function's start from behind ftrace's call
  a value taken for memory    perf reads memory at what is a value
  thrown away by the linker   gdb shows what is at address 0
"""
import argparse
import collections
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from test_addr2line import SKIPPED, cache_dir, newest_unpacked, output
from test_gdb import SAME, gdb_kind, gdb_scopes, our_kind
from values import Machine, Word, our_expression

STATEMENTS = 6  # of each function
MACHINES = [Machine(seed) for seed in range(4)]


def by_hash(text):
    return hashlib.sha256(text.encode()).digest()


def variables_at(image, answers, addresses):
    """{address: {name: [location]}}, as we say."""
    found = {}
    lines = output([answers, "variables", image], map(hex, addresses))
    for at, line in zip(addresses, lines):
        variables = found[at] = collections.defaultdict(list)
        for part in line.split("\t") if line else []:
            _, name, where = part.split("|", 2)
            variables[name].append(where)
    return found


def placed(variables, name):
    return [where for where in variables.get(name, []) if where != "nothing"]


class Sample:
    """Addresses, the function of each, and what is said of the variables there by us."""

    def __init__(self, image, answers, count):
        self.image = image
        symbols = {}
        for words in map(str.split, output(["nm", image], [])):
            if len(words) == 3 and words[1] in "tT":
                symbols.setdefault(words[2], []).append(int(words[0], 16))
        self.stext = symbols["_stext"][0]
        self.starts = {name: at[0] for name, at in symbols.items() if len(at) == 1}
        self.functions = self._of_net(answers, count)
        self.places = list(self._statements(answers))
        self.ours = variables_at(image, answers, [at for _, at in self.places])

    def _of_net(self, answers, count):
        names = sorted(self.starts, key=by_hash)[:count * 40]
        lines = output([answers, "levels", self.image], [hex(self.starts[name]) for name in names])
        outermost = (line.split("\t")[-1].partition("|") for line in lines)
        return [name for name, (function, _, place) in zip(names, outermost)
                if function == name and place.startswith("net/")][:count]

    def _statements(self, answers):
        lines = output([answers, "statements", self.image],
                       [hex(self.starts[name]) for name in self.functions])
        for name, line in zip(self.functions, lines):
            places = sorted({int(word, 16) for word in line.split()} - {self.starts[name]},
                            key=lambda at, name=name: by_hash(f"{name}+{at - self.starts[name]}"))
            for at in [self.starts[name], *places][:STATEMENTS]:
                yield name, at


class Tally:
    """What came of the comparison with one peer."""

    def __init__(self, peer, fine):
        self.peer, self.fine = peer, fine
        self.counts, self.examples = collections.Counter(), []

    def add(self, outcome, *example):
        self.counts[outcome] += 1
        if outcome not in self.fine:
            self.examples.append((outcome, *example))

    def report(self):
        words = ", ".join(f"{n} {outcome}" for outcome, n in self.counts.most_common())
        print(f"{self.peer}: {words}; {len(self.examples)} differ")
        for example in self.examples[:20]:
            print("  ", *example)
        return bool(self.examples) or not self.counts


def build_directory(kernel, image, at):
    """What stap asks to be told of a kernel, when it is not to compile anything for it."""
    release = image.name.removeprefix("vmlinux-")
    (at / "include/generated").mkdir(parents=True)
    (at / "include/config").mkdir()
    (at / "include/generated/utsrelease.h").write_text(f'#define UTS_RELEASE "{release}"\n')
    (at / "include/config/kernel.release").write_text(f"{release}\n")
    (at / "Module.symvers").touch()
    (at / ".config").symlink_to(kernel / f"boot/config-{release}")
    (at / "System.map").symlink_to(image.parent / f"System.map-{release}")
    (at / "vmlinux").symlink_to(image)


def elaborated(kernel, sample):
    with tempfile.TemporaryDirectory() as name:
        build = pathlib.Path(name, "build")
        build_directory(kernel, sample.image, build)
        script = pathlib.Path(name, "places.stp")
        script.write_text("".join(f"probe kernel.statement({at:#x})? {{ print($$vars) }}\n"
                                  for _, at in sample.places))
        return subprocess.run(["stap", "-r", build, "-a", "x86_64", "-p2", "-v", script],
                              capture_output=True, text=True, check=True).stdout


def one_call(text):
    """Whether the parenthesis that opens first closes last."""
    depths, depth = [], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        depths.append(depth)
    return 0 not in depths[text.index("("):-1]


def stap_expression(body, stext):
    """(assignments, expression, bits that count) of the function that fetches a variable."""
    body = re.sub(r'%\{.*?"_stext", (0x[0-9a-f]+)\).*?%\}',
                  lambda m: f"({stext + int(m[1], 16):#x})", body)
    value = re.search(r"return (.*?);?\s*\}?\s*\}?$", body, re.S)[1]
    bits = 64
    widths = (r"@kderef\((\d), .*\)", lambda m: 8 * int(m[1]) if one_call(value) else 64), \
        (r"\(\(.*\) << \((\d+)\)\) >> \(\1\)", lambda m: 64 - int(m[1])), \
        (r"\(.*\) & \((\d+)\)", lambda m: int(m[1]).bit_length() or 64)
    for pattern, width in widths:
        match = re.fullmatch(pattern, value)
        bits = width(match) if match else bits

    def python(text):
        text = text.replace(">>>", "//").replace("@kregister", "R")
        text = re.sub(r"@kderef\((\d),", r"D<\1>", text)
        text = re.sub(r"R\((\d+)\)", r"R<\1>", text)
        text = re.sub(r"(?<![\w<])(0x[0-9a-f]+|\d+)\b(?!>)", r"W(\1)", text)
        return re.sub(r"D<(\d)>", r"D(\1,", re.sub(r"R<(\d+)>", r"R(\1)", text))

    frame = re.search(r"^\((_fb_\d+)\) = (.*);$", body, re.M)
    return (frame[1], python(frame[2])) if frame else None, python(value), bits


def stap_variables(text, stext):
    """{address: {name: expression, or None where stap has no location}}; {...} and [...] left out."""
    functions, found = {}, {}
    for match in re.finditer(r"^(__private_\w+):long \(\)\n(.*?)(?=^__private_|^# probes)", text,
                             re.M | re.S):
        functions[match[1]] = stap_expression(match[2].strip(), stext)
    for match in re.finditer(r"^kernel\.statement\((0x[0-9a-f]+)\).*\n(.*)$", text, re.M):
        shown = re.search(r'sprintf\("([^"]*)"(.*)\)\) \}', match[2])
        fetched = iter(re.findall(r"(__private_\w+)\(\)", shown[2] if shown else ""))
        variables = found[int(match[1], 16)] = {}
        for name, form in re.findall(r"(\w+)=(\S+)", shown[1] if shown else ""):
            if form.startswith("%"):
                variables[name] = functions[next(fetched)]
            elif form == "?":
                variables[name] = None
    return found


def same_value(frame, value, bits, ours):
    """Whether the peer reads what is at our place, or (of an array) the place itself."""
    for machine in MACHINES:
        names = {frame[0]: machine.compute(frame[1])} if frame else {}
        Word.arithmetic_shift = True
        wanted = machine.compute(value, names).bits % (1 << bits)
        computed = set()
        for Word.arithmetic_shift in (True, False):
            computed.add(machine.compute(ours).bits % (1 << bits))
        if ours.startswith("D(8,"):
            computed.add(machine.compute(ours[4:-1]).bits % (1 << bits))
        if wanted not in computed:
            return False
    return True


def judged(theirs, ours, later):
    """What came of one variable; `later`: where we have it behind the call that ftrace takes."""
    frame, value, bits = theirs
    places = [place for place in map(our_expression, ours) if place]
    if any(same_value(frame, value, bits, place) for place in places):
        return "same place"
    # A frame address that must be loaded (DW_CFA_def_cfa_expression) is taken for where it lies.
    loaded = (frame[0], f"D(8,{frame[1]})") if frame else None
    if loaded and any(same_value(loaded, value, bits, place) for place in places):
        return "a frame address not loaded"
    if not ours and any(same_value(frame, value, bits, place)
                        for place in map(our_expression, later) if place):
        return "told of five bytes on"
    return "other" if ours else "missing"


def against_stap(kernel, sample, answers):
    tally = Tally("stap", {"same place", "no location in either", "we have more",
                           "a frame address not loaded", "told of five bytes on"})
    starts = {at for name, at in sample.places if at == sample.starts[name]}
    later = variables_at(sample.image, answers, [at + 5 for at in starts])
    for at, variables in stap_variables(elaborated(kernel, sample), sample.stext).items():
        for name, theirs in variables.items():
            ours = placed(sample.ours[at], name)
            if theirs is None:
                tally.add("we have more" if ours else "no location in either")
                continue
            outcome = judged(theirs, ours, placed(later[at + 5], name) if at in starts else [])
            tally.add(outcome, name, hex(at), theirs, ours)
    return tally


def against_gdb(sample):
    tally = Tally("gdb", {"same place", "no location in either", "we have more",
                          "thrown away by the linker"})
    scopes = gdb_scopes(sample.image, [f"*{at:#x}" for _, at in sample.places])
    for (place, name), ranges in scopes.items():
        at = int(place[1:], 16)
        if re.match("a (label|function) at", ranges[0][2]):
            continue
        theirs = next((gdb_kind(what) for start, end, what in ranges
                       if start is None or start <= at < end), "nothing")
        ours = {our_kind(where) for where in sample.ours[at].get(name, [])} - {"nothing"}
        if "storage at address 0x0," in ranges[0][2]:
            tally.add("thrown away by the linker")
        elif theirs == "nothing":
            tally.add("we have more" if ours else "no location in either")
        elif theirs in ours or any((theirs, kind) in SAME for kind in ours):
            tally.add("same place")
        else:
            tally.add("other" if ours else "missing", name, hex(at), theirs, sorted(ours))
    return tally


def perf_place(text):
    """'%bx' as "%rbx", '+52(%sp)' as "[%rsp+0x34]"; of anything else, the text."""
    match = re.fullmatch(r"(?:([+-]\d+)\()?%(\w+)\)?", text)
    if not match:
        return text
    register = match[2] if re.match(r"r\d", match[2]) else "r" + match[2]
    if match[1] is None:
        return "%" + register
    offset = int(match[1])
    return f"[%{register}{offset:+#x}]" if offset else f"[%{register}]"


def perf_variables(image, name, offset):
    done = subprocess.run(["perf", "probe", "-q", "-k", image, "-D", f"{name}+{offset} $vars"],
                          capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        _, place, *variables = line.split()
        for word in variables if place == f"{name}+{offset}" else []:
            variable, _, where = word.partition("=")
            yield variable, perf_place(where.rsplit(":", 1)[0])


def against_perf(sample, count):
    tally = Tally("perf", {"same place", "a value taken for memory"})
    wanted = set(sample.functions[:count])
    # One statement of each: the last of the sample's, which is seldom the function's first.
    for name, at in {name: at for name, at in sample.places if name in wanted}.items():
        for variable, theirs in perf_variables(sample.image, name, at - sample.starts[name]):
            ours = placed(sample.ours[at], variable)
            values = [f"[{re.sub(r'([+-])([0-9]+)$', lambda m: m[1] + hex(int(m[2])), where)}]"
                      for where in ours]
            if theirs in ours:
                tally.add("same place")
            elif theirs in values or any("(" in where for where in ours):
                tally.add("a value taken for memory")
            else:
                tally.add("other" if ours else "missing", variable, hex(at), theirs, ours)
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=pathlib.Path)
    parser.add_argument("--functions", type=int, default=200)
    parser.add_argument("--perf", type=int, default=40, help="functions that perf is asked about")
    arguments = parser.parse_args()
    kernel = newest_unpacked(cache_dir())
    images = [*(kernel / "usr/lib/debug/boot").glob("vmlinux-*")] if kernel else []
    if not images or not shutil.which("stap"):
        print("skipped: needs systemtap and an unpacked kernel (lab/kernel --dbg)")
        return SKIPPED
    sample = Sample(images[0], arguments.answers, arguments.functions)
    print(f"{len(sample.functions)} functions, {len(sample.places)} statements")
    failed = against_stap(kernel, sample, arguments.answers).report()
    if shutil.which("gdb"):
        failed |= against_gdb(sample).report()
    if shutil.which("perf") and arguments.perf:
        failed |= against_perf(sample, arguments.perf).report()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
