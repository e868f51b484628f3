#!/bin/sh
# Runs test suites one after the other and closes with one plain line, `N passed, N failed`.
#
#   scripts/suites.sh BUILD_DIR NAME=COMMAND...
# A suite counts what its closing lines say: cmocka's `[  PASSED  ] N test(s).`, or a plain
# `N passed, N failed`. A suite that says neither, or exits non-zero without a failure of its own,
# counts as one failed test: nothing passes by silence. What failed is told again at the end, first
# with what it said, then in a line each: a reader who has only the last lines can name it.
set -u
logs=$1/logs
shift
mkdir -p "$logs"
failures=$logs/failures
failed_names=$logs/failed
: >"$failures"
: >"$failed_names"

# The failed tests of a log, each with what it said, but the last lines when it names none.
what_failed() {
    found=$(awk '/^(ok|suite|[0-9]+ passed|\[ +(OK|RUN|PASSED) )/ { of = 0 }
                 /^(FAIL|\[  FAILED  \]|\[  ERROR   \]|[^ ]*: fail)/ { of = 40 }
                 of > 0 { print substr($0, 1, 300); of-- }' "$1")
    printf '%s\n' "${found:-$(tail -n 15 "$1")}"
}

# A line for each failed test of a log.
names() {
    sed -nE 's/^(FAIL +|\[  FAILED  \] +)(.*)/\2/p; s/^([^ ]*: fail.*)/\1/p' "$1" | cut -c 1-120 | sort -u
}

passed=0
failed=0

for suite in "$@"; do
    name=${suite%%=*}
    log=$logs/$name.log
    began=$(date +%s)
    sh -c "${suite#*=}" >"$log" 2>&1
    status=$?
    ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^\([0-9]*\) passed, [0-9]* failed.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p; s/^[0-9]* passed, \([0-9]*\) failed.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    if [ "$bad" = 0 ] && { [ $status != 0 ] || [ "$ok" = 0 ]; }; then
        bad=1
    fi
    if [ "$bad" != 0 ]; then
        echo "--- $name failed (exit $status), the end of $log:"
        tail -n 60 "$log"
        { echo "--- of $name:"; what_failed "$log"; } >>"$failures"
        names "$log" | sed "s/^/failed: $name: /" >>"$failed_names"
        tail -n 1 "$failed_names" | grep -q "^failed: $name: " || echo "failed: $name (exit $status)" >>"$failed_names"
    fi
    echo "suite $name: $ok ok, $bad bad, $(($(date +%s) - began)) s"
    passed=$((passed + ok))
    failed=$((failed + bad))
done
[ $failed = 0 ] || cat "$failures" "$failed_names"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
