#!/bin/sh
# Every lint; closes with `N passed, N failed`.
here=$(dirname "$0")
passed=0
failed=0
for lint in layers.sh banned.sh size.py headers.sh; do
    if "$here/$lint"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
