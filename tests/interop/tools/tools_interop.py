"""Apache Kafka's command line tools: what they say of a klamm cluster is what they say of an Apache one."""
from pair import Pair
from harness import run  # noqa: E402 (pair.py finds it)

B, C = "--bootstrap-server $B", "--bootstrap-controller $C"
pair = None


def same(tool, line, *words, **options):
    return pair.same(tool, line, *words, **options)


def says(text, *answers):
    """Both agree; this is what on."""
    for answer in answers:
        assert text in answer, f"{text!r} is not in:\n{answer}"


def cluster_is_identified_and_listed():
    for where in (B, C):
        says("Cluster ID: CLUSTER", same("cluster", f"cluster-id {where}"))
        same("cluster", f"list-endpoints {where}")
        says("is not currently registered", same("cluster", f"unregister {where} --id 77"))
    says("zone-2", same("cluster", f"list-endpoints {B} --include-fenced-brokers"))


def topics_are_created_or_refused():
    create = f"{B} --create --topic"
    says("Created topic a.", same("topics", f"{create} a --replica-assignment 1:2:3,2:3:1,3:1:2"))
    same("topics", f"{create} b.c --replica-assignment 1:2:3 --config retention.ms=1000 --config cleanup.policy=compact")
    same("topics", f"{create} __internal --replica-assignment 1")
    for refused in ("a --partitions 1", "b_c --partitions 1", "bad! --partitions 1", "zero --partitions 0",
                    "wide --partitions 1 --replication-factor 4", "zero --partitions 1 --replication-factor 0",
                    "c --config nonsense=1", "c --config retention.ms=x", "c --config retention.ms=-5",
                    "c --config cleanup.policy=burn", "c --config min.insync.replicas=0", "c --config segment.bytes=10",
                    "c --config compression.type=bzip", "c --replica-assignment 1:1", "c --replica-assignment 1:9",
                    "c --replica-assignment 1:2,1"):
        says("Error while executing topic command", same("topics", f"{create} {refused}"))
    same("topics", f"{create} a --partitions 1 --if-not-exists")


def topics_are_listed_and_described():
    for which in ("", "--exclude-internal", "--topic a|b.*"):
        same("topics", f"{B} --list {which}")
    for which in ("", "--topic a", "--topic nope", "--topic nope --if-exists", "--topics-with-overrides",
                  "--under-replicated-partitions", "--unavailable-partitions", "--under-min-isr-partitions",
                  "--at-min-isr-partitions", "--partition-size-limit-per-response 2"):
        same("topics", f"{B} --describe {which}")


def topics_grow_and_go():
    alter = f"{B} --alter --topic"
    same("topics", f"{alter} a --partitions 5 --replica-assignment 1:2:3,2:3:1,3:1:2,1:2:3,2:3:1")
    for refused in ("a --partitions 2", "a --partitions 5", "nope --partitions 5",
                    "a --partitions 6 --replica-assignment 1:2:3,2:3:1,3:1:2,1:2:3,2:3:1,1:7:3"):
        says("Error while executing topic command", same("topics", f"{alter} {refused}"))
    same("topics", f"{alter} nope --partitions 5 --if-exists")
    for which in ("nope", "nope --if-exists", "__internal"):
        same("topics", f"{B} --delete --topic {which}")
    says("a\nb.c", same("topics", f"{B} --list"))


def records_are_written_read_counted_and_deleted():
    same("topics", f"{B} --create --topic lines --replica-assignment 1:2:3")
    lines = "".join(f"key{i}:value {i}\n" for i in range(500))
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        same("console-producer", f"{B} --topic lines --compression-codec {codec} --reader-property parse.key=true "
             "--reader-property key.separator=:", reads=lines)
    says("Processed a total of 2500 messages", same(
        "console-consumer", f"{B} --topic lines --partition 0 --offset earliest --max-messages 2500 --timeout-ms 20000 "
        "--formatter-property print.key=true --formatter-property print.partition=true "
        "--formatter-property print.offset=true --formatter-property print.headers=true"))
    for which in ("", "--topic lines", "--topic a --partitions 0,1", "--topic-partitions lines:0,b.c:0", "--topic nope",
                  "--exclude-internal-topics"):
        same("get-offsets", f"{B} {which}")
    for when in ("earliest", "latest", "max-timestamp", "earliest-local", "latest-tiered", "earliest-pending-upload", "0"):
        same("get-offsets", f"{B} --topic lines --time {when}", also=[(r"lines:0:\d{4}\b", "lines:0:N")]
             if when == "max-timestamp" else ())
    for offset in (100, 3000, -1):
        path = pair.file(f"records{offset}.json", '{"partitions":[{"topic":"lines","partition":0,"offset":%d}],'
                         '"version":1}' % offset)
        same("delete-records", f"{B} --offset-json-file", path)
    says("lines:0:2500", same("get-offsets", f"{B} --topic lines --time earliest"))


def performance_tools_run():
    for words in ("--throughput -1", "--throughput 5000 --print-metrics"):
        says("2000 records sent", same(
            "producer-perf", f"--topic a --num-records 2000 --record-size 100 {words} --command-property "
            "bootstrap.servers=$B", also=[(r"records sent.*", "records sent"), (r"^(?!2000).*\n?", "")]))


def log_dirs_are_described():
    sizes = [(r'"size":\d+', '"size":N'), (r'"partitions":\[(.*?)\]', lambda m: ",".join(sorted(m[1].split("},"))))]
    for which in ("", "--broker-list 1,2", "--topic-list a", "--topic-list nope", "--broker-list 1,7"):
        same("log-dirs", f"{B} --describe {which}", also=sizes)


if __name__ == "__main__":
    with Pair() as pair:
        run([cluster_is_identified_and_listed, topics_are_created_or_refused, topics_are_listed_and_described,
             topics_grow_and_go, records_are_written_read_counted_and_deleted, performance_tools_run,
             log_dirs_are_described])
