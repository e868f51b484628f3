#!/bin/sh
# Prints the Python that has what the integration tests import, making its environment when it is
# missing or when requirements.txt has changed; offline afterwards.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${KLAMM_VENV:-$(cd "$here/../.." && pwd)/build/venv}
wanted=$(sha256sum <"$here/requirements.txt")

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock"
flock 9
if [ "$(cat "$venv/made-from" 2>/dev/null)" != "$wanted" ]; then
    echo "making the Python environment of the integration tests in $venv" >&2
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt" >&2
    echo "$wanted" >"$venv/made-from"
fi
echo "$venv/bin/python"
