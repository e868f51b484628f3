#!/bin/sh
# Fails when a header does not compile alone.
set -eu
cd "$(dirname "$0")/../.."
bad=0
for h in $(git ls-files '*.h' ':!:tests/lib/test.h'); do
    echo "#include \"$h\"" | ${CC:-gcc} -std=gnu17 -D_GNU_SOURCE -I. -fsyntax-only -Wall -Wno-unused-function -x c - || {
        echo "$h does not compile alone"
        bad=1
    }
done
[ $bad = 0 ] && echo "lint headers: ok"
exit $bad
