#!/bin/sh
# Controllers of klamm and of Apache Kafka in one quorum: elections, snapshots, voters that come and go by
# Apache's tool. About three minutes; the names of tests as arguments choose.
set -u
cd "$(dirname "$0")"
python=$(../../integration/venv.sh) || exit 1
PYTHONDONTWRITEBYTECODE=1 exec "$python" quorum_interop.py "$@"
