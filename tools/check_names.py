#!/usr/bin/python3
"""Finds types of one full name that are defined in two files: the linker does not, and takes either.

Usage: check_names.py [SOURCE_DIR]. Prints one line per name; exit status 1 when there is one.

All rooms of symbols/ share one namespace, so that two rooms, or two files of one, may each have
"their" Reader. A type that only one .cpp needs belongs into an unnamed namespace there.
"""
import collections
import pathlib
import re
import sys

# What says nothing about scopes, then the tokens that do.
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
                   r"'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*", re.S | re.M)
TOKENS = re.compile(r"\bnamespace\s+(?P<namespace>[\w:]*)\s*\{|"
                    r"\b(?P<kind>enum\s+(?:class|struct)|enum|class|struct|union)\s+"
                    r"(?P<type>\w+)(?P<rest>[^;{}()=]*)\{|(?P<open>\{)|(?P<close>\})")


def types_in(text):
    """Full names of the types that a file defines for others to see."""
    scopes = []  # names of namespaces; None: what is in there has no name outside
    for token in TOKENS.finditer(NOISE.sub(" ", text)):
        if token["close"]:
            if scopes:
                scopes.pop()
        elif token["namespace"] is not None:
            scopes.append(token["namespace"] or None)
        elif token["type"]:
            # Neither X::Impl nor a specialisation (struct hash<X>) is X once more.
            if None not in scopes and not re.match(r"\s*(::|<)", token["rest"]):
                yield "::".join([*scopes, token["type"]])
            scopes.append(None)
        else:
            scopes.append(None)


def main():
    src = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "src"
    homes = collections.defaultdict(set)
    for path in sorted([*src.rglob("*.h"), *src.rglob("*.cpp")]):
        # A test or fuzzer is a program by itself, but its room is linked to it: the same rule.
        for name in types_in(path.read_text(encoding="utf-8")):
            homes[name].add(str(path.relative_to(src)))
    twice = {name: files for name, files in homes.items() if len(files) > 1}
    for name, files in sorted(twice.items()):
        print(f"{name}: defined in {' and '.join(sorted(files))}")
    return 1 if twice else 0


if __name__ == "__main__":
    sys.exit(main())
