#!/bin/sh
# Faults on real processes and networks: kill -9, stops, SIGSTOP, cuts one way and both.
#
#   tests/faults/run.sh [ARGUMENTS of faults.py]
#   tests/faults/run.sh migrate [ARGUMENTS of migrate.py]
#   tests/faults/run.sh power [ARGUMENTS of power_cuts.py]
#   tests/faults/run.sh disk          the claims about the disk that power_cuts.py uses
set -eu
cd "$(dirname "$0")"
script=faults.py
case ${1:-} in
migrate) script=migrate.py ;;
power) script=power_cuts.py ;;
disk) script=power/disk_test.py ;;
esac
[ $script = faults.py ] || shift
PYTHONDONTWRITEBYTECODE=1 exec "$(../integration/venv.sh)" $script "$@"
