#!/usr/bin/python3
"""Holds every #include under src/ to tools/layers.txt, and every file to its size limit.

Usage: check_layers.py [SOURCE_DIR]. Prints one line per violation; exit status 1 when there is one.
"""
import pathlib
import re
import sys

SOFT_LIMIT = 400  # above it, the file says why in a line "// Long because: ..."
HARD_LIMIT = 700
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def read_layers(path):
    layers = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            room, _, allowed = line.partition(":")
            layers[room.strip()] = set(allowed.split())
    return layers


def room_of(relative, rooms):
    """The longest room name that is a folder of this path, or None."""
    parts = relative.parts[:-1]
    for end in range(len(parts), 0, -1):
        room = "/".join(parts[:end])
        if room in rooms:
            return room
    return None


def check_file(path, src, layers):
    relative = path.relative_to(src)
    room = room_of(relative, layers)
    if room is None:
        yield f"{relative}: in no room that tools/layers.txt names"
        return
    lines = path.read_text().splitlines()
    is_table = any(line.startswith("// Table:") for line in lines[:20])
    has_reason = any(line.startswith("// Long because:") for line in lines[:40])
    if len(lines) > HARD_LIMIT and not is_table:
        yield f"{relative}: {len(lines)} lines, the limit is {HARD_LIMIT}"
    elif len(lines) > SOFT_LIMIT and not is_table and not has_reason:
        yield f'{relative}: {len(lines)} lines; above {SOFT_LIMIT} say "// Long because: ..."'
    allowed = layers[room]
    if "*" in allowed:
        return
    is_test = relative.stem.endswith(("_test", "_fuzz", "_bench"))
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match or match[1].endswith((".skel.h", ".text.h")):
            continue
        target = pathlib.PurePosixPath(match[1])
        target_room = room_of(target, layers)
        if target_room is None:
            yield f'{relative}:{number}: "{match[1]}" is no path from src/ into a room'
        elif target_room != room and target_room not in allowed and not is_test:
            yield f"{relative}:{number}: {room} may not know {target_room}"


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    src = top / "src"
    layers = read_layers(top / "tools" / "layers.txt")
    files = [p for p in sorted(src.rglob("*")) if p.suffix in (".h", ".cpp", ".c")]
    problems = [problem for path in files for problem in check_file(path, src, layers)]
    for problem in problems:
        print(problem)
    print(f"{len(files)} files in {len(layers)} rooms, {len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
