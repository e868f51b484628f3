"""Apache Kafka's command line tools: what they say of a klamm cluster is what they say of an Apache one."""
import json
import os
import re
import time

from confluent_kafka.admin import ConfigResource

from pair import Pair
from tools import SHORT, forever
from harness import run, until  # noqa: E402 (pair.py finds it)

B, C = "--bootstrap-server $B", "--bootstrap-controller $C"
pair = None


def same(tool, line, *words, **options):
    return pair.same(tool, line, *words, **options)


def alike(*words, **options):
    """The answer of both, or None while they differ."""
    try:
        return same(*words, **options)
    except AssertionError:
        return None


def soon(*words, seconds=5, **options):
    """For what brokers hear of a little later."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = alike(*words, **options)
        if answer:
            return answer
    return same(*words, **options)


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


def features_are_described_and_refused():
    for where in (B, f"{B} --command-config /dev/null", C):
        says("FinalizedVersionLevel: 4.3-IV0", same("features", f"{where} describe"))
    same("features", f"{B} describe --node-id 1")
    same("features", f"{C} describe --node-id 101")
    same("features", "version-mapping")
    same("features", "feature-dependencies --feature transaction.version=2")
    for level in (7, 29, 31, 99):
        says("1 out of 1 operation(s) failed", same("features", f"{B} downgrade --feature metadata.version={level} --dry-run"))
        same("features", f"{B} downgrade --feature metadata.version={level} --unsafe --dry-run")
    for refused in ("upgrade --feature metadata.version=99", "upgrade --feature group.version=2",
                    "upgrade --feature nonsense.version=1", "upgrade --feature group.version=1 --feature share.version=7",
                    "downgrade --feature kraft.version=0",
                    "disable --feature metadata.version", "disable --feature nonsense.version",
                    "upgrade --feature kraft.version=2"):
        for where in (B, C):
            same("features", f"{where} {refused}")


def features_go_up_and_down():
    for step in ("disable --feature group.version --dry-run", "downgrade --feature transaction.version=1",
                 "upgrade --feature transaction.version=2", "disable --feature streams.version",
                 "upgrade --feature streams.version=1", "upgrade --feature metadata.version=30",
                 "disable --feature eligible.leader.replicas.version", "upgrade --feature eligible.leader.replicas.version=1"):
        says("[0]", same("features", f"{B} {step}"))
        same("features", f"{C} describe")
    soon("features", f"{B} describe")


def quorum_is_described():
    numbers = [(r"(LeaderId|HighWatermark|LeaderEpoch|MaxFollowerLag|MaxFollowerLagTimeMs): +\d+", r"\1: N"),
               (r'\{"id": ([1234]), "directoryId": "[^"]{22}"\}', r"observer \1"),
               (r'"directoryId": "[^"]{22}"', '"directoryId": ID'),
               (r"\[observer .*\]", lambda m: str(sorted(m[0][1:-1].split(", ")))),
               (r"^10\d ", "controller "),
               (r"^([1234]|controller) *\t(A{22})?\S{22}\t\d+ *\t\d+ *\t\S+( ms ago)? *\t\S+( ms ago)? *\t", r"\1 \2 ")]
    for where in (B, C):
        says("CurrentVoters", same("metadata-quorum", f"{where} describe --status", also=numbers))
        for words in ("--replication", "--replication --human-readable"):
            says("Leader", same("metadata-quorum", f"{where} describe {words}", also=numbers, sort=True))


def kraft_version_goes_up_once():
    """The last of the features: the static quorum becomes a dynamic one, and the quorum tools tell of directories."""
    # An Apache leader must have heard of every voter first.
    soon("features", f"{B} upgrade --feature kraft.version=1 --dry-run", seconds=20)
    for step in ("upgrade --release-version 4.3 --dry-run",
                 "upgrade --feature kraft.version=1", "upgrade --feature kraft.version=1", "downgrade --feature kraft.version=0",
                 "upgrade --release-version 4.3"):
        same("features", f"{B} {step}", sort=True)
    soon("features", f"{B} describe")
    same("features", f"{C} describe")
    quorum_is_described()
    for where in (B, C):
        refused = f"{where} remove-controller --controller-id 3 --controller-directory-id abcdefghijklmnopqrstug"
        same("metadata-quorum", refused, also=[
            (r"directoryId=[\w-]{22}", "directoryId=D"),
            (r"voters \[(.*)\]", lambda m: " ".join(sorted(re.findall(r"ReplicaKey\([^)]*\)", m[1]))))])


def topics_are_created_or_refused():
    create = f"{B} --create --topic"
    says("Created topic a.", same("topics", f"{create} a --replica-assignment 1:2:3,2:3:1,3:1:2"))
    same("topics", f"{create} b.c --replica-assignment 1:2:3 --config retention.ms=1000 --config cleanup.policy=compact")
    same("topics", f"{create} __internal --replica-assignment 1")
    for refused in ("a --partitions 1", "b_c --partitions 1", "bad! --partitions 1", "zero --partitions 0",
                    "wide --partitions 1 --replication-factor 5", "zero --partitions 1 --replication-factor 0",
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


def configs_of_topics_are_described_and_altered():
    for which in ("--topic a", "--topic a --all", "--entity-type topics", "--topic nope", "--topic b.c --all"):
        same("configs", f"{B} --describe {which}")
    for change in ("a --add-config retention.ms=5,cleanup.policy=[compact,delete]", "a --add-config nonsense=5",
                   "a --add-config retention.ms=abc", "nope --add-config retention.ms=5", "a --delete-config retention.bytes",
                   "a --add-config remote.storage.enable=true", "a --add-config min.compaction.lag.ms=7,max.compaction.lag.ms=5",
                   "a --add-config segment.ms=3600000,max.message.bytes=2000000", "a --delete-config retention.ms,cleanup.policy",
                   "a --add-config cleanup.policy=[]", "a --add-config local.retention.ms=5",
                   "a --add-config min.cleanable.dirty.ratio=0.00001", "a --add-config flush.ms= 7"):
        same("configs", f"{B} --alter --topic {change}")
    soon("configs", f"{B} --describe --topic a --all")


def configs_of_nodes_are_described():
    # What differs from node to node in the files; what klamm has of its own.
    own = [(r"^  klamm.*\n", ""), (r"^  (metadata\.)?log\.dirs?=.*\n", ""),
           (r"LINUX .*", "")]
    for which in ("--broker 1", "--broker 1 --all", "--broker-defaults", "--entity-type brokers"):
        same("configs", f"{B} --describe {which}", also=own)
    for which in ("--broker 101", "--broker 101 --all", "--broker-defaults"):
        same("configs", f"{C} --describe {which}", also=own)


# Java's exception within an exception, in front of the rule that counts.
NESTED = [(r"Invalid value org\.apache\.kafka\.common\.config\.ConfigException: (.*) for configuration Invalid dynamic "
           r"configuration", r"\1"), ("requirement failed: ", "")]


def configs_of_brokers_are_altered():
    for change in ("--broker 1 --add-config log.retention.ms=100000", "--broker 1 --add-config log.segment.bytes=2000000",
                   "--broker-defaults --add-config log.retention.ms=200000,message.max.bytes=2000000",
                   "--broker 1 --add-config node.id=7", "--broker 1 --add-config ssl.keystore.location=/x",
                   "--broker-defaults --add-config listeners=X", "--broker 1 --add-config num.io.threads=100",
                   "--broker 1 --add-config num.io.threads=3", "--broker 1 --add-config num.io.threads=10",
                   "--broker 1 --add-config my.own.thing=10", "--broker x --add-config num.io.threads=10",
                   "--broker 1 --add-config log.cleaner.threads=4",
                   "--broker 1 --add-config log.retention.ms=x", "--broker 1 --add-config min.insync.replicas=2",
                   "--broker 1 --add-config log.local.retention.ms=1000000", "--broker 1 --add-config log.cleanup.policy=burn",
                   "--broker 1 --add-config log.cleanup.policy=[compact,delete]",
                   "--broker-defaults --delete-config min.insync.replicas", "--broker 1 --add-config cordoned.log.dirs=/nowhere",
                   "--broker-defaults --add-config min.insync.replicas=1", "--broker-defaults --add-config log.roll.hours=5",
                   "--broker 1 --add-config listener.name.plaintext.ssl.keystore.location=/x",
                   "--broker-defaults --add-config listener.name.plaintext.ssl.keystore.location=/x"):
        for where in (B, C) if "defaults" in change and "listener" not in change else (B,):
            same("configs", f"{where} --alter {change}", also=NESTED)
    same("configs", f"{C} --alter --broker 101 --add-config log.retention.ms=1000")
    same("configs", f"{C} --alter --broker 102 --add-config log.retention.ms=1000")
    own = [(r"^  klamm.*\n", ""), (r"^  (metadata\.)?log\.dirs?=.*\n", "")]
    for which in ("--broker 1", "--broker 1 --all", "--broker-defaults", "--entity-type brokers"):
        soon("configs", f"{B} --describe {which}", also=own)
    for which in ("--broker 101", "--broker 101 --all", "--broker-defaults"):
        same("configs", f"{C} --describe {which}", also=own)
    same("configs", f"{C} --alter --broker 101 --delete-config log.retention.ms")
    same("configs", f"{B} --alter --broker-defaults --delete-config log.retention.ms,message.max.bytes,log.roll.hours")
    same("configs", f"{B} --alter --broker 1 --delete-config log.retention.ms,num.io.threads,my.own.thing,log.segment.bytes,"
         "log.cleanup.policy")
    same("configs", f"{B} --alter --broker-defaults --add-config min.insync.replicas=2")
    soon("configs", f"{B} --describe --entity-type brokers")


def loggers_are_altered():
    root = r"^\[|root|rror|ogger"
    for change in ("root=INFO", "root=WARN", "root=LOUD", "nonsense=INFO"):
        same("configs", f"{B} --alter --broker-logger 1 --add-config {change}", lines=root)
    same("configs", f"{B} --describe --broker-logger 1", lines=r"^\[|  root")
    same("configs", f"{B} --alter --broker-logger 1 --delete-config root", lines=root)


def subscriptions_to_clients_metrics_are_kept():
    for step in ("--describe --client-metrics m1", "--describe --entity-type client-metrics",
                 "--alter --client-metrics m1 --add-config interval.ms=5000,metrics=[org.a,org.b],match=[client_id=a.*]",
                 "--alter --client-metrics m1 --add-config interval.ms=5", "--alter --client-metrics m1 --add-config match=[x=y]",
                 "--alter --client-metrics m1 --add-config match=[client_id=(]",
                 "--alter --client-metrics m1 --add-config nonsense=y", "--alter --client-metrics m1 --add-config interval.ms=x"):
        same("configs", f"{B} {step}")
    soon("configs", f"{B} --describe --client-metrics m1")
    same("configs", f"{B} --describe --entity-type client-metrics")
    for step in ("--list", "--describe", "--describe --name m1", "--describe --name m3",
                 "--alter --name m2 --metrics org.c --interval 10000 --match client_id=b"):
        same("client-metrics", f"{B} {step}")
    for step in ("--describe --name m2", "--list", "--delete --name m2"):
        soon("client-metrics", f"{B} {step}")
    same("configs", f"{B} --alter --entity-type client-metrics --entity-name m1 --delete-config interval.ms,metrics,match")
    soon("client-metrics", f"{B} --list")


def configs_of_groups_are_kept():
    for change in ("consumer.session.timeout.ms=50000", "consumer.session.timeout.ms=5", "consumer.session.timeout.ms=5000000",
                   "consumer.heartbeat.interval.ms=60000", "nonsense=5", "share.auto.offset.reset=maybe",
                   "share.auto.offset.reset=by_duration:PT1H30M", "share.auto.offset.reset=by_duration:-PT1H",
                   "share.isolation.level=read_some", "share.delivery.count.limit=1", "streams.num.standby.replicas=9",
                   "consumer.assignment.interval.ms=-1", "share.record.lock.duration.ms=10"):
        same("configs", f"{B} --alter --group g1 --add-config {change}")


def quotas_and_credentials_are_kept():
    for step in ("--describe --entity-type users", "--describe --user alice",
                 "--alter --user alice --add-config producer_byte_rate=1000,request_percentage=12.5",
                 "--alter --user alice --add-config nonsense=1000", "--alter --user alice --add-config producer_byte_rate=0",
                 "--alter --user alice --add-config producer_byte_rate=-5",
                 "--alter --user alice --add-config producer_byte_rate=1.5",
                 "--alter --user alice --client x --add-config consumer_byte_rate=77",
                 "--alter --user-defaults --client x --add-config consumer_byte_rate=1000",
                 "--alter --client-defaults --add-config request_percentage=50",
                 "--alter --client y --add-config controller_mutation_rate=2",
                 "--alter --ip 127.0.0.1 --add-config connection_creation_rate=50",
                 "--alter --ip-defaults --add-config connection_creation_rate=50",
                 "--alter --ip 127.0.0.1 --add-config producer_byte_rate=50",
                 "--alter --user alice --add-config SCRAM-SHA-256=[iterations=8192,password=secret]",
                 "--alter --user alice --add-config SCRAM-SHA-512=[password=secret]",
                 "--alter --user alice --add-config SCRAM-SHA-256=[iterations=10,password=secret]",
                 "--alter --user alice --add-config SCRAM-SHA-256=[iterations=20000,password=secret]"):
        same("configs", f"{B} {step}")
    any_order = [(r"are (.*)$", lambda m: f"are {sorted(m[1].split(', '))}")]
    soon("configs", f"{B} --describe --entity-type users", sort=True, also=any_order)
    for which in ("--entity-type clients", "--entity-type ips", "--entity-type users --entity-type clients", "--user alice",
                  "--user bob", "--user-defaults --client x", "--user alice --client x", "--ip 127.0.0.1", "--ip-defaults",
                  "--client-defaults"):
        same("configs", f"{B} --describe {which}", sort=True, also=any_order)
    for step in ("--alter --user alice --delete-config producer_byte_rate", "--alter --user alice --delete-config SCRAM-SHA-256",
                 "--alter --user bob --delete-config SCRAM-SHA-256", "--alter --ip-defaults --delete-config connection_creation_rate",
                 "--alter --user bob --delete-config producer_byte_rate"):
        same("configs", f"{B} {step}")
    soon("configs", f"{B} --describe --entity-type users", sort=True, also=any_order)
    same("configs", f"{B} --describe --entity-type ips", sort=True)
    for broker in pair.clusters["klamm"].brokers:  # klamm does not enforce them, and says so
        assert (broker.dir / "log.txt").read_text().count("client_quotas_ignored") == 1


def acls_and_tokens_are_refused_without_security():
    for words in ("--list", "--add --allow-principal User:a --operation read --topic a",
                  "--remove --force --allow-principal User:a --operation read --topic a"):
        for where in (B, C):
            same("acls", f"{where} {words}")
    config = pair.file("client.properties", "")
    for words in ("--create --max-life-time-period -1", "--describe", "--renew --renew-time-period -1 --hmac ABCD",
                  "--expire --expiry-time-period -1 --hmac ABCD"):
        same("delegation-tokens", f"{B} {words} --command-config", config)


def groups_are_described_and_configured():
    same("configs", f"{B} --alter --group g1 --add-config consumer.session.timeout.ms=50000")
    for which in ("--group g1", "--group g1 --all", "--entity-type groups", "--group g2", "--group g2 --all"):
        soon("configs", f"{B} --describe {which}")
    same("topics", f"{B} --create --topic queue --replica-assignment 1:2:3")
    same("console-producer", f"{B} --topic queue", reads="".join(f"line {i}\n" for i in range(500)))
    same("console-consumer", f"{B} --topic queue --group g9 --from-beginning --max-messages 10 --timeout-ms 20000",
         lines=r"^\[|Processed")
    for words in ("--list", "--describe --group g9", "--describe --group nobody", "--describe --all-groups --state",
                  "--describe --group g9 --members", "--delete --group g9", "--list --state"):
        same("consumer-groups", f"{B} {words}", sort=True, also=[(r"broker-\d:9092 +\(\d\)", "coordinator")])
    for words in ("--list", "--list --group-type classic"):
        same("groups", f"{B} {words}", sort=True)


def configs_are_told_alike_to_clients():
    """What no tool prints: which configs may be altered, how secret they are, of which type."""
    def entries(cluster, kind, name):
        resource, admin = ConfigResource(kind, name), cluster.admin()
        found = admin.describe_configs([resource])[resource].result(10)
        return {k: (e.source, e.is_read_only, e.is_sensitive, e.is_default) for k, e in found.items()
                if not k.startswith("klamm.")}
    for kind, name in ((ConfigResource.Type.BROKER, "1"), (ConfigResource.Type.TOPIC, "a")):
        apache, klamm = (entries(pair.clusters[e], kind, name) for e in ("apache", "klamm"))
        assert set(apache) == set(klamm), set(apache) ^ set(klamm)
        different = {k: (apache[k], klamm[k]) for k in apache if apache[k] != klamm[k]}
        assert not different, different


def what_is_on_disk_is_read():
    """Storage, logs and metadata as the tools read them from the files of running nodes."""
    for node in ("broker-1", "controller-101"):
        same("storage", f"info -c $D/{node}/server.properties", also=[(r"directory.id=\S{22}", "directory.id=ID")])
    says("[1]", same("storage", "format -t abcdefghijklmnopqrstuv -c $D/broker-1/server.properties"))
    same("storage", "feature-dependencies --feature kraft.version=1")
    same("storage", "version-mapping --release-version 4.2")
    batches = [(r"(CreateTime|position|size|crc|producerId|producerEpoch|partitionLeaderEpoch|checksum)(:|=) ?-?\d+", r"\1 N"),
               (r"^Dumping.*", "Dumping")]
    for words in ("", "--print-data-log", "--deep-iteration", "--index-sanity-check"):
        same("dump-log", f"--files $D/broker-1/data/lines-0/00000000000000000000.log {words}", also=batches)
    for path in ("broker-1/data/__cluster_metadata-0", "controller-101/data/__cluster_metadata-0"):
        for words in ("ls /image", "ls /image/topics/byName", "cat /image/topics/byName/a/0/data", "ls /image/cluster",
                      "cat /image/features/metadataVersion", "ls /image/configs"):
            same("metadata-shell", f"--directory $D/{path} {words}",
                 also=[(r'"(leaderEpoch|partitionEpoch)" : \d+', r"\1 N"), (r'"directories" : .*', "directories")])


def replicas_are_verified():
    for cluster in pair.clusters.values():
        said = forever(SHORT["replica-verification"], "--broker-list", cluster.bootstrap(), "--topics-include", "lines|a",
                       "--report-interval-ms", "300", "--time", "-2", until_it_says="max lag is 0 for partition")
        assert "differ" not in said and "Partition" not in said, said


def records_are_consumed_at_speed():
    numbers = [(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d+, .*", "figures")]
    same("topics", f"{B} --create --topic fast --replica-assignment 1:2:3,2:3:1")
    same("producer-perf", "--topic fast --num-records 20000 --record-size 100 --throughput -1 --command-property "
         "bootstrap.servers=$B", also=[(r"(?s).*20000 records sent.*", "sent")])
    says("figures", same("consumer-perf", f"{B} --topic fast --group perf --num-records 20000 --timeout 20000", also=numbers,
                         lines=r"^\[\d|figures|^start"))


def eligible_leaders_are_those_who_have_everything():
    """KIP-966 with real deaths: who is in sync, who is eligible, who led last, step by step."""
    same("topics", f"{B} --create --topic e --replica-assignment 1:2:3 --config min.insync.replicas=2")
    where = "--bootstrap-server $4 --describe --topic e"
    any_order = [(r"(Isr|Elr): ([\d,]+)", lambda m: f"{m[1]}: {','.join(sorted(m[2].split(',')))}")]

    def after(step, expected):
        for cluster in pair.clusters.values():
            step(cluster)
        for engine in pair.clusters:
            until(lambda: re.search(expected, pair.one(engine, "topics", *where.split(), also=any_order)), 40,
                  f"{engine}: {expected}\n{pair.one(engine, 'topics', *where.split())}", 0.3)
        says("Partition: 0", same("topics", where, also=any_order))

    def one_by_one_until_none():
        after(lambda c: c.broker(3).kill(), r"Isr: 1,2\tElr: \t")
        after(lambda c: c.broker(2).kill(), r"Isr: 1\tElr: 2\t")
        after(lambda c: c.broker(1).terminate(), r"Leader: none.*Isr: \tElr: 1,2\tLastKnownElr: 1")

    def return_of(*brokers):
        def step(cluster):
            for broker in map(cluster.broker, brokers):
                if not broker.running():
                    broker.start()
            until(lambda: cluster.brokers_up() == sum(b.running() for b in cluster.brokers), 40, f"{brokers} are back", 0.3)
        return step

    try:
        one_by_one_until_none()
        after(return_of(3), r"Leader: none.*Isr: \tElr: 1,2\tLastKnownElr: 1")
        after(return_of(2), r"Leader: none.*Isr: \tElr: 1\tLastKnownElr: 1")
        same("leader-election", "--bootstrap-server $4 --election-type preferred --topic e --partition 0")
        after(return_of(1), r"Leader: 1.*Isr: 1,2,3\tElr: \tLastKnownElr: $")
        one_by_one_until_none()
        same("leader-election", "--bootstrap-server $4 --election-type unclean --topic e --partition 0")
        after(return_of(3), r"Leader: none.*Isr: \tElr: 1,2\tLastKnownElr: 1")
        same("leader-election", "--bootstrap-server $4 --election-type unclean --topic e --partition 0")
        after(lambda c: None, r"Leader: 3.*Isr: 3\tElr: .*\tLastKnownElr: ")
        after(return_of(1, 2), r"Isr: 1,2,3\tElr: \tLastKnownElr: $")
    finally:
        for cluster in pair.clusters.values():
            return_of(1, 2, 3)(cluster)


def tools_go_on_without_the_active_controller():
    for engine, cluster in pair.clusters.items():
        leader = re.search(r"LeaderId: +(\d+)", pair.one(engine, "metadata-quorum", *f"{B} describe --status".split()))
        next(c for c in cluster.controllers if c.id == int(leader[1])).kill()
    says("[0]", soon("topics", f"{B} --create --topic after --replica-assignment 1:2 --if-not-exists", seconds=30))
    soon("topics", f"{B} --describe --topic after", seconds=20)
    same("cluster", f"list-endpoints {B}")
    soon("features", f"{C} describe", seconds=20)
    for words in ("--status", "--replication"):
        says("[0]", same("metadata-quorum", f"{B} describe {words}", lines=r"^\["))


def a_broker_leaves_for_good():
    """The last test: broker 3 is gone after it."""
    for cluster in pair.clusters.values():
        assert cluster.broker(3).terminate()
    same("cluster", f"list-endpoints {B}")
    same("cluster", f"list-endpoints {B} --include-fenced-brokers")
    for which in ("--under-replicated-partitions", "--unavailable-partitions", "--under-min-isr-partitions",
                  "--at-min-isr-partitions"):
        soon("topics", f"{B} --describe {which}", also=[(r"Isr: (\S*)", lambda m: f"Isr: {sorted(m[1])}"),
                                                      (r"Topic: __.*\n", "")], sort=True)
    says("[0]", same("cluster", f"unregister {B} --id 3"))
    soon("cluster", f"list-endpoints {B} --include-fenced-brokers")
    says("[1]", same("cluster", f"unregister {B} --id 3"))


def plan(name, *partitions, **more):
    """A reassignment of topic r: {partition: replicas}, as a file."""
    text = json.dumps({"version": 1, "partitions": [{"topic": "r", "partition": p, "replicas": r, **more}
                                                    for p, r in partitions]})
    return pair.file(f"{name}.json", text)


def completed(path):
    text = alike("reassign", f"{B} --verify --reassignment-json-file", path)
    return text and "still in progress" not in text and text


def partitions_are_reassigned():
    same("topics", f"{B} --create --topic r --replica-assignment 1:2,2:3,3:1")
    topics = pair.file("topics.json", '{"topics":[{"topic":"r"}],"version":1}')
    for brokers in ("1,2", "1,2,3", "3,3", "1,9"):
        soon("reassign", f"{B} --generate --broker-list {brokers} --topics-to-move-json-file", topics,
             also=[(r"Proposed partition reassignment configuration\n.*", "Proposed")])
    moved = plan("moved", (0, [2, 3]), (1, [3, 1]))
    says("Successfully started", same("reassign", f"{B} --execute --throttle 50000000 --reassignment-json-file", moved))
    same("configs", f"{B} --describe --topic r", sort=True)
    same("configs", f"{B} --describe --entity-type brokers")
    until(lambda: completed(moved), 60, "the partitions have moved", 0.2)
    same("configs", f"{B} --describe --topic r")
    same("configs", f"{B} --describe --entity-type brokers")
    says("No partition reassignments found", same("reassign", f"{B} --list"), same("reassign", f"{C} --list"))
    for name, replicas, words in (("unknown", [2, 7], ""), ("twice", [2, 2], ""), ("empty", [], ""),
                                  ("wider", [2, 3, 1], "--disallow-replication-factor-change")):
        says("[1]", same("reassign", f"{B} --execute {words} --reassignment-json-file", plan(name, (0, replicas))))
    says("[1]", same("reassign", f"{B} --execute --reassignment-json-file", plan("none", (9, [1]))))
    same("reassign", f"{B} --verify --reassignment-json-file", plan("other", (0, [1, 2, 3]), (1, [3, 1])))
    same("reassign", f"{B} --cancel --reassignment-json-file", moved)
    wide = plan("wide", (0, [2, 3, 1]), (2, [1, 2]))
    same("reassign", f"{B} --execute --reassignment-json-file", wide)
    until(lambda: completed(wide), 60, "replicas came and went", 0.2)
    soon("topics", f"{B} --describe --topic r", also=[(r"Isr: (\S+)", lambda m: f"Isr: {sorted(m[1])}")])


def leaders_are_elected():
    elect = f"{B} --election-type"
    for words in ("preferred --topic r --partition 9", "preferred --topic nope --partition 0",
                  "unclean --topic r --partition 0", "unclean --all-topic-partitions", "sideways --all-topic-partitions"):
        same("leader-election", f"{elect} {words}")
    same("leader-election", f"{elect} preferred --path-to-json-file", pair.file(
        "elect.json", '{"partitions":[{"topic":"r","partition":0},{"topic":"r","partition":2},{"topic":"a","partition":1}]}'),
        lines="^\\[|Error")
    same("leader-election", f"{elect} preferred --all-topic-partitions", lines="^\\[|Error")
    same("topics", f"{B} --describe --topic r", also=[(r"Isr: (\S+)", lambda m: f"Isr: {sorted(m[1])}")])


if __name__ == "__main__":
    with Pair(int(os.environ.get("KLAMM_CONTROLLERS", "3"))) as pair:
        run([cluster_is_identified_and_listed, features_are_described_and_refused, features_go_up_and_down,
             quorum_is_described,
             topics_are_created_or_refused, topics_are_listed_and_described,
             topics_grow_and_go, records_are_written_read_counted_and_deleted, performance_tools_run,
             log_dirs_are_described, configs_of_topics_are_described_and_altered,
             configs_of_nodes_are_described, configs_of_brokers_are_altered, loggers_are_altered,
             subscriptions_to_clients_metrics_are_kept, configs_of_groups_are_kept, quotas_and_credentials_are_kept,
             acls_and_tokens_are_refused_without_security, partitions_are_reassigned, leaders_are_elected, records_are_consumed_at_speed,
             groups_are_described_and_configured, configs_are_told_alike_to_clients, what_is_on_disk_is_read,
             replicas_are_verified,
             kraft_version_goes_up_once, eligible_leaders_are_those_who_have_everything,
             tools_go_on_without_the_active_controller, a_broker_leaves_for_good])
