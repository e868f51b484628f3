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

    def short_text(self):
        """A compact one of at most 126 bytes."""
        return self.bytes(self.take("B") - 1).decode()


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
