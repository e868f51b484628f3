#!/bin/sh
# Share groups of klamm and of Apache Kafka: the same answers, Apache's share consumers while brokers are killed, leaders
# and coordinators of both kinds in one cluster. About four minutes.
set -u
cd "$(dirname "$0")"
python=$(../../integration/venv.sh) || exit 1
PYTHONDONTWRITEBYTECODE=1 exec "$python" share_interop.py "$@"
