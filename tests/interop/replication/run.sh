#!/bin/sh
# Replicas of klamm and of Apache Kafka in one cluster: each follows the other, leaders die, logs part and
# are cut back; in the end the logs are the same bytes. About three minutes.
set -u
cd "$(dirname "$0")"
python=$(../../integration/venv.sh) || exit 1
PYTHONDONTWRITEBYTECODE=1 exec "$python" replication_interop.py "$@"
