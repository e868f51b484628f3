#!/bin/bash
# klamm's codec against Apache Kafka's: its schemas, and bytes that its own classes write.
# Closes with "N passed, N failed" for each.
set -eu
cd "$(dirname "$0")/../../.."
b=build/${KLAMM_MODE:-debug}
make -s MODE="${KLAMM_MODE:-debug}" "$b/tests/interop/codec/kf_tables"
jars=$(tests/interop/apache.sh)
status=0
python3 tests/interop/codec/compare.py "$b/tests/interop/codec/kf_tables" "$jars" || status=1
java -cp "$jars/*" tests/interop/codec/Golden.java >"$b/golden.txt"
python3 tests/interop/codec/golden.py "$b/tests/interop/codec/kf_tables" "$b/golden.txt" || status=1
exit $status
