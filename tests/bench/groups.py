"""Groups on one node: members that join at once, and many groups that do nothing."""
import socket
import struct
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from clusters import TICKS, load
from harness import until
from one_node import Server
from wire import receive

OFFSET_COMMIT, JOIN, SYNC = (8, 2), (11, 2), (14, 0)
PARTITIONS, CONNECTIONS = 6, 50
SESSION_MS = 1_800_000  # as long as may be: nobody has to be heard of while idleness is measured


def coordinated(consumer):
    """Apache Kafka names a coordinator before it is one."""
    try:
        return consumer.committed([TopicPartition("bench", 0)], timeout=60)
    except KafkaException as e:
        assert e.args[0].code() == KafkaError.NOT_COORDINATOR, e
        return None


def find_coordinator(server, group):
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": group, "log_level": 0})
    until(lambda: coordinated(consumer), 60, "a coordinator")
    consumer.close()


def members_join(server, group, members, partitions):
    """Seconds until the members of a new group share the topic."""
    find_coordinator(server, group)
    return load("groups", server.bootstrap, "bench", group, members, partitions)["seconds"]


def p21(server, _quick):
    server.up("bench", 900)
    members_join(server, "warm", 3, 900)
    before = server.cpu()
    return {"10 members, 900 partitions: s": members_join(server, "ten", 10, 900),
            "1,000 members join: s": members_join(server, "thousand", 1000, 900),
            "CPU s of both": max(server.cpu() - before, 1 / TICKS)}


# ---- idle groups ----


class PatientServer(Server):
    """A first member is not kept waiting for others."""

    def __init__(self, kind):
        super().__init__(kind)
        with open(self.config, "a") as f:
            f.write("group.initial.rebalance.delay.ms=0\n")


def text(s):
    return struct.pack(">h", len(s)) + s


def block(b):
    return struct.pack(">i", len(b)) + b


def send(s, api, body):
    s.sendall(block(struct.pack(">hhi", *api, 1) + text(b"bench") + body))


def answer(s, at):
    """Behind the correlation id; the error is `at` bytes behind that."""
    data = receive(s)[4:]
    error, = struct.unpack_from(">h", data, at)
    assert error == 0, f"error {error}"
    return data


def each(connections, n, request, use, at):
    """`n` requests, one on each connection at a time."""
    for first in range(0, n, CONNECTIONS):
        ids = range(first, min(first + CONNECTIONS, n))
        for s, i in zip(connections, ids):
            send(s, *request(i))
        for s, i in zip(connections, ids):
            use(i, answer(s, at))


def name(i):
    return b"idle-%d" % i


def join(i):
    return JOIN, text(name(i)) + struct.pack(">ii", SESSION_MS, 60000) + text(b"") + text(b"consumer") + \
        struct.pack(">i", 1) + text(b"range") + block(struct.pack(">hi", 0, 1) + text(b"bench") + block(b""))


def sync(i, member):
    return SYNC, text(name(i)) + struct.pack(">i", 1) + text(member) + struct.pack(">i", 1) + text(member) + \
        block(struct.pack(">hi", 0, 1) + text(b"bench") + struct.pack(">iii", 1, 0, 0))


def commit(i, member):
    parts = b"".join(struct.pack(">iqh", p, i, -1) for p in range(PARTITIONS))
    return OFFSET_COMMIT, text(name(i)) + struct.pack(">i", 1) + text(member) + struct.pack(">qi", -1, 1) + \
        text(b"bench") + struct.pack(">i", PARTITIONS) + parts


def member_of(joined):
    """In JoinGroup's answer behind throttle, error, generation, protocol and leader."""
    at = 10
    for _ in range(2):
        at += 2 + struct.unpack_from(">h", joined, at)[0]
    n, = struct.unpack_from(">h", joined, at)
    return joined[at + 2:at + 2 + n]


def make_groups(server, n):
    """Each with a member that has all partitions, and an offset committed for each of them."""
    host, port = server.bootstrap.split(":")
    connections = [socket.create_connection((host, int(port)), 60) for _ in range(CONNECTIONS)]
    members = {}
    each(connections, n, join, lambda i, data: members.update({i: member_of(data)}), 4)
    each(connections, n, lambda i: sync(i, members[i]), lambda i, data: None, 0)
    each(connections, n, lambda i: commit(i, members[i]), lambda i, data: None, 4 + 2 + 5 + 4 + 4)
    for s in connections:
        s.close()


def idle_groups(server, quick):
    n, seconds = (2_000, 10) if quick else (10_000, 30)
    server.up("bench", PARTITIONS)
    find_coordinator(server, "first")
    time.sleep(2)
    empty, before = server.rss_mib(), server.cpu()
    make_groups(server, n)
    making = server.cpu() - before
    time.sleep(5)
    before = server.cpu()
    time.sleep(seconds)
    return {"RSS MiB": server.rss_mib(), "KiB a group": max(server.rss_mib() - empty, 0.001) * 1024 / n,
            "CPU % of a core, idle": 100 * max(server.cpu() - before, 1 / TICKS) / seconds,
            "CPU ms to make a group": making / n * 1000}


MEASURES = {"P21": ("members of a group share 900 partitions", Server, p21),
            "P21-idle": ("10,000 groups of a member and six offsets, idle", PatientServer, idle_groups)}
