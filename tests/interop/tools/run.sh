#!/bin/sh
# Apache Kafka's command line tools against a cluster of klamm's and one of Apache's: the same commands, the same
# answers. About three minutes; the names of tests as arguments choose.
set -u
cd "$(dirname "$0")"
python=$(../../integration/venv.sh) || exit 1
export PYTHONDONTWRITEBYTECODE=1
"$python" tools_interop.py "$@"
bad=$?
"$python" directories_interop.py "$@" || bad=1
"$python" quotas_interop.py "$@" || bad=1
exit $bad
