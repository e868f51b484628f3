"""Replicas in several log directories: moves between them, and what Apache Kafka's tools and requests are told."""
import json
import time

from pair import Pair
from tools_interop import B
from harness import run, until  # noqa: E402 (pair.py finds it)
from moving_test import alter, described, place  # noqa: E402
from replication_test import set_on_brokers, write  # noqa: E402

DIRS = ("data", "more")
RATE = "replica.alter.log.dirs.io.max.bytes.per.second"
pair = None


def both(act):
    """What `act(cluster)` gives for both must be equal."""
    answers = {engine: act(cluster) for engine, cluster in pair.clusters.items()}
    assert answers["apache"] == answers["klamm"], answers
    return answers["klamm"]


def same(tool, line, *words, **options):
    return pair.same(tool, line, *words, **options)


def plan(name, *moves):
    """A file for each cluster, whose directories have paths of their own; what the words of a command name it by."""
    for engine, cluster in pair.clusters.items():
        partitions = [{"topic": topic, "partition": p, "replicas": replicas,
                       "log_dirs": [d if d in ("any", "/nowhere") else str(cluster.broker(b).dir / d)
                                    for b, d in zip(replicas, dirs)]}
                      for topic, p, replicas, dirs in moves]
        (cluster.dir / name).write_text(json.dumps({"partitions": partitions, "version": 1}))
    return f"--reassignment-json-file $D/{name}"


def lies(topic, p, where):
    """{broker: directory} on both clusters, in the end."""
    def there(cluster):
        return all(place(cluster.broker(b), topic, p) == d for b, d in where.items())

    def quiet(cluster):
        try:
            return there(cluster)
        except AssertionError:
            return False
    for engine, cluster in pair.clusters.items():
        until(lambda: quiet(cluster), 30, f"{topic}-{p} of {engine} is in {where}", 0.1)


def topics(name, assignment):
    same("topics", f"{B} --create --topic {name} --replica-assignment {assignment}")


def told(which="--topic-list m"):
    """What kafka-log-dirs says, in one order."""
    def one(engine):
        text = pair.one(engine, "log-dirs", *f"{B} --describe {which}".split())
        found = json.loads(text[text.index("{"):text.rindex("}") + 1])
        out = []
        for broker in found["brokers"]:
            for d in broker["logDirs"]:
                for p in d["partitions"]:
                    out.append((broker["broker"], d["logDir"], d["error"], p["partition"], p["offsetLag"], p["isFuture"]))
        return sorted(out, key=str)
    answers = {engine: one(engine) for engine in pair.clusters}
    assert answers["apache"] == answers["klamm"], answers
    return answers["klamm"]


def a_wish_for_what_does_not_exist_yet_is_kept():
    for cluster in pair.clusters.values():
        until(lambda: described(cluster.broker(1)) is not None, 20, "it answers")
    for p, d in ((0, "data"), (1, "more")):
        assert both(lambda c: alter(c.broker(1), d, "m", [p])) == "UNKNOWN_TOPIC_OR_PARTITION"
        assert both(lambda c: alter(c.broker(2), d, "m", [p])) == "UNKNOWN_TOPIC_OR_PARTITION"
    topics("m", "1:2,2:1")
    lies("m", 0, {1: "data", 2: "data"})
    lies("m", 1, {1: "more", 2: "more"})
    assert len(told()) == 4


def refusals():
    topics("there", "2")
    for directory, topic, p in (("/nowhere", "m", 0), ("more", "nope", 0), ("more", "m", 9), ("more", "there", 0),
                                ("more", "x" * 230, 0), ("data", "m", 0)):
        both(lambda c: alter(c.broker(1), directory, topic, [p]))


def directories_of_a_reassignment():
    for cluster in pair.clusters.values():
        assert not write(cluster, "m", 3000, 1000)
    moves = plan("moves", ("m", 0, [1, 2], ["more", "any"]), ("m", 1, [2, 1], ["data", "data"]))
    assert "Successfully started" in same("reassign", f"{B} --execute {moves}")
    lies("m", 0, {1: "more", 2: "data"})
    lies("m", 1, {1: "data", 2: "data"})
    until(lambda: "in progress" not in same("reassign", f"{B} --verify {moves}"), 30, "it is complete", 0.2)
    told()
    same("reassign", f"{B} --execute {plan('nowhere', ('m', 0, [1, 2], ['/nowhere', 'any']))}")
    same("reassign", f"{B} --verify {plan('back', ('m', 0, [1, 2], ['data', 'more']))}")


def a_replica_comes_to_where_it_is_wanted():
    wider = plan("wider", ("m", 0, [1, 2, 3], ["more", "data", "more"]))
    assert "Successfully started" in same("reassign", f"{B} --execute {wider}")
    lies("m", 0, {1: "more", 2: "data", 3: "more"})
    until(lambda: "in progress" not in same("reassign", f"{B} --verify {wider}"), 30, "it is complete", 0.2)


def future_replicas_are_told_of_and_called_off():
    for cluster in pair.clusters.values():
        set_on_brokers(cluster, RATE, "1000")
    assert both(lambda c: alter(c.broker(1), "data", "m", [0])) == "NONE"
    time.sleep(1)
    futures = both(lambda c: sorted((d, future) for (d, topic, p), (_, lag, future) in described(c.broker(1)).items()
                                    if (topic, p) == ("m", 0) and (not future or lag > 0)))
    assert futures == [("data", True), ("more", False)], futures
    same("reassign", f"{B} --verify {plan('slow', ('m', 0, [1, 2, 3], ['data', 'any', 'any']))}")
    assert both(lambda c: alter(c.broker(1), "more", "m", [0])) == "NONE"
    both(lambda c: sorted((d, future) for (d, topic, p), (_, _, future) in described(c.broker(1)).items()
                          if (topic, p) == ("m", 0)))
    for cluster in pair.clusters.values():
        set_on_brokers(cluster, RATE, "100000000")


def cordoned_directories():
    for node in (1, 2):
        for engine, cluster in pair.clusters.items():
            pair.one(engine, "configs", *f"{B} --alter --entity-type brokers --entity-name {node} --add-config".split(),
                     f"cordoned.log.dirs={cluster.broker(node).dir / 'data'}")
    time.sleep(1)
    assert both(lambda c: alter(c.broker(1), "data", "m", [0])) == "INVALID_REPLICA_ASSIGNMENT"
    both(lambda c: alter(c.broker(2), "data", "m", [0]))  # where it is
    both(lambda c: alter(c.broker(2), "more", "m", [0]))
    lies("m", 0, {2: "more"})
    told()


if __name__ == "__main__":
    with Pair(1, 4, {"min.insync.replicas": 1}, DIRS) as pair:
        run([a_wish_for_what_does_not_exist_yet_is_kept, refusals, directories_of_a_reassignment,
             a_replica_comes_to_where_it_is_wanted, future_replicas_are_told_of_and_called_off, cordoned_directories])
