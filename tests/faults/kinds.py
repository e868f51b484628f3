"""The kinds of faults. Each is a generator: breaks something, yields (what, seconds it lasts), mends it.

A pick is the random generator's alone, never the cluster's, so that a seed repeats its schedule; the one
exception is who leads.
"""
import signal

PROCESS_SECONDS = (0, 0, 0.2, 1, 4)
PAUSE_SECONDS = (0.1, 0.5, 2, 4, 6)
CUT_SECONDS = (0.3, 1, 3, 6)
FULL_SECONDS = (0.3, 1, 2.5, 5)
PAGES_LEFT = (0, 0, 1, 2, 8, 60)


class Kinds:
    def __init__(self, cluster, rng, watch):
        self.cluster, self.rng, self.watch = cluster, rng, watch

    def some_node(self):
        return self.rng.choice(self.cluster.nodes())

    def several(self, nodes, least):
        return self.rng.sample(nodes, self.rng.randint(min(least, len(nodes)), len(nodes)))

    # Processes

    def kill(self):
        """kill -9 of one node, restarted after a moment."""
        node = self.some_node()
        seconds = self.rng.choice(PROCESS_SECONDS)
        node.kill()
        yield f"kill -9 {node.host}", seconds
        node.start()

    def kill_active(self):
        """kill -9 of the active controller: another one leads."""
        seconds = self.rng.choice(PROCESS_SECONDS)
        node = self.watch.active_controller() or self.cluster.controllers[0]
        node.kill()
        self.watch.note_kill(node)
        yield f"kill -9 {node.host} (active)", seconds
        node.start()

    def kill_several(self):
        """kill -9 of several at once, a majority of either kind included."""
        victims = self.several(self.cluster.nodes(), 2)
        seconds = self.rng.choice((0, 0.5, 2))
        for node in victims:
            node.kill()
        yield "kill -9 " + " ".join(n.host for n in victims), seconds
        for node in victims:
            node.start()

    def terminate(self):
        """A clean stop and start."""
        node = self.some_node()
        seconds = self.rng.choice((0, 0, 1))
        node.terminate()
        yield f"stop {node.host}", seconds
        node.start()

    def pause(self):
        """SIGSTOP: the node goes on later with stale ideas."""
        node = self.some_node()
        node.signal(signal.SIGSTOP)
        yield f"SIGSTOP {node.host}", self.rng.choice(PAUSE_SECONDS)
        node.signal(signal.SIGCONT)

    # Networks

    def isolate(self):
        """One node hears nobody and nobody hears it."""
        node = self.some_node()
        self.cluster.net.isolate(node.host)
        yield f"isolate {node.host}", self.rng.choice(CUT_SECONDS)
        self.cluster.net.heal()

    def deafen(self):
        """One-way: it speaks and hears nothing."""
        node = self.some_node()
        self.cluster.net.isolate(node.host, leaving=False)
        yield f"deafen {node.host}", self.rng.choice(CUT_SECONDS)
        self.cluster.net.heal()

    def mute(self):
        """One-way: it hears and nobody hears it."""
        node = self.some_node()
        self.cluster.net.isolate(node.host, arriving=False)
        yield f"mute {node.host}", self.rng.choice(CUT_SECONDS)
        self.cluster.net.heal()

    def part(self):
        """Two nodes cannot talk to each other, everybody else can (a partial partition)."""
        a, b = self.rng.sample(self.cluster.nodes(), 2)
        self.cluster.net.cut(a.host, b.host)
        self.cluster.net.cut(b.host, a.host)
        yield f"part {a.host} {b.host}", self.rng.choice(CUT_SECONDS)
        self.cluster.net.heal()

    def split(self):
        """Two groups of nodes; the client reaches both."""
        nodes = self.cluster.nodes()
        left = self.rng.sample(nodes, self.rng.randint(1, len(nodes) - 1))
        for a in left:
            for b in nodes:
                if b not in left:
                    self.cluster.net.cut(a.host, b.host)
                    self.cluster.net.cut(b.host, a.host)
        yield "split off " + " ".join(n.host for n in left), self.rng.choice((0.5, 2, 5))
        self.cluster.net.heal()

    # Disks. Apache Kafka's nodes end when their volume is full: klamm's alone are filled.

    def _fill(self, victims, what):
        pages, seconds = self.rng.choice(PAGES_LEFT), self.rng.choice(FULL_SECONDS)
        for node in victims:
            node.fill(pages)
        yield f"{what} {' '.join(n.host for n in victims)} with {pages} pages left", seconds
        for node in victims:
            node.free()

    def fill_broker(self):
        """A broker's volume is full."""
        yield from self._fill([self.rng.choice(self.cluster.of("broker", "klamm"))], "full disk")

    def fill_controller(self):
        """A controller's volume is full; the active one's, every other time."""
        node = self.rng.choice(self.cluster.of("controller", "klamm"))
        active = self.watch.active_controller()
        if self.rng.random() < 0.5 and active and active.engine == "klamm":
            node = active
        yield from self._fill([node], "full disk")

    def fill_several(self):
        """All at once, up to every node of klamm's."""
        yield from self._fill(self.several(self.cluster.of(None, "klamm"), 2), "full disks")

    def fill_and_kill(self):
        """kill -9, and it starts again while its volume is still full."""
        node = self.rng.choice(self.cluster.of(None, "klamm"))
        steps = self._fill([node], "kill -9 and full disk")
        said = next(steps)
        node.kill()
        node.start()
        yield said
        for _ in steps:
            pass

    PROCESS = (kill, kill, kill_active, kill_several, terminate, pause)
    NETWORK = (isolate, deafen, mute, part, split)
    DISK = (fill_broker, fill_controller, fill_several, fill_and_kill)

    @classmethod
    def group_of(cls, kind):
        return next(g for g in ("process", "network", "disk") if kind in getattr(cls, g.upper()))
