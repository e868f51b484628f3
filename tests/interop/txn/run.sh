#!/bin/sh
# Transactions between klamm and Apache Kafka: coordinators and partitions on brokers of both kinds, Apache's Java
# producers and its transactions tool, klamm's files as Apache reads them. About four minutes.
set -u
cd "$(dirname "$0")"
python=$(../../integration/venv.sh) || exit 1
PYTHONDONTWRITEBYTECODE=1 exec "$python" txn_interop.py "$@"
