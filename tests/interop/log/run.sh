#!/bin/bash
# klamm's logs read by Apache Kafka's tools and broker, and Apache Kafka's logs opened by klamm.
#   tests/interop/log/run.sh          prints each check and closes with "N passed, N failed"
# KLAMM_MODE chooses the build (default debug).
set -u
cd "$(dirname "$0")/../../.." || exit 2
mode=${KLAMM_MODE:-debug}
b=build/$mode
apache=tests/interop/apache.sh
tmp=$(mktemp -d /tmp/klamm-interop-log-XXXXXX)
address=127.$((RANDOM % 200 + 20)).$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1))
port=$((RANDOM % 20000 + 20000))
broker=
passed=0
failed=0

finish() {
    [ -n "$broker" ] && kill -9 "$broker" 2>/dev/null && wait "$broker" 2>/dev/null
    [ -n "${KLAMM_KEEP:-}" ] || rm -rf "$tmp"
}
trap finish EXIT
export KLAMM_JAVA_OPTS="-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"

check() { # check NAME COMMAND...: the command decides
    local name=$1
    shift
    if "$@" >"$tmp/check.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        tail -5 "$tmp/check.log"
    fi
}

build_tool() {
    make -s MODE="$mode" CC="${CC:-gcc}" $b/libbroker.a $b/libapi.a $b/libcommon.a || exit 2
    ${CC:-gcc} -std=gnu17 -g -D_GNU_SOURCE -I. -pthread -Wall -Wextra -Werror -o "$tmp/log_tool" \
        tests/interop/log/log_tool.c -Wl,--start-group $b/libbroker.a $b/libapi.a $b/libcommon.a -Wl,--end-group \
        -llz4 -lzstd -lz -lsnappy -lcrypto -lm || exit 2
}

dump() { $apache org.apache.kafka.tools.DumpLogSegments "$@" 2>/dev/null; }

files() { # files DIR SUFFIX: comma separated
    find "$1" -name "*.$2" | sort | paste -sd,
}

# Batches of a partition as Apache's tool sees them: "baseOffset lastOffset crc"
apache_batches() {
    dump --files "$(files "$1" log)" |
        sed -n 's/^baseOffset: \([0-9]*\) lastOffset: \([0-9]*\) .*crc: \([0-9]*\) isvalid: true.*/\1 \2 \3/p'
}

klamm_batches() { # klamm_batches DUMP NAME
    sed -n "s/^$2 \([0-9]*\) \([0-9]*\) \([0-9]*\) good$/\1 \2 \3/p" "$1"
}

segments_are_sound() { # DIR: every batch valid, no gaps, no bytes left over, at least 2 segments
    dump --deep-iteration --files "$(files "$1" log)" >"$tmp/segments.txt" || return 1
    ! grep -E 'isvalid: false|Non-consecutive|Found [0-9]+ invalid bytes|rror' "$tmp/segments.txt" &&
        grep -c 'isvalid: true' "$tmp/segments.txt" && [ "$(find "$1" -name '*.log' | wc -l)" -ge 2 ]
}

indexes_are_sound() { # DIR: Apache's tool compares every entry with the batches
    dump --files "$(files "$1" index),$(files "$1" timeindex)" >"$tmp/indexes.txt" || return 1
    [ "$(grep -c '^offset: ' "$tmp/indexes.txt")" -ge 2 ] &&
        ! grep -E 'Mismatches|mismatches|not found|Found |rror|Following' "$tmp/indexes.txt" &&
        dump --index-sanity-check --files "$(files "$1" index),$(files "$1" timeindex)" >"$tmp/sane.txt" &&
        ! grep -vE 'passed sanity check|is empty|^Dumping|^$' "$tmp/sane.txt"
}

same() { # same A B: not empty, and equal
    [ -s "$1" ] && diff "$1" "$2"
}

write_config() { # write_config DIR
    cat >"$tmp/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://$address:$port,CONTROLLER://$address:$((port + 1))
advertised.listeners=PLAINTEXT://$address:$port
controller.listener.names=CONTROLLER
controller.quorum.voters=1@$address:$((port + 1))
log.dirs=$1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.segment.bytes=1048576
group.initial.rebalance.delay.ms=0
PROPERTIES
}

start_apache() {
    $apache kafka.Kafka "$tmp/server.properties" >>"$tmp/apache.log" 2>&1 &
    broker=$!
    for _ in $(seq 120); do
        $apache org.apache.kafka.tools.TopicCommand --bootstrap-server "$address:$port" --list \
            >/dev/null 2>&1 && return 0
        kill -0 "$broker" 2>/dev/null || break
    done
    tail -20 "$tmp/apache.log"
    return 1
}

stop_apache() { # stop_apache SIGNAL
    kill "-$1" "$broker"
    wait "$broker" 2>/dev/null
    broker=
}

make_topic() {
    $apache org.apache.kafka.tools.TopicCommand --bootstrap-server "$address:$port" --create --topic "$1" \
        --partitions 1 --replication-factor 1
}

