#!/bin/bash
# Apache Kafka's own command line tools against a klamm cluster made by `klamm dev`.
#   tests/interop/clients/run.sh          prints each check and closes with "N passed, N failed"
# KLAMM_BUILD chooses the programs (default build/debug).
set -u
cd "$(dirname "$0")/../../.." || exit 2
build=${KLAMM_BUILD:-build/debug}
apache=tests/interop/apache.sh
tmp=$(mktemp -d /tmp/klamm-interop-clients-XXXXXX)
port=$((RANDOM % 20000 + 30000))
network=127.$((RANDOM % 200 + 20))
passed=0
failed=0
dev=
export KLAMM_JAVA_OPTS="-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"

finish() {
    if [ -n "$dev" ]; then
        kill -INT "$dev" 2>/dev/null
        wait "$dev"
    fi
    [ -n "${KLAMM_KEEP:-}" ] || rm -rf "$tmp"
}
trap finish EXIT

check() { # check NAME COMMAND...: the command decides
    local name=$1
    shift
    if "$@" >"$tmp/check.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        tail -15 "$tmp/check.log"
    fi
}

start() {
    "$build/klamm" dev --data-dir "$tmp/dev" --port $port --network $network >"$tmp/dev.out" 2>&1 &
    dev=$!
    for _ in $(seq 600); do
        bootstrap=$(sed -n 's/^  bootstrap *//p' "$tmp/dev.out")
        [ -n "$bootstrap" ] && grep -q 'Ctrl-C stops' "$tmp/dev.out" && return 0
        kill -0 "$dev" 2>/dev/null || break
        read -rt 0.1 <> <(:)
    done
    cat "$tmp/dev.out"
    echo "0 passed, 1 failed"
    exit 1
}

topics() { $apache org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" "$@"; }
configs() { $apache kafka.admin.ConfigCommand --bootstrap-server "$bootstrap" "$@"; }

topic_is_created_listed_described() {
    topics --create --topic orders --partitions 6 --replication-factor 3 &&
        [ "$(topics --list | grep -c '^orders$')" = 1 ] &&
        [ "$(topics --describe --topic orders | grep -c 'Leader: [123]')" = 6 ]
}

partitions_are_added() {
    topics --alter --topic orders --partitions 8 && [ "$(topics --describe --topic orders | grep -c 'Leader:')" = 8 ]
}

replication_beyond_what_exists_is_refused() {
    ! topics --create --topic wide --partitions 1 --replication-factor 4 && grep -q 'InvalidReplicationFactor' "$tmp/check.log"
}

config_is_altered_and_described() {
    configs --alter --entity-type topics --entity-name orders --add-config retention.ms=3600000 &&
        configs --describe --entity-type topics --entity-name orders | grep -q 'retention.ms=3600000' &&
        configs --alter --entity-type topics --entity-name orders --delete-config retention.ms &&
        ! configs --describe --entity-type topics --entity-name orders | grep -q 'retention.ms=3600000'
}

console_writes_and_reads() {
    topics --create --topic lines --partitions 1 --replication-factor 3 || return 1
    seq 1 2000 | sed 's/^/line /' >"$tmp/lines"
    $apache org.apache.kafka.tools.ConsoleProducer --bootstrap-server "$bootstrap" --topic lines \
        --compression-codec "$1" <"$tmp/lines" || return 1
    $apache org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$bootstrap" --topic lines \
        --from-beginning --group "lines-$1" --max-messages 2000 --timeout-ms 30000 >"$tmp/back" || return 1
    topics --delete --topic lines && cmp "$tmp/lines" "$tmp/back"
}

offsets_are_told() {
    $apache org.apache.kafka.tools.ProducerPerformance --topic perf --num-records 100000 --record-size 100 \
        --throughput -1 --producer-props bootstrap.servers="$bootstrap" acks=all || return 1
    [ "$($apache org.apache.kafka.tools.GetOffsetShell --bootstrap-server "$bootstrap" --topic perf \
        | awk -F: '{ n += $3 } END { print n }')" = 100000 ]
}

perf_consumer_reads_by_group() {
    timeout 60 $apache org.apache.kafka.tools.ConsumerPerformance --bootstrap-server "$bootstrap" --topic perf \
        --group perf-readers --num-records 100000 --timeout 20000 --hide-header | tee "$tmp/perf" &&
        [ "$(awk -F', ' 'END { print ($5 >= 100000) }' "$tmp/perf")" = 1 ] &&
        $apache org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server "$bootstrap" \
            --describe --group perf-readers | awk '$2 == "perf" { lag += $6 } END { exit lag != 0 }'
}

topic_is_deleted() {
    topics --delete --topic orders && [ "$(topics --list | grep -c '^orders$')" = 0 ]
}

start
check "kafka-topics creates, lists, describes" topic_is_created_listed_described
check "kafka-topics adds partitions" partitions_are_added
check "a replication factor beyond the brokers is refused in words" replication_beyond_what_exists_is_refused
check "kafka-configs alters, describes, deletes" config_is_altered_and_described
for codec in none gzip snappy lz4 zstd; do
    check "console producer and consumer, $codec" console_writes_and_reads $codec
done
topics --create --topic perf --partitions 3 --replication-factor 3 >/dev/null 2>&1
check "kafka-producer-perf-test writes, kafka-get-offsets counts" offsets_are_told
check "kafka-consumer-perf-test reads all by a group, which then has no lag" perf_consumer_reads_by_group
check "kafka-topics deletes" topic_is_deleted
echo "$passed passed, $failed failed"
[ $failed = 0 ]
