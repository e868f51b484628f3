#!/bin/sh
# Faults on real processes, networks and disks: kill -9, stops, SIGSTOP, cuts one way and both, full volumes.
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
# Mounts of volumes and of network namespaces are this run's own.
alone="unshare --mount --propagation private"
[ "$(id -u)" = 0 ] || alone=
# shellcheck disable=SC2086 # a command and its words, or nothing
PYTHONDONTWRITEBYTECODE=1 exec $alone "$(../integration/venv.sh)" $script "$@"
