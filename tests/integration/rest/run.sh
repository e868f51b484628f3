#!/bin/sh
# boto3 and the AWS CLI against klammd; KLAMMD names another program than build/debug/klammd.
set -eu
cd "$(dirname "$0")/../../.."
python=$(tests/integration/venv.sh)
exec "$python" tests/integration/rest/rest_test.py "${KLAMMD:-build/${MODE:-debug}/klammd}" \
    "$(dirname "$python")/aws" "$@"
