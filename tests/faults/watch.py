"""What the nodes show of themselves: who leads, descriptors and memory, what their logs complain of."""
import calendar
import collections
import os
import re
import time

KLAMM_LEADS = re.compile(r"^(\S+)Z INFO controller_leads ", re.M)
APACHE_LEADS = re.compile(r"^\[(\S+ \S+)\] .*Performing controller activation", re.M)
COMPLAINT = re.compile(r"^\S+Z (WARN|ERROR) (\S+)(.*)$", re.M)
ROLE = re.compile(r"^(\S+)Z INFO quorum_role (.*)$", re.M)
SETTLED_SECONDS = 10
FAILOVER_SECONDS = 0.3
MEBI = 1024 * 1024


def klamm_time(text):
    whole, _, part = text.partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (part or "0"))


def apache_time(text):
    whole, _, part = text.partition(",")
    return time.mktime(time.strptime(whole, "%Y-%m-%d %H:%M:%S")) + float("0." + (part or "0"))


class Life:
    """One start of one process: its first sample when it had settled, and its newest."""

    def __init__(self, began):
        self.began, self.first, self.last = began, None, None

    def add(self, seen):
        if self.first is None and seen[0] - self.began >= SETTLED_SECONDS:
            self.first = seen
        self.last = seen


class Watch:
    def __init__(self, cluster):
        self.cluster = cluster
        self.lives, self.kills = {}, []
        self.whole = False  # every node is up and in sync: run_faults says so

    @staticmethod
    def _text(node):
        path = node.dir / "log.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    def _leads(self):
        """(time, node) of every activation, the oldest first."""
        found = []
        for node in self.cluster.controllers:
            text = self._text(node)
            found += [(klamm_time(t), node) for t in KLAMM_LEADS.findall(text)]
            found += [(apache_time(t), node) for t in APACHE_LEADS.findall(text)]
        return sorted(found, key=lambda x: x[0])

    def active_controller(self):
        leads = self._leads()
        return leads[-1][1] if leads and leads[-1][1].running() else None

    def note_kill(self, node):
        """The active controller is killed now; what follows is judged when the cluster was whole."""
        if self.whole:
            self.kills.append((time.time(), node))

    def failovers(self):
        """(seconds, when) from each kill -9 of the active controller until another of klamm's led."""
        leads, taken = self._leads(), []
        for at, victim in self.kills:
            after = next(((t, n) for t, n in leads if t >= at - 0.001), None)
            if after and after[1] is not victim and after[1].engine == "klamm":
                taken.append((after[0] - at, at))
        return sorted(taken, key=lambda x: x[0])

    def _roles(self, begin, end):
        """What klamm's controllers said of their roles meanwhile."""
        found = [(klamm_time(t), f"{node.host} {rest}") for node in self.cluster.of("controller", "klamm")
                 for t, rest in ROLE.findall(self._text(node))]
        return [f"    {1000 * (t - begin):.0f} ms: {said}" for t, said in sorted(found) if begin <= t <= end + 0.001]

    def _slow(self):
        out = []
        for seconds, at in self.failovers():
            if seconds > FAILOVER_SECONDS:
                out += [f"SLOW: another controller led after {1000 * seconds:.0f} ms"] + self._roles(at, at + seconds)
        return out

    def sample(self):
        now = time.monotonic()
        for node in self.cluster.of(None, "klamm"):
            life = self.lives.setdefault((node.host, node.starts), Life(now))
            try:
                proc = f"/proc/{node.process.pid}"
                with open(f"{proc}/statm", encoding="ascii") as f:
                    rss = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                life.add((now, len(os.listdir(f"{proc}/fd")), rss))
            except (OSError, IndexError):
                pass  # it was just killed

    def _grown(self):
        return [(host, life) for (host, _), life in self.lives.items() if life.first and life.first is not life.last]

    def leaks(self):
        """Who holds far more descriptors than when it had settled."""
        return [f"{host}: descriptors {life.first[1]}, after {life.last[0] - life.first[0]:.0f} s {life.last[1]}"
                for host, life in self._grown() if life.last[1] > 2 * life.first[1] + 100]

    def complaints(self):
        """Warnings and errors of klamm's nodes: (count, level, event, an example)."""
        count, example = collections.Counter(), {}
        for node in self.cluster.of(None, "klamm"):
            for level, event, rest in COMPLAINT.findall(self._text(node)):
                count[level, event] += 1
                example.setdefault((level, event), f"{node.host}:{rest}")
        return [(n, *key, example[key]) for key, n in count.most_common()]

    def report(self):
        out = []
        longest = {}
        for host, life in self._grown():
            old = longest.get(host)
            if not old or life.last[0] - life.first[0] > old.last[0] - old.first[0]:
                longest[host] = life
        for host, life in sorted(longest.items()):
            (t0, fds0, rss0), (t1, fds1, rss1) = life.first, life.last
            out.append(f"{host}: in {t1 - t0:.0f} s descriptors {fds0} -> {fds1}, "
                       f"memory {rss0 / MEBI:.1f} -> {rss1 / MEBI:.1f} MiB")
        out += [f"{n} x {level} {event}, as {example}" for n, level, event, example in self.complaints()]
        taken = [1000 * seconds for seconds, _ in self.failovers()]
        if taken:
            out.append(f"{len(taken)} active controllers killed in a whole cluster: another led after "
                       f"{taken[len(taken) // 2]:.0f} ms (median), {taken[-1]:.0f} ms (longest)")
        return "\n".join(out + self._slow())
