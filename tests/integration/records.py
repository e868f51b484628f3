"""Records with known content, written and read by explicit partition with confluent-kafka."""
import random
import struct
import time
import zlib

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from harness import PATIENCE, until

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def create_topic(bootstrap, name, partitions, seconds=120, config=None, replicas=1):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(name, partitions, replicas, config=config or {})])[name].result(seconds)
    return name


def create_topic_amid_deaths(bootstrap, name, partitions):
    """As create_topic, by who goes on when a broker or controller that has just been killed does not answer yet."""
    def made():
        try:
            create_topic(bootstrap, name, partitions, 30)
            return True
        except KafkaException as error:  # an unanswered request may have worked
            return error.args[0].name() == "TOPIC_ALREADY_EXISTS"
        except TimeoutError:
            return False
    until(made, 30, f"topic {name}", 0.2)


def partitions_of(bootstrap, topic):
    """{number: metadata}; {} while no broker can tell. A broker that has just started may not know the topic, and
    librdkafka keeps such an answer for half a minute, so each look is a new client's."""
    try:
        found = AdminClient({"bootstrap.servers": bootstrap}).list_topics(topic, timeout=10).topics[topic]
        return {} if found.error else found.partitions
    except KafkaException:
        return {}


def wait_for_leaders(bootstrap, topic, partitions, seconds=30):
    until(lambda: [p.leader >= 0 for p in partitions_of(bootstrap, topic).values()] == [True] * partitions, seconds,
          f"{partitions} leaders of {topic}", 0.1)


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


def watermarks(bootstrap, topic, partition, timeout=10):
    """(low, high), None while no leader tells. By a client of its own: librdkafka keeps an answer that a partition
    has no leader just now until its metadata is refreshed for age, and meanwhile asks nobody."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "watermarks", "log_level": 0})
    try:
        return consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=timeout)
    except KafkaException:
        return None
    finally:
        consumer.close()


def end_offsets(bootstrap, topic, partitions):
    """{partition: high watermark, 0: it is empty}, None while not every leader tells."""
    ends = {}
    for p in range(partitions):
        found = watermarks(bootstrap, topic, p)
        if found is None:
            return None
        ends[p] = found[1] if found[1] > found[0] else 0
    return ends


def fill(bootstrap, topic, partitions, mib, seed, seconds=90):
    """So many MiB in records of 64 KiB, all acknowledged by all."""
    failed = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "acks": "all", "log_level": 0,
                         "batch.size": 1 << 20, "queue.buffering.max.kbytes": 262144})
    value = random.Random(seed).randbytes(64 << 10)
    for i in range(mib * 16):
        while True:
            try:
                producer.produce(topic, value, partition=i % partitions,
                                 on_delivery=lambda e, m: failed.append(e) if e else None)
                break
            except BufferError:
                producer.poll(0.05)
        producer.poll(0)
    assert producer.flush(seconds) == 0 and not failed, failed[:1]


def consume(bootstrap, topic, partitions, seconds=120, on_record=None, least=0):
    """Every record of the topic to the end offsets that stand at the start, or when these are so many records: a
    new leader's high watermark may be behind for a moment. {(partition, offset): value} unless
    `on_record(partition, offset, value)` takes them."""
    found = {}
    wait_for_leaders(bootstrap, topic, partitions)
    take = on_record or (lambda p, o, v: found.__setitem__((p, o), v))

    def all_ends():
        now = end_offsets(bootstrap, topic, partitions)
        return now if now is not None and sum(now.values()) >= least else None
    ends = {p: end for p, end in until(all_ends, 30, f"end offsets of {topic}, {least} in all", 0.1).items() if end}
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "explicit", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "check.crcs": True, "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, p, 0) for p in ends])
    deadline = time.monotonic() + seconds * PATIENCE
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

    consume(bootstrap, topic, partitions, 600, take, count)
    assert digest[0] == count, f"{digest[0]} of {count} records"
    return digest
