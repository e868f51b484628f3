"""Requests to one broker, byte by byte: what librdkafka cannot send, or sends to whom it likes."""
import socket
import struct

FLEXIBLE = b"\0"  # what a header has more, from some version of its request on


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value.encode()


class Reader:
    """An answer, in wire order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, kind):
        value, = struct.unpack_from(">" + kind, self.data, self.at)
        self.at += struct.calcsize(">" + kind)
        return value

    def bytes(self, size):
        self.at += max(size, 0)
        return self.data[self.at - max(size, 0):self.at]

    def text(self):
        return self.bytes(self.take("h")).decode()

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.take("B")
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def short_text(self):
        """A compact one."""
        return self.bytes(self.varint() - 1).decode()


def ask(address, port, api, version, body, tags=b""):
    """The answer, read as far as its correlation id."""
    message = struct.pack(">hhih", api, version, 7, 4) + b"test" + tags + body
    with socket.create_connection((address, port), 10) as s:
        s.sendall(struct.pack(">i", len(message)) + message)
        f = s.makefile("rb")
        answer = Reader(f.read(struct.unpack(">i", f.read(4))[0]))
    assert answer.take("i") == 7
    return answer


def knows(address, port, topic):
    """Whether that broker has heard of `topic`: Metadata, version 1."""
    try:
        answer = ask(address, port, 3, 1, struct.pack(">i", 1) + text(topic))
    except OSError:
        return False
    for _ in range(answer.take("i")):
        answer.take("i"), answer.text(), answer.take("i"), answer.text()
    answer.take("i")
    assert answer.take("i") == 1
    return answer.take("h") == 0


def reassign(address, port, topic, number, replicas):
    """AlterPartitionReassignments, version 0, of one partition; Kafka's error of it."""
    name = bytes([len(topic) + 1]) + topic.encode()
    ids = bytes([len(replicas) + 1]) + struct.pack(f">{len(replicas)}i", *replicas)
    body = struct.pack(">i", 10000) + b"\2" + name + b"\2" + struct.pack(">i", number) + ids + b"\0\0\0"
    answer = ask(address, port, 45, 0, body, FLEXIBLE)
    answer.take("b"), answer.take("i")  # tags, throttle
    assert answer.take("h") == 0, answer.data
    answer.short_text() if answer.data[answer.at] else answer.take("b")
    assert answer.varint() == 2 and answer.short_text() == topic and answer.varint() == 2
    assert answer.take("i") == number
    return answer.take("h")


def features(address, port):
    """{name: level} as that broker has heard of them: ApiVersions, version 3."""
    answer = ask(address, port, 18, 3, b"\x05test\x021\0", FLEXIBLE)
    assert answer.take("h") == 0
    for _ in range(answer.varint() - 1):
        answer.bytes(3 * 2 + 1)
    answer.take("i")
    tags = {}
    for _ in range(answer.varint()):
        tag = answer.varint()
        tags[tag] = Reader(answer.bytes(answer.varint()))
    found = {}
    for _ in range(tags[2].varint() - 1 if 2 in tags else 0):
        name = tags[2].short_text()
        found[name] = tags[2].take("h")
        tags[2].bytes(2 + 1)
    return found
