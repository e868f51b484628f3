#!/bin/sh
# Faults on real processes and networks: kill -9, stops, SIGSTOP, cuts one way and both.
#
#   tests/faults/run.sh [ARGUMENTS of faults.py]
#   tests/faults/run.sh migrate [ARGUMENTS of migrate.py]
set -eu
cd "$(dirname "$0")"
script=faults.py
if [ "${1:-}" = migrate ]; then
    script=migrate.py
    shift
fi
PYTHONDONTWRITEBYTECODE=1 exec "$(../integration/venv.sh)" $script "$@"
