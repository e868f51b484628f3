#!/bin/sh
# boto3 and the AWS CLI against klammd. They live in a virtual environment below build/, made by the first
# run and used offline from then on; PYTHON and AWS name others.
set -eu
cd "$(dirname "$0")/../../.."
venv=build/venv-rest
if [ -z "${PYTHON:-}" ] && ! "$venv/bin/python" -c 'import boto3' 2>/dev/null || [ -z "${AWS:-}" ] && [ ! -x "$venv/bin/aws" ]; then
    echo "installing boto3 and awscli with pip into $venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check boto3 awscli
fi
exec "${PYTHON:-$venv/bin/python}" tests/integration/rest/rest_test.py "${KLAMMD:-build/${MODE:-debug}/klammd}" \
    "${AWS:-$PWD/$venv/bin/aws}" "$@"
