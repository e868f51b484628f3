"""The few requests that librdkafka's clients cannot send: the quorum's leader, and reassignments."""
import socket
import struct

import raw

ALTER_REASSIGNMENTS, LIST_REASSIGNMENTS, DESCRIBE_QUORUM = 45, 46, 55
NOT_IN_PROGRESS = 85
NO_TAGS = b"\0"


def varint(n):
    out = bytearray()
    while n > 0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def array(items):
    return varint(len(items) + 1) + b"".join(items)


def text(name):
    return varint(len(name) + 1) + name.encode()


class Reader(raw.Reader):
    """What of a flexible answer is asked for."""

    def text(self):
        size = self.varint() - 1
        self.at += max(size, 0)
        return None if size < 0 else self.data[self.at - size:self.at].decode()

    def tags(self):
        assert self.varint() == 0, "tagged fields"


def ask(bootstrap, api, body, timeout=10):
    """A request of version 0 with flexible header to the first broker that answers."""
    error = None
    for address in bootstrap.split(","):
        host, port = address.rsplit(":", 1)
        try:
            with socket.create_connection((host, int(port)), timeout) as s:
                message = struct.pack(">hhih", api, 0, 1, 5) + b"bench" + NO_TAGS + body
                s.sendall(struct.pack(">i", len(message)) + message)
                reader = Reader(receive(s))
                assert reader.take("i") == 1
                reader.tags()
                return reader
        except OSError as e:
            error = e
    raise error


def receive(s):
    size, = struct.unpack(">i", exactly(s, 4))
    return exactly(s, size)


def exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def quorum_leader(bootstrap):
    """The id of the active controller; -1 while there is none."""
    topic = text("__cluster_metadata") + array([struct.pack(">i", 0) + NO_TAGS]) + NO_TAGS
    r = ask(bootstrap, DESCRIBE_QUORUM, array([topic]) + NO_TAGS)
    if r.take("h") or r.varint() != 2:
        return -1
    r.text()
    assert r.varint() == 2
    r.take("i")
    return -1 if r.take("h") else r.take("i")


def reassign(bootstrap, topic, placed):
    """`placed`: {partition: [broker, ...]}."""
    partitions = [struct.pack(">i", p) + array([struct.pack(">i", b) for b in to]) + NO_TAGS
                  for p, to in placed.items()]
    body = struct.pack(">i", 60000) + array([text(topic) + array(partitions) + NO_TAGS]) + NO_TAGS
    r = ask(bootstrap, ALTER_REASSIGNMENTS, body, 60)
    r.take("i")
    error, why = r.take("h"), r.text()
    assert not error, f"reassign: {error} {why}"
    assert r.varint() == 2
    r.text()
    for _ in range(r.varint() - 1):
        partition, error, why = r.take("i"), r.take("h"), r.text()
        assert not error, f"reassign {topic}-{partition}: {error} {why}"
        r.tags()


def reassignments(bootstrap):
    """How many topics are on the move."""
    r = ask(bootstrap, LIST_REASSIGNMENTS, struct.pack(">i", 60000) + b"\0" + NO_TAGS, 60)
    r.take("i")
    error, why = r.take("h"), r.text()
    assert not error, f"list reassignments: {error} {why}"
    return r.varint() - 1
