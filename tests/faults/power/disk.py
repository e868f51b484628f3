"""A disk that loses what was not flushed.

    disk = Disk(tree, place)        what lies below `tree` now is on the disk
    env = disk.environment()        for the next process that writes there (recorder.c is preloaded)
    ... the process runs and dies ...
    disk.settle()                   its changes are read; the page cache lives on (kill -9)
    disk.cut(rng)                   or the power is cut: `tree` is what the disk kept

What a disk may keep, as POSIX lets it:
    pages of 4 KiB   each one as it was at the last flush of its file, or as after any write since,
                     or torn between two of these at a sector of 512 bytes
    a file's size    as after any change since its last flush; what was never written reads as zeros
    names            of every directory a prefix of what was done to it since its own last flush, each
                     directory for itself; a rename is one act; flushing a file says nothing of its name
A flush vouches for what was done before it began.
"""
import os
import shutil
import struct
import subprocess
from pathlib import Path

PAGE, SECTOR = 4096, 512
RECORD = struct.Struct("<IIQqq")
WRITE, SIZE, CREATE, MKDIR, RENAME, UNLINK, SYNC_BEGIN, SYNC_END = range(1, 9)
MOODS = ("nothing", "everything", "prefix", "pages", "torn")


class File:
    """`ops` are (offset, bytes) and (size, None), since the last cut; the first `forced` are flushed."""

    def __init__(self, shadow=None):
        self.shadow = shadow
        self.base = os.path.getsize(shadow) if shadow else 0
        self.ops, self.forced = [], 0

    def old_page(self, number, limit):
        limit = min(limit, self.base)
        if not self.shadow or number * PAGE >= limit:
            return bytes(PAGE)
        with open(self.shadow, "rb") as f:
            f.seek(number * PAGE)
            return f.read(min(PAGE, limit - number * PAGE)).ljust(PAGE, b"\0")

    def outcome(self, reached, choose):
        """The size, where the old content ends, and the pages, when `reached` ops have changed the size."""
        old_ends = {"cache": self.base, "disk": self.base}
        size, cached_size = self.base, self.base
        current, versions = {}, {}
        for i, (at, data) in enumerate(self.ops):
            if data is None:
                cut_pages(current, at)
                old_ends["cache"] = min(old_ends["cache"], at)
                cached_size = at
                if i < reached:
                    cut_versions(versions, at)
                    old_ends["disk"] = min(old_ends["disk"], at)
                    size = at
            else:
                for number in range(at // PAGE, (at + len(data) + PAGE - 1) // PAGE):
                    if number not in current:
                        current[number] = self.old_page(number, old_ends["cache"])
                        versions[number] = [self.old_page(number, old_ends["disk"])]
                    current[number] = patched(current[number], number, at, data)
                    versions[number].append(current[number])
                cached_size = max(cached_size, at + len(data))
                if i < reached:
                    size = max(size, at + len(data))
            if i + 1 == self.forced:
                versions = {n: [page] for n, page in current.items()}
        assert reached < len(self.ops) or size == cached_size
        return size, min(old_ends["disk"], size), {
            n: choose(some) for n, some in versions.items() if n * PAGE < size}

    def cached(self):
        return self.outcome(len(self.ops), lambda versions: versions[-1])

    def kept(self, rng, mood):
        left = len(self.ops)
        reached = {"nothing": self.forced, "everything": left}.get(mood, rng.randint(self.forced, left))
        if mood == "prefix":
            known, self.ops = self.ops, self.ops[:reached]
            try:
                return self.cached()
            finally:
                self.ops = known
        return self.outcome(reached, lambda versions: kept_page(rng, mood, versions))

    def shrank(self):
        size = self.base
        for at, data in self.ops:
            if data is None and at < size:
                return True
            size = at if data is None else max(size, at + len(data))
        return False


def cut_pages(pages, size):
    for number in pages:
        if (number + 1) * PAGE > size:
            pages[number] = pages[number][:max(0, size - number * PAGE)].ljust(PAGE, b"\0")


def cut_versions(versions, size):
    for number, some in versions.items():
        if (number + 1) * PAGE > size:
            some[:] = [v[:max(0, size - number * PAGE)].ljust(PAGE, b"\0") for v in some]


def patched(page, number, at, data):
    start, end = max(at, number * PAGE), min(at + len(data), (number + 1) * PAGE)
    return page[:start - number * PAGE] + data[start - at:end - at] + page[end - number * PAGE:]


def kept_page(rng, mood, versions):
    if mood == "nothing" or len(versions) == 1:
        return versions[0]
    if mood == "everything":
        return versions[-1]
    if mood == "torn" and rng.random() < 0.3:
        a, b = rng.choice(versions), rng.choice(versions)
        return b"".join((a if rng.random() < 0.5 else b)[n:n + SECTOR] for n in range(0, PAGE, SECTOR))
    return rng.choice(versions)


class Directory:
    """`ops` are (name, object), (name, None) and ((name, new name), None), since the last cut."""

    def __init__(self):
        self.old, self.now = {}, {}
        self.ops, self.forced = [], 0

    def change(self, what, obj):
        self.ops.append((what, obj))
        apply_name(self.now, what, obj)

    def kept(self, rng, mood):
        left = len(self.ops)
        reached = {"nothing": self.forced, "everything": left}.get(mood, rng.randint(self.forced, left))
        names = dict(self.old)
        for what, obj in self.ops[:reached]:
            apply_name(names, what, obj)
        return names


def apply_name(names, what, obj):
    if isinstance(what, tuple):
        names[what[1]] = names.pop(what[0])
    elif obj is None:
        del names[what]
    else:
        names[what] = obj


class Disk:
    def __init__(self, tree, place, sync_us=2000, lies=""):
        self.tree, self.place, self.sync_us, self.lies = Path(tree), Path(place), sync_us, lies
        self.shadow = self.place / "kept"
        self.place.mkdir(parents=True)
        shutil.copytree(self.tree, self.shadow)
        self.starts, self.cuts = 0, 0
        self.counts = {"writes": 0, "flushes": 0, "names": 0, "pages_taken_back": 0, "names_taken_back": 0}
        self._forget()

    def environment(self):
        self.starts += 1
        return {"LD_PRELOAD": str(preloaded("recorder")), "DISK_ROOT": str(self.tree), "DISK_LIES": self.lies,
                "DISK_JOURNAL": str(self.journal(self.starts)), "DISK_SYNC_US": str(self.sync_us),
                "DISK_BOOT_ID": str(self.place / "boot_id")}

    def journal(self, number):
        return self.place / f"journal.{number}"

    def _forget(self):
        """What lies in both trees is on the disk."""
        self.read, self.begun, self.inodes = self.starts, {}, {}
        self.root = self._walk(self.tree, self.shadow)
        (self.place / "boot_id").write_text(f"{self.cuts:08x}-0000-4000-8000-000000000000\n")

    def _walk(self, tree, shadow):
        directory = Directory()
        self.inodes[os.stat(tree).st_ino] = directory
        for entry in os.scandir(tree):
            below = shadow / entry.name
            if entry.is_dir(follow_symlinks=False):
                obj = self._walk(tree / entry.name, below)
            else:
                obj = self.inodes[entry.inode()] = File(below)
            directory.old[entry.name] = directory.now[entry.name] = obj
        return directory

    # What the processes did

    def _parent(self, path):
        parts = Path(path).relative_to(self.tree).parts
        directory = self.root
        for name in parts[:-1]:
            directory = directory.now[name]
        return directory, parts[-1]

    def _take(self, journal, kind, inode, a, payload):
        if kind in (WRITE, SIZE):
            self.counts["writes"] += 1
            self.inodes[inode].ops.append((a, payload if kind == WRITE else None))
        elif kind in (CREATE, MKDIR):
            directory, name = self._parent(payload.decode())
            self.inodes[inode] = File() if kind == CREATE else Directory()
            directory.change(name, self.inodes[inode])
        elif kind == RENAME:
            (source, old), (target, new) = self._parent(payload[:a].decode()), self._parent(payload[a:].decode())
            assert source is target, f"a rename from one directory to another: {payload}"
            source.change((old, new), None)
        elif kind == UNLINK:
            directory, name = self._parent(payload.decode())
            directory.change(name, None)
        elif kind == SYNC_BEGIN:
            obj = self.inodes[inode]
            self.begun[journal, a] = obj, len(obj.ops)
        elif kind == SYNC_END:
            obj, upto = self.begun.pop((journal, a))
            obj.forced = max(obj.forced, upto)
            self.counts["flushes"] += 1
        self.counts["names"] += kind in (CREATE, MKDIR, RENAME, UNLINK)

    def _read_journal(self, number):
        path = self.journal(number)
        content, at = path.read_bytes() if path.exists() else b"", 0
        while len(content) - at >= RECORD.size:
            n, kind, inode, a, _ = RECORD.unpack_from(content, at)
            if at + RECORD.size + n > len(content):
                break
            self._take(number, kind, inode, a, content[at + RECORD.size:at + RECORD.size + n])
            at += RECORD.size + n
        path.unlink(missing_ok=True)

    def settle(self):
        """The process is dead. Whatever it did last may not have come to the journal: one act at most."""
        while self.read < self.starts:
            self.read += 1
            self._read_journal(self.read)
        differing = self._compare(self.root, self.tree)
        assert len(differing) <= 1, f"the recorder missed what happened to {differing}"
        return differing

    def _compare(self, directory, tree):
        """Names of what differs between the page cache as it was told and the files; then they agree."""
        there = {e.name: e for e in os.scandir(tree)}
        differing = self._compare_renames(directory, there, tree)
        gone, new = set(directory.now) - set(there), set(there) - set(directory.now)
        differing += [str(tree / name) for name in sorted(gone | new)]
        for name in gone:
            directory.change(name, None)
        for name in new:
            obj = Directory() if there[name].is_dir() else File()
            self.inodes[there[name].inode()] = obj
            directory.change(name, obj)
        for name, obj in directory.now.items():
            if isinstance(obj, Directory):
                differing += self._compare(obj, tree / name)
            elif self._compare_file(obj, tree / name):
                differing.append(str(tree / name))
        return differing

    def _compare_renames(self, directory, there, tree):
        places = {self.inodes.get(e.inode()): name for name, e in there.items()}
        moved = [(old, places[obj]) for old, obj in directory.now.items() if old not in there and obj in places]
        for old, new in moved:
            directory.change((old, new), None)
        return [str(tree / new) for _, new in moved]

    @staticmethod
    def _compare_file(f, path):
        told, there = content(f, f.cached() if f.ops else (f.base, f.base, {})), path.read_bytes()
        if told == there:
            return False
        f.ops += [(len(there), None), (0, there)]
        return True

    # What the disk kept

    def cut(self, rng, mood=None):
        """`tree` becomes what the disk kept; returns a line that tells what was taken back."""
        self.settle()
        mood = mood or rng.choice(MOODS)
        before = dict(self.counts)
        new_shadow = self.place / "kept.new"
        self._keep(rng, mood, self.root, new_shadow)
        shutil.rmtree(self.shadow)
        new_shadow.rename(self.shadow)
        self._restore(self.shadow, self.tree)
        self.cuts += 1
        self._forget()
        return f"{mood}: {self.counts['pages_taken_back'] - before['pages_taken_back']} pages, " \
               f"{self.counts['names_taken_back'] - before['names_taken_back']} names taken back"

    def _keep(self, rng, mood, directory, to):
        to.mkdir()
        kept = directory.kept(rng, mood)
        self.counts["names_taken_back"] += len(set(kept) ^ set(directory.now))
        for name, obj in kept.items():
            if isinstance(obj, Directory):
                self._keep(rng, mood, obj, to / name)
            else:
                self._keep_file(rng, mood, obj, to / name)

    def _keep_file(self, rng, mood, f, to):
        if f.shadow and not f.ops:
            f.shadow.rename(to)
            return
        kept, cached = f.kept(rng, mood), f.cached()
        self.counts["pages_taken_back"] += sum(kept[2].get(n) != page for n, page in cached[2].items())
        to.write_bytes(content(f, kept))

    def _restore(self, shadow, tree):
        """`tree` equals `shadow` again; what is equal already is left alone."""
        wanted = {e.name: e.is_dir() for e in os.scandir(shadow)}
        for entry in os.scandir(tree):
            if wanted.get(entry.name) != entry.is_dir():
                shutil.rmtree(entry.path) if entry.is_dir() else os.unlink(entry.path)
        for name, is_directory in wanted.items():
            source, target = shadow / name, tree / name
            if is_directory:
                target.mkdir(exist_ok=True)
                self._restore(source, target)
            elif not target.exists() or source.read_bytes() != target.read_bytes():
                target.write_bytes(source.read_bytes())


def content(f, outcome):
    size, old_end, pages = outcome
    whole = bytearray(f.shadow.read_bytes()[:old_end] if f.shadow else b"")
    whole += bytes(size - len(whole))
    for number, page in pages.items():
        whole[number * PAGE:min(size, (number + 1) * PAGE)] = page[:size - number * PAGE]
    return bytes(whole)


def preloaded(name):
    """The library made of `name`.c here, built when it is missing or old."""
    root = Path(__file__).resolve().parents[3]
    source = Path(__file__).resolve().parent / f"{name}.c"
    library = root / f"build/faults/{name}.so"
    if not library.exists() or library.stat().st_mtime < source.stat().st_mtime:
        library.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-std=gnu17", "-O1", "-g", "-D_GNU_SOURCE", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror",
                        "-pthread", "-o", library, source], check=True)
    return library
