#!/bin/sh
# Runs the integration tests against the programs of KLAMM_BUILD (default build/debug).
#
#   tests/integration/run.sh          the quick ones: make test
#   tests/integration/run.sh --full   everything, 1 M records: .ci/run
#   tests/integration/run.sh FILE...  these alone
# Each file closes with `N passed, N failed`.
set -u
cd "$(dirname "$0")"
python=$(./venv.sh) || exit 1
if [ "${1:-}" = --full ]; then
    export KLAMM_FULL=1 KLAMM_RECORDS=1000000 KLAMM_KILLS=${KLAMM_KILLS:-25} KLAMM_COPY_RECORDS=1000000 KLAMM_COPY_KILLS=25
fi
bad=0
[ $# -gt 0 ] && [ "$1" != --full ] || set -- dev_test.py nodes_test.py certificates_test.py crash_test.py failover_test.py replication_test.py damage_test.py \
    groups_test.py share_test.py txn_test.py exactly_once_test.py copy_job_test.py compaction_test.py config_test.py \
    operations_test.py monitoring_test.py moving_test.py quotas_test.py rebalance_test.py scaling_test.py service_test.py volumes_test.py limits_test.py
for tests in "$@"; do
    PYTHONDONTWRITEBYTECODE=1 "$python" $tests || bad=1
done
exit $bad
