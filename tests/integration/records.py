"""Records with known content, written and read by explicit partition with confluent-kafka."""
import random
import struct
import time
import zlib

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def create_topic(bootstrap, name, partitions, seconds=30, config=None, replicas=1):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, partitions, replicas, config=config or {})])[name].result(seconds)
    return name


def wait_for_leaders(bootstrap, topic, partitions, seconds=30):
    """A broker that has just started may not know the topic, or a leader may not be back; librdkafka keeps
    such an answer for half a minute, so each look is a new client's."""
    deadline = time.monotonic() + seconds
    while True:
        admin = AdminClient({"bootstrap.servers": bootstrap})
        try:
            found = admin.list_topics(topic, timeout=10).topics[topic]
            if not found.error and [p.leader >= 0 for p in found.partitions.values()] == [True] * partitions:
                return
        except KafkaException:
            pass
        assert time.monotonic() < deadline, f"{topic} has not {partitions} leaders within {seconds} s"
        time.sleep(0.1)


def value(seed, i):
    """Record i: its number, then 0 to some thousand bytes, half of them easy to compress."""
    rng = random.Random(seed * 1000003 + i)
    size = rng.choice((0, 10, 100, 100, 100, 300, 300, 1000)) if i % 1000 else 40000
    half = rng.randbytes(size // 2)
    return struct.pack(">q", i) + half + b"klamm" * (size // 10)


def produce(bootstrap, topic, partitions, numbers, seed=1, codec="none", **config):
    """Writes record i to partition i % partitions; the set of acknowledged numbers."""
    acked = set()
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": codec, "linger.ms": 5, "acks": "all",
                         "queue.buffering.max.kbytes": 131072, "message.timeout.ms": 60000, **config})

    def done(i):
        def report(error, _message):
            if error is None:
                acked.add(i)
        return report

    for i in numbers:
        while True:
            try:
                producer.produce(topic, value(seed, i), partition=i % partitions, on_delivery=done(i))
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush(90)
    return acked


def consume(bootstrap, topic, partitions, seconds=120, on_record=None):
    """Every record of the topic to the end offsets that stand at the start: {(partition, offset): value}
    unless `on_record(partition, offset, value)` takes them."""
    found = {}
    wait_for_leaders(bootstrap, topic, partitions)
    take = on_record or (lambda p, o, v: found.__setitem__((p, o), v))
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "explicit", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "check.crcs": True, "enable.partition.eof": True})
    ends = {}
    for p in range(partitions):
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=30)
        if high > low:
            ends[p] = high
    consumer.assign([TopicPartition(topic, p, 0) for p in ends])
    deadline = time.monotonic() + seconds
    while ends:
        assert time.monotonic() < deadline, f"partitions not read to their end: {ends}"
        for m in consumer.consume(10000, 0.5):
            if m.error():
                assert m.error().code() == KafkaError._PARTITION_EOF, m.error()
                continue
            take(m.partition(), m.offset(), m.value())
            if m.partition() in ends and m.offset() + 1 >= ends[m.partition()]:
                del ends[m.partition()]
    consumer.close()
    return found


def check_equal(bootstrap, topic, partitions, count, seed=1):
    """Every record 0..count-1 stands once, whole, in its partition, in order."""
    last = {}
    digest = [0, 0]

    def take(partition, offset, got):
        i = struct.unpack(">q", got[:8])[0]
        assert i % partitions == partition, f"record {i} in partition {partition}"
        assert i == last.get(partition, partition - partitions) + partitions, \
            f"partition {partition} offset {offset}: record {i} after {last.get(partition)}"
        assert got == value(seed, i), f"record {i} differs"
        last[partition] = i
        digest[0] += 1
        digest[1] = zlib.crc32(got, digest[1])

    consume(bootstrap, topic, partitions, 600, take)
    assert digest[0] == count, f"{digest[0]} of {count} records"
    return digest
