#!/usr/bin/env python3
"""The disk that forgets: what was flushed stays, everything else may go, and does.

Each claim runs a small program under the recorder, cuts the power many times with different dice, and looks
at what came back. Closes with `N passed, N failed`.
"""
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from disk import Disk, MOODS, PAGE

CUTS = 40
HELPERS = """
import os, sys
os.chdir(sys.argv[1])
root = sys.argv[1] + "/"
def opened(name, flags=os.O_RDWR | os.O_CREAT):
    return os.open(root + name, flags, 0o644)
def put(fd, at, data):
    os.pwrite(fd, data, at)
def flush_names(name=""):
    fd = os.open(root + name, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
"""


def outcomes(program, prepare=None, lies="", then=None):
    """What lies below the root after each of many cuts, as {path: bytes}."""
    seen = []
    for seed in range(CUTS):
        with tempfile.TemporaryDirectory(prefix="klamm-disk-") as place:
            tree = Path(place) / "tree"
            tree.mkdir()
            if prepare:
                prepare(tree)
            disk = Disk(tree, Path(place) / "disk", sync_us=0, lies=lies)
            for text in [program] + ([then] if then else []):
                subprocess.run([sys.executable, "-S", "-c", HELPERS + text, str(tree)], check=True,
                               env={**os.environ, **disk.environment()})
                disk.settle()
            disk.cut(random.Random(seed), MOODS[seed % len(MOODS)])
            seen.append({str(p.relative_to(tree)): p.read_bytes() for p in tree.rglob("*") if p.is_file()})
            assert subprocess.run(["diff", "-r", tree, disk.shadow]).returncode == 0
    return seen


def what_was_flushed_with_its_name_stays():
    seen = outcomes("fd = opened('a'); put(fd, 0, b'x' * 9000); os.fsync(fd); flush_names(); put(fd, 9000, b'y' * 9000)")
    assert all(s["a"][:9000] == b"x" * 9000 for s in seen)
    assert {len(s["a"]) for s in seen} == {9000, 18000}
    tails = {s["a"][9000:] for s in seen}
    assert b"" in tails and b"y" * 9000 in tails and bytes(9000) in tails and len(tails) > 4, len(tails)


def a_name_that_was_not_flushed_may_go():
    seen = outcomes("fd = opened('a'); put(fd, 0, b'x'); os.fsync(fd)")
    assert {tuple(s) for s in seen} == {(), ("a",)}
    assert all(s["a"] == b"x" for s in seen if s)


def a_rename_is_one_act():
    def prepare(tree):
        (tree / "a").write_bytes(b"old")

    seen = outcomes("fd = opened('t'); put(fd, 0, b'new'); os.fsync(fd); os.rename(root + 't', root + 'a')", prepare)
    assert {s["a"] for s in seen} == {b"old", b"new"}
    torn = outcomes("fd = opened('t'); put(fd, 0, b'new'); os.rename(root + 't', root + 'a')", prepare)
    assert {b"old", b"new", b""} <= {s["a"] for s in torn}


def what_is_removed_may_come_back():
    def prepare(tree):
        (tree / "a").write_bytes(b"old")

    seen = outcomes("os.unlink(root + 'a')", prepare)
    assert {tuple(s) for s in seen} == {(), ("a",)}
    assert all(not s for s in outcomes("os.unlink(root + 'a'); flush_names()", prepare))


def pages_go_each_by_itself():
    seen = outcomes(f"fd = opened('a'); put(fd, 0, b'o' * {4 * PAGE}); os.fsync(fd); flush_names(); "
                    f"put(fd, 0, b'n' * {4 * PAGE})")
    kinds = {bytes(s["a"][n * PAGE] for n in range(4)) for s in seen}
    assert {b"oooo", b"nnnn"} < kinds and len(kinds) > 5, kinds
    assert any(len(set(s["a"][n * PAGE:(n + 1) * PAGE])) == 2 for s in seen for n in range(4)), "no page was torn"


def a_cut_file_may_be_as_long_as_before():
    def prepare(tree):
        (tree / "a").write_bytes(b"o" * 3 * PAGE)

    seen = outcomes(f"fd = opened('a'); os.ftruncate(fd, {PAGE}); put(fd, {PAGE}, b'n' * 10)", prepare)
    assert all(s["a"][:PAGE] == b"o" * PAGE for s in seen)
    assert {3 * PAGE, PAGE, PAGE + 10} <= {len(s["a"]) for s in seen}
    assert not any(s["a"][PAGE + 10:2 * PAGE].strip(b"o\0") for s in seen if len(s["a"]) == 3 * PAGE)


def a_new_process_writes_on_where_the_last_one_died():
    seen = outcomes("fd = opened('a'); put(fd, 0, b'x' * 10)",
                    then="fd = opened('a'); put(fd, 10, b'y' * 10); os.fsync(fd); flush_names()")
    assert all(s["a"] == b"x" * 10 + b"y" * 10 for s in seen)


def a_flush_that_is_a_lie_keeps_nothing():
    program = "fd = opened('a.log'); put(fd, 0, b'x'); os.fsync(fd); flush_names()"
    assert all(s["a.log"] == b"x" for s in outcomes(program))
    assert any(s["a.log"] == b"" for s in outcomes(program, lies=".index .log"))


def directories_and_what_is_in_them():
    seen = outcomes("os.mkdir(root + 'd', 0o755); fd = opened('d/a'); put(fd, 0, b'x'); os.fsync(fd); flush_names('d')")
    assert {tuple(s) for s in seen} == {(), ("d/a",)}
    seen = outcomes("os.mkdir(root + 'd', 0o755); fd = opened('d/a'); put(fd, 0, b'x'); os.fsync(fd); flush_names('d'); "
                    "flush_names(); os.rename(root + 'd', root + 'e')")
    assert {tuple(s) for s in seen} == {("d/a",), ("e/a",)}


def what_the_recorder_misses_is_noticed():
    with tempfile.TemporaryDirectory(prefix="klamm-disk-") as place:
        tree = Path(place) / "tree"
        tree.mkdir()
        disk = Disk(tree, Path(place) / "disk")
        for name in "ab":
            (tree / name).write_bytes(b"x")
        try:
            disk.settle()
        except AssertionError:
            return
        raise AssertionError("it was not")


def main():
    claims = [what_was_flushed_with_its_name_stays, a_name_that_was_not_flushed_may_go, a_rename_is_one_act,
              what_is_removed_may_come_back, pages_go_each_by_itself, a_cut_file_may_be_as_long_as_before,
              a_new_process_writes_on_where_the_last_one_died, a_flush_that_is_a_lie_keeps_nothing,
              directories_and_what_is_in_them, what_the_recorder_misses_is_noticed]
    failed = 0
    for claim in claims:
        try:
            claim()
            print(f"ok      {claim.__name__}", flush=True)
        except AssertionError as e:
            failed += 1
            print(f"FAILED  {claim.__name__}: {e!r} at line {e.__traceback__.tb_next.tb_lineno}", flush=True)
    print(f"{len(claims) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
