#!/usr/bin/env python3
"""Messages as the Java client writes them, decoded by klamm and encoded again: the same bytes.

    golden.py KF_TABLES GOLDEN_FILE      lines of NAME VERSION HEX, as Golden.java prints them
"""
import subprocess
import sys
from pathlib import Path


def main():
    lines = Path(sys.argv[2]).read_text().splitlines()
    done = subprocess.run([sys.argv[1], "recode"], input="\n".join(lines) + "\n", check=True,
                          capture_output=True, text=True).stdout.splitlines()
    passed, failed = 0, 0
    for line, answer in zip(lines, done):
        name, version, *hexes = line.split()
        if answer.split(" ")[0] == (hexes[0] if hexes else ""):
            passed += 1
        else:
            failed += 1
            print(f"FAILED {name} v{version}: {answer[:200]}\n   want {hexes[0][:200] if hexes else ''}")
    failed += abs(len(lines) - len(done))
    print(f"{passed} passed, {failed} failed")
    return failed != 0 or not passed


if __name__ == "__main__":
    sys.exit(main())
