#!/bin/sh
# Kafka Streams' word count and Kafka Connect's file source and sink on the cluster that `make run` starts.
# About a minute.
set -u
cd "$(dirname "$0")"
python=$(../../integration/venv.sh) || exit 1
PYTHONDONTWRITEBYTECODE=1 exec "$python" applications_interop.py "$@"
