"""Prometheus' text format 0.0.4, read strictly: what breaks a rule of it is an AssertionError that shows the line."""
import re
import urllib.error
import urllib.request

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
TYPES = ("counter", "gauge", "untyped", "histogram", "summary")


def labels_of(text):
    found, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"labels: {text}"
        value = re.sub(r'\\(.)', lambda m: "\n" if m[1] == "n" else m[1], match[2])
        assert match[1] not in dict(found), f"a label twice: {text}"
        found.append((match[1], value))
        at = match.end()
        assert match[3] == "," or at == len(text), f"labels: {text}"
    return tuple(found)


def parse(text):
    """{(family, ((label, value), ...)): number}"""
    assert text.endswith("\n")
    samples, family, ended = {}, None, set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert re.fullmatch(NAME, name) and name not in ended and name != family, line
            ended.add(family)
            family = name
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == family and line.split(" ")[3] in TYPES, line
        else:
            match = SAMPLE.fullmatch(line)
            assert match and match[1] == family, line
            key = (family, labels_of(match[2] or ""))
            assert key not in samples, f"twice: {line}"
            samples[key] = float(match[3])
    return samples


class Page:
    def __init__(self, text):
        self.samples = parse(text)

    def value(self, family, **labels):
        """The one sample with exactly these labels; None when there is none."""
        found = [v for (f, got), v in self.samples.items() if f == family and dict(got) == labels]
        assert len(found) <= 1, (family, labels)
        return found[0] if found else None

    def families(self):
        return {f for f, _ in self.samples}


def scrape(address, path="/metrics", timeout=10):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{address}{path}", timeout=timeout) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return Page(answer.read().decode())


def answers(address):
    """False when nothing listens there."""
    try:
        scrape(address)
        return True
    except urllib.error.URLError:
        return False
