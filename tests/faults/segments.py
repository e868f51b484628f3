"""What stands in the segments of a cluster that has stopped: every batch of an idempotent producer once, in order.

A client that gives itself a new producer epoch (librdkafka does when a request overtakes one that was refused)
may send again what was written already; a broker may not write one (producer id, epoch, sequence) twice.
"""
import struct

HEAD = struct.Struct(">qiibIhiqqqhii")  # of a batch: offset .. records' count
BATCH_OVERHEAD = 12
SEQUENCES = 1 << 31


def batches(path):
    """(base offset, last offset, producer id, producer epoch, base sequence, records) of each whole batch."""
    data, at = path.read_bytes(), 0
    while at + HEAD.size <= len(data):
        base, length, _, _, _, attributes, delta, _, _, producer, epoch, sequence, count = HEAD.unpack_from(data, at)
        at += BATCH_OVERHEAD + length
        if at > len(data):
            return
        if not attributes & 32:  # a control batch has no sequence
            yield base, base + delta, producer, epoch, sequence, count


def check_partition(directory):
    """Sentences of what is wrong."""
    wrong, expected, offset = [], {}, 0
    for path in sorted(directory.glob("*.log")):
        for base, last, producer, epoch, sequence, count in batches(path):
            if base < offset:
                wrong.append(f"{path}: offset {base} after {offset - 1}")
            offset = last + 1
            if producer < 0:
                continue
            had_epoch, next_sequence = expected.get(producer, (epoch, sequence))
            if epoch < had_epoch or (epoch == had_epoch and sequence != next_sequence):
                wrong.append(f"{path} offset {base}: producer {producer} epoch {epoch} sequence {sequence} stands "
                             f"where epoch {had_epoch} sequence {next_sequence} belongs")
            expected[producer] = (epoch, (sequence + count) % SEQUENCES)
    return wrong


def check_cluster(cluster, topic):
    """Needs logs that were never cut at their begin."""
    wrong, partitions = [], 0
    for broker in cluster.brokers:
        for log_dir in cluster.log_dirs:
            for directory in sorted((broker.dir / log_dir).glob(f"{topic}-*")):
                wrong += check_partition(directory)
                partitions += 1
    assert partitions, "no partition was found"
    return wrong
