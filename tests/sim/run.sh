#!/bin/sh
# Simulators over ranges of seeds, some of them twice; one seed alone: with its trace.
#   tests/sim/run.sh BUILD_DIR raft|cluster|group|txn|share|fleet=FROM-TO|SEED...
set -u
build=$1
shift
passed=0
failed=0
for what in "$@"; do
    sim=$build/tests/sim/${what%%=*}_sim
    seeds=${what#*=}
    from=${seeds%-*}
    to=${seeds#*-}
    if [ "$from" = "$to" ]; then
        "$sim" "$from"
    else
        "$sim" "$from" $((to + 1)) && "$sim" "$from" $((to - from < 100 ? to + 1 : from + 100)) --twice
    fi
    if [ $? = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
