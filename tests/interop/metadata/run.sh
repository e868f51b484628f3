#!/bin/sh
# klamm's controller and Apache Kafka 4.3.0 with each other:
#   an Apache broker joins a klamm controller, topics are made through it, the controller is
#   killed and comes back; a klamm broker joins an Apache controller; Apache's DumpLogSegments
#   reads klamm's metadata log, bootstrap.checkpoint and snapshots without complaint.
# Takes about a minute. Closes with `N passed, N failed`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
klamm=${KLAMM_BROKER:-$root/build/debug/klamm-broker}
apache=$root/tests/interop/apache.sh
KLAMM_JAVA_OPTS="-Xmx300m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
export KLAMM_JAVA_OPTS
work=$(mktemp -d "${TMPDIR:-/tmp}/klamm-metadata-XXXXXX")
cluster=9gVjPrCWQ2Ow5uLUe9Qm1A
port=$((20000 + $$ % 20000))
net=127.$((1 + $$ % 200)).7
passed=0
failed=0
pids=

stop() {
    for p in $pids; do kill -9 "$p" 2>/dev/null; done
    rm -rf "$work"
}
trap stop EXIT INT TERM

claim() { # NAME COMMAND...: the command holds
    name=$1
    shift
    if "$@" >"$work/claim.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        tail -5 "$work/claim.log"
    fi
}

until_holds() { # SECONDS COMMAND...
    tries=$(($1 * 5))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.2
    done
}

controller_properties() { # IP DIR
    cat <<END
process.roles=controller
node.id=1
controller.listener.names=CONTROLLER
listeners=CONTROLLER://$1:$port
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.quorum.voters=1@$1:$port
log.dirs=$2
metadata.log.max.record.bytes.between.snapshots=10000
END
}

broker_properties() { # IP CONTROLLER-IP DIR
    cat <<END
process.roles=broker
node.id=2
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://$1:$port
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.quorum.voters=1@$2:$port
log.dirs=$3
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
END
}

topics() { "$apache" org.apache.kafka.tools.TopicCommand --bootstrap-server "$@"; }
listed() { topics "$1:$port" --list | grep -qx "$2"; }
dump() { # FILE: read to the end, every batch valid
    "$apache" org.apache.kafka.tools.DumpLogSegments --cluster-metadata-decoder --files "$1" >"$work/dump.log" 2>&1 &&
        grep -q payload "$work/dump.log" &&
        ! grep -Eiq 'isvalid: false|exception|could not|invalid bytes|mismatch' "$work/dump.log"
}
start_klamm() { # PROPERTIES LOG
    "$klamm" "$1" >"$2" 2>&1 &
    last=$!
    pids="$pids $last"
}

# An Apache broker under a klamm controller.
controller_properties $net.1 "$work/kc" >"$work/kc.properties"
broker_properties $net.2 $net.1 "$work/ab" >"$work/ab.properties"
claim "klamm formats" "$klamm" format --cluster-id $cluster --config "$work/kc.properties"
claim "Apache formats" "$apache" kafka.tools.StorageTool format -t $cluster -c "$work/ab.properties"
start_klamm "$work/kc.properties" "$work/kc.log"
controller=$last
"$apache" kafka.Kafka "$work/ab.properties" >"$work/ab.log" 2>&1 &
pids="$pids $!"
claim "an Apache broker registers and serves" until_holds 60 topics $net.2:$port --create --topic first --partitions 3 --if-not-exists
claim "the quorum is described" "$apache" org.apache.kafka.tools.MetadataQuorumCommand --bootstrap-controller $net.1:$port describe --status
claim "features are described" "$apache" org.apache.kafka.tools.FeatureCommand --bootstrap-controller $net.1:$port describe
claim "a topic of 200 partitions" topics $net.2:$port --create --topic second --partitions 200
claim "a config is set" "$apache" kafka.admin.ConfigCommand --bootstrap-server $net.2:$port --alter --entity-type topics --entity-name first --add-config retention.ms=1234
claim "it grows" topics $net.2:$port --alter --topic first --partitions 5
kill -9 "$controller"
start_klamm "$work/kc.properties" "$work/kc2.log"
controller=$last
claim "after kill -9 of the controller topics are made" until_holds 30 topics $net.2:$port --create --topic third --if-not-exists
claim "and nothing is missing" listed $net.2 second
claim "a topic is deleted" topics $net.2:$port --delete --topic first
kill "$controller"
wait "$controller" 2>/dev/null
claim "DumpLogSegments reads the log" dump "$work/kc/__cluster_metadata-0/00000000000000000000.log"
claim "DumpLogSegments reads bootstrap.checkpoint" dump "$work/kc/bootstrap.checkpoint"
snapshot=$(ls "$work"/kc/__cluster_metadata-0/*.checkpoint 2>/dev/null | tail -1)
claim "a snapshot was written" [ -n "$snapshot" ]
claim "DumpLogSegments reads the snapshot" dump "$snapshot"

# A klamm broker under an Apache controller.
controller_properties $net.3 "$work/ac" >"$work/ac.properties"
broker_properties $net.4 $net.3 "$work/kb" >"$work/kb.properties"
claim "Apache formats its controller" "$apache" kafka.tools.StorageTool format -t $cluster -c "$work/ac.properties"
claim "klamm formats its broker" "$klamm" format --cluster-id $cluster --config "$work/kb.properties"
"$apache" kafka.Kafka "$work/ac.properties" >"$work/ac.log" 2>&1 &
pids="$pids $!"
start_klamm "$work/kb.properties" "$work/kb.log"
broker=$last
claim "a klamm broker registers and serves" until_holds 60 topics $net.4:$port --create --topic many --partitions 250 --if-not-exists
claim "the controller writes a snapshot" until_holds 20 sh -c "ls $work/ac/__cluster_metadata-0/*1.checkpoint"
kill "$broker"
wait "$broker" 2>/dev/null
rm -rf "$work/kb/__cluster_metadata-0"
start_klamm "$work/kb.properties" "$work/kb2.log"
claim "it starts again from Apache's snapshot" until_holds 40 listed $net.4 many
snapshot=$(ls "$work"/kb/__cluster_metadata-0/*.checkpoint 2>/dev/null | tail -1)
claim "DumpLogSegments reads what it fetched" dump "$snapshot"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
