#!/bin/sh
# Installs what klamm lacks from Debian's packages, says what, and does nothing when
# all is there (so it works offline once installed).
#
#   scripts/deps.sh build          compiler and libraries: make, make run
#   scripts/deps.sh test           the above, and what make test needs
#   scripts/deps.sh interop        the above, and what the slower suites need (Java, Maven, clang)
set -eu

build="gcc make pkg-config ca-certificates libc6-dev libevent-dev libcurl4-openssl-dev libjansson-dev
 libyaml-dev libsqlite3-dev libssl-dev liblz4-dev libzstd-dev zlib1g-dev libsnappy-dev"
test="$build libcmocka-dev python3 python3-venv kcat procps git xfsprogs"
interop="$test clang libclang-rt-14-dev librdkafka-dev iproute2 nftables"

case ${1:-build} in
build) wanted=$build ;;
test) wanted=$test ;;
interop) wanted=$interop ;;
*)
    echo "deps.sh: unknown set '$1': one of build, test, interop" >&2
    exit 2
    ;;
esac

# Java and Maven by what runs, not by package: many machines have a JDK of their own.
if [ "$1" = interop ]; then
    command -v java >/dev/null 2>&1 && command -v javac >/dev/null 2>&1 || wanted="$wanted default-jdk-headless"
    command -v mvn >/dev/null 2>&1 || wanted="$wanted maven"
fi

missing=
for package in $wanted; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

echo "installing from Debian's packages:$missing"
if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null 2>&1; then
    sudo=sudo
else
    echo "deps.sh: these packages are missing and need root to install:$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086 # the packages are words
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
