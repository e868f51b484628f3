#!/bin/sh
# Every simulator over the seeds FROM-TO, some of them twice; one seed alone: with its trace.
#   tests/sim/run.sh BUILD_DIR FROM-TO|SEED
set -u
build=$1
from=${2%-*}
to=${2#*-}
passed=0
failed=0
for sim in "$build"/tests/sim/*_sim; do
    if [ "$from" = "$to" ]; then
        "$sim" "$from"
    else
        "$sim" "$from" $((to + 1)) && "$sim" "$from" $((from + 100)) --twice
    fi
    if [ $? = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
