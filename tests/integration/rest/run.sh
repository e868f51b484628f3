#!/bin/sh
# boto3 and the AWS CLI against klammd; KLAMMD names another program than build/debug/klammd. Without arguments
# the klamm command too.
set -eu
cd "$(dirname "$0")/../../.."
python=$(tests/integration/venv.sh)
klammd=${KLAMMD:-build/${MODE:-debug}/klammd}
[ $# -gt 0 ] || "$python" tests/integration/rest/cli_test.py "$klammd" "$(dirname "$klammd")/klamm"
exec "$python" tests/integration/rest/rest_test.py "$klammd" "$(dirname "$python")/aws" "$@"
