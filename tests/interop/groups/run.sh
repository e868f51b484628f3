#!/bin/sh
# Groups of klamm and of Apache Kafka: the same answers and records, the same regular expressions, coordinators
# that move between brokers of the two kinds. About three minutes.
set -u
cd "$(dirname "$0")"
make -s -C ../../.. build/debug/tests/interop/groups/regex_tool || exit 1
python=$(../../integration/venv.sh) || exit 1
PYTHONDONTWRITEBYTECODE=1 exec "$python" groups_interop.py "$@"
