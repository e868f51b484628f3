#!/bin/sh
# Runs the unit test programs given, all of them, and prints what fails.
bad=0
for t in "$@"; do
    if timeout 300 "$t" >"$t.log" 2>&1; then
        grep -h '^\[  PASSED  \]' "$t.log"
    else
        echo "--- $t failed:"
        cat "$t.log"
        grep -q '^\[  FAILED  \]' "$t.log" || echo "[  FAILED  ] 1 test(s): $t died"
        bad=1
    fi
done
exit $bad
