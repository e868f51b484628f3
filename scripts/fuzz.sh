#!/bin/sh
# Fuzz targets: `fuzz.sh replay BUILD` replays the committed corpus (built with sanitizers by make),
# `fuzz.sh run SECONDS [TARGET]` builds with clang's libFuzzer and looks for more.
set -u
cd "$(dirname "$0")/.."

replay() {
    passed=0
    failed=0
    for target in tests/fuzz/*_fuzz.c; do
        name=$(basename "$target" _fuzz.c)
        if out=$("$1/tests/fuzz/${name}_fuzz" "tests/fuzz/corpus/$name" 2>"$1/$name.fuzz.log"); then
            n=${out%% *}
            passed=$((passed + n))
        else
            echo "FAILED $name:"
            tail -n 40 "$1/$name.fuzz.log"
            failed=$((failed + 1))
        fi
    done
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]
}

run() {
    seconds=$1
    for target in tests/fuzz/${2:-*}_fuzz.c; do
        name=$(basename "$target" _fuzz.c)
        out=build/fuzz/$name
        mkdir -p "$out/corpus"
        # shellcheck disable=SC2046 # the sources are words
        clang -std=gnu17 -g -O1 -D_GNU_SOURCE -I. -pthread -fsanitize=fuzzer,address,undefined \
            -fno-sanitize-recover=undefined -o "$out/$name" "$target" \
            $(find common api broker -name '*.c' ! -name '*_test.c' ! -name main.c ! -path 'api/cli/*') \
            -lcurl -ljansson -lyaml -lssl -lcrypto -llz4 -lzstd -lz -lsnappy -lm || exit 1
        echo "fuzzing $name for $seconds s"
        "$out/$name" -max_total_time="$seconds" -timeout=10 -artifact_prefix="$out/" "$out/corpus" \
            "tests/fuzz/corpus/$name" >"$out/log" 2>&1 || { tail -n 40 "$out/log"; exit 1; }
        tail -n 2 "$out/log"
    done
}

case ${1:-} in
replay) replay "$2" ;;
run) run "${2:-60}" ${3:+"$3"} ;;
*)
    echo "usage: fuzz.sh replay BUILD | run SECONDS [TARGET]" >&2
    exit 2
    ;;
esac
