#!/bin/sh
# Builds klamm in mode rel and the client, then compares with Apache Kafka: see run.py.
#   tests/bench/run.sh [--quick] [--pairs N] [--only klamm|apache] [P1 P4 ... C1 ...]
set -eu
cd "$(dirname "$0")/../.."
scripts/deps.sh interop
make -s MODE=rel CC="${CC:-gcc}" programs
export KLAMM_BUILD="$PWD/build/rel" KLAMM_LOAD="$PWD/build/rel/load"
${CC:-gcc} -O2 -std=gnu17 -D_GNU_SOURCE -pthread -I. -o "$KLAMM_LOAD" tests/bench/load*.c -lrdkafka
tests/interop/apache.sh >/dev/null
PYTHONDONTWRITEBYTECODE=1 exec "$(tests/integration/venv.sh)" tests/bench/run.py "$@"