produce() { # produce TOPIC CODEC COUNT
    $apache org.apache.kafka.tools.ProducerPerformance --topic "$1" --num-records "$3" --record-size 400 \
        --throughput -1 --producer-props "bootstrap.servers=$address:$port" "compression.type=$2" linger.ms=5
}

consume() { # consume TOPIC COUNT: the values, in order
    $apache org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$address:$port" --topic "$1" \
        --partition 0 --offset earliest --max-messages "$2" --timeout-ms 20000 2>/dev/null
}

codecs="none gzip snappy lz4 zstd"

echo "== klamm writes, DumpLogSegments reads"
build_tool
mkdir "$tmp/klamm"
for codec in $codecs; do
    "$tmp/log_tool" append "$tmp/klamm" "t-$codec" 0 20000 "$codec" 60000 || exit 2
    check "$codec: every batch is valid" segments_are_sound "$tmp/klamm/t-$codec-0"
    check "$codec: every index entry fits" indexes_are_sound "$tmp/klamm/t-$codec-0"
done

echo "== Apache Kafka writes, klamm opens"
mkdir "$tmp/data"
write_config "$tmp/data"
check "StorageTool formats" $apache kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c "$tmp/server.properties"
check "Apache Kafka starts" start_apache
for codec in $codecs; do
    make_topic "t-$codec" >/dev/null 2>&1
    check "$codec: Apache Kafka takes 8000 records" produce "t-$codec" "$codec" 8000
done
stop_apache KILL
cp -r "$tmp/data" "$tmp/killed"
check "klamm opens what kill -9 left" sh -c "'$tmp/log_tool' dump '$tmp/killed' unclean >'$tmp/killed.txt'"
for codec in $codecs; do
    apache_batches "$tmp/data/t-$codec-0" >"$tmp/theirs.txt"
    klamm_batches "$tmp/killed.txt" "t-$codec-0" >"$tmp/ours.txt"
    check "$codec: the same batches after kill -9" same "$tmp/theirs.txt" "$tmp/ours.txt"
    check "$codec: 8000 records, nothing cut" grep -qx "end t-$codec-0 0 8000 0" "$tmp/killed.txt"
    check "$codec: klamm's rebuilt indexes fit" indexes_are_sound "$tmp/killed/t-$codec-0"
done
check "Apache Kafka starts again" start_apache
stop_apache TERM
cp -r "$tmp/data" "$tmp/clean"
check "klamm opens a clean directory" sh -c "'$tmp/log_tool' dump '$tmp/clean' clean >'$tmp/clean.txt'"
for codec in $codecs; do
    apache_batches "$tmp/data/t-$codec-0" >"$tmp/theirs.txt"
    klamm_batches "$tmp/clean.txt" "t-$codec-0" >"$tmp/ours.txt"
    check "$codec: the same batches after a clean stop" same "$tmp/theirs.txt" "$tmp/ours.txt"
done

echo "== klamm appends, Apache Kafka starts on it"
for codec in $codecs; do
    "$tmp/log_tool" append "$tmp/data" "t-$codec" 0 6000 "$codec" 1048576 || exit 2
done
check "the directory is still clean" test -f "$tmp/data/.kafka_cleanshutdown"
check "Apache Kafka starts on klamm's directory" start_apache
for codec in $codecs; do
    consume "t-$codec" 14000 >"$tmp/read.txt"
    seq -f "klamm-$codec-%.0f" 8000 13999 >"$tmp/wanted.txt"
    tail -n +8001 "$tmp/read.txt" >"$tmp/read-klamm.txt"
    check "$codec: Apache Kafka reads klamm's records" same "$tmp/wanted.txt" "$tmp/read-klamm.txt"
    check "$codec: and goes on appending" produce "t-$codec" "$codec" 100
done
stop_apache TERM
for codec in $codecs; do
    "$tmp/log_tool" append "$tmp/data" "t-$codec" 0 6000 "$codec" 1048576 dirty || exit 2
done
check "a crashed klamm leaves no mark" test ! -f "$tmp/data/.kafka_cleanshutdown"
check "Apache Kafka starts after klamm's crash" start_apache
for codec in $codecs; do
    consume "t-$codec" 20100 >"$tmp/read.txt"
    seq -f "klamm-$codec-%.0f" 14100 20099 >"$tmp/wanted.txt"
    tail -n +14101 "$tmp/read.txt" >"$tmp/read-klamm.txt"
    check "$codec: Apache Kafka recovers klamm's records" same "$tmp/wanted.txt" "$tmp/read-klamm.txt"
done
stop_apache KILL
check "klamm opens it once more" sh -c "'$tmp/log_tool' dump '$tmp/data' unclean >'$tmp/last.txt'"
for codec in $codecs; do
    check "$codec: all 20100 are there" grep -qx "end t-$codec-0 0 20100 0" "$tmp/last.txt"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
