#!/usr/bin/env python3
"""Ratchet for sizes: no new function over 70 lines, no new file over 800, no old one grows.

tests/lint/size.txt holds what was over when it came in (`path function lines`). A
function that shrinks below the limit leaves the list by `size.py --update`.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RATCHET = ROOT / "tests/lint/size.txt"
FUNCTION_MAX, FILE_MAX = 70, 800


def functions(lines):
    """(name, line count) of each function: style puts `{` and `}` in column 0."""
    start, name = None, None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
            head = " ".join(lines[max(0, number - 6):number])
            found = re.findall(r"(\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$", head)
            name = found[-1] if found else "?"
        elif line == "}" and start is not None:
            yield name, number - start + 1
            start = None


def measure():
    over, counts = {}, []
    files = subprocess.run(["git", "ls-files", "*.c", "*.h"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split()
    for path in files:
        lines = (ROOT / path).read_text().split("\n")
        if len(lines) > FILE_MAX:
            over[(path, "(file)")] = len(lines)
        for name, count in functions(lines):
            counts.append(count)
            if count > FUNCTION_MAX:
                over[(path, name)] = max(count, over.get((path, name), 0))
    return over, sorted(counts)


def known():
    rows = {}
    if RATCHET.exists():
        for line in RATCHET.read_text().splitlines():
            path, name, count = line.split()
            rows[(path, name)] = int(count)
    return rows


def main():
    over, counts = measure()
    if "--update" in sys.argv:
        RATCHET.write_text("".join(f"{p} {n} {c}\n" for (p, n), c in sorted(over.items())))
        return 0
    old, bad = known(), 0
    for (path, name), count in sorted(over.items()):
        if count > old.get((path, name), 0):
            limit = FILE_MAX if name == "(file)" else FUNCTION_MAX
            print(f"{path}: {name} has {count} lines, the limit is {limit}: split it")
            bad = 1
    if counts:
        print(f"lint size: {len(counts)} functions, median {counts[len(counts) // 2]}, "
              f"p90 {counts[len(counts) * 9 // 10]} lines" + ("" if bad else ": ok"))
    return bad


if __name__ == "__main__":
    sys.exit(main())
