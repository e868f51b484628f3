#!/bin/bash
# klamm's message tables, codec and record batches against Apache Kafka's.
#   tests/interop/codec/run.sh [SEED]     prints each check and closes with "N passed, N failed"
#   tests/interop/codec/run.sh golden     writes golden.txt anew, for codec_golden_test
# KLAMM_MODE chooses the build (default debug). Without SEED every run takes other messages; the
# seed is printed.
set -u -o pipefail
cd "$(dirname "$0")/../../.." || exit 2
mode=${KLAMM_MODE:-debug}
b=build/$mode
here=tests/interop/codec
seed=${1:-$((RANDOM * 32768 + RANDOM))}
tmp=$(mktemp -d /tmp/klamm-interop-codec-XXXXXX)
passed=0
failed=0
trap 'rm -rf "$tmp"' EXIT

jars=$(tests/interop/apache.sh) || exit 2
# The oracle finds the message classes jar by jar: every jar stands in its class path by name.
classes=$(printf '%s:' "$jars"/*.jar)$tmp
tool=$b/$here/codec_tool
oracle() {
    java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$classes" CodecOracle "$@" 2>"$tmp/java.log" ||
        { cat "$tmp/java.log" >&2; return 1; }
}

check() { # check NAME COMMAND...: the command decides
    local name=$1
    shift
    if "$@" >"$tmp/check.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        tail -20 "$tmp/check.log"
    fi
}

# A suite of its own: its closing line is counted in.
count() { # count NAME COMMAND...
    local name=$1 line
    shift
    "$@" >"$tmp/check.log" 2>&1
    line=$(tail -1 "$tmp/check.log" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
    echo "$name: ${line:-broken}"
    grep -v ' passed, ' "$tmp/check.log" | tail -20
    # shellcheck disable=SC2086 # two words
    set -- ${line:-0 1}
    passed=$((passed + $1))
    failed=$((failed + $2))
}

tables() { "$tool" tables | python3 $here/compare_tables.py "$jars"; }
klamm_reads() { oracle make "$seed" | "$tool" check; }
apache_reads() { "$tool" make "$seed" | oracle check; }
golden_is_true() { oracle make 1 | cmp - $here/golden.txt; }
lists() { "$tool" "$1" | sort >"$tmp/e1" && [ -s "$tmp/e1" ] && oracle "$1" | sort | diff "$tmp/e1" -; }
batches() { # batches FROM: both read what one side made, and see the same
    "$@" batches >"$tmp/batches" && [ -s "$tmp/batches" ] && "$tool" records <"$tmp/batches" >"$tmp/r1" &&
        [ -s "$tmp/r1" ] && oracle records <"$tmp/batches" | diff "$tmp/r1" -
}

javac -d "$tmp" -cp "$classes" $here/CodecOracle.java || exit 2
if [ "$seed" = golden ]; then
    oracle make 1 >$here/golden.txt
    exit
fi
make -s MODE="$mode" CC="${CC:-gcc}" "$tool" || exit 2

echo "seed $seed"
count "tables equal to the schemas in the jars" tables
check "error codes, names and what may be tried again" lists errors
check "APIs, what is forwarded, header versions" lists apis
check "golden.txt is what Apache Kafka writes" golden_is_true
check "klamm reads, writes and prints what Apache Kafka wrote" klamm_reads
check "Apache Kafka reads, writes and prints what klamm wrote" apache_reads
check "record batches of klamm, every codec" batches "$tool"
check "record batches of Apache Kafka, every codec" batches oracle
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
