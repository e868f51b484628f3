#!/bin/sh
# Fails on functions that klamm does not use, on marks of unfinished work, on long lines.
set -eu
cd "$(dirname "$0")/../.."
bad=0
files=$(git ls-files '*.c' '*.h')

ban() { # pattern, reason, files
    # shellcheck disable=SC2086 # files are words
    if grep -nE "$1" $3 /dev/null; then
        echo "banned: $2"
        bad=1
    fi
}
ban '(^|[^_[:alnum:]])(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|atof)[[:space:]]*\(' \
    'use str, buf, snprintf or a checked parser' "$files"
ban '(FIXME|TODO)' 'finish it or write an issue' "$files"
tests=$(git ls-files '*_test.c')
ban '(^|[^_[:alnum:]])(sleep|usleep|nanosleep)[[:space:]]*\(' 'tests poll with a deadline' "$tests"
heap=$(git ls-files 'broker/*.c' 'controlplane/*.c' 'agent/*.c' 'api/*.c')
ban '(^|[^_[:alnum:]])(malloc|calloc|realloc)[[:space:]]*\(' 'use common/mem.h' "$heap"
# shellcheck disable=SC2086
if awk 'length($0) > 110 { print FILENAME ":" FNR ": " length($0) " columns"; bad = 1 } END { exit bad }' $files; then :; else
    echo "banned: lines over 110 columns (aim at 100)"
    bad=1
fi
[ $bad = 0 ] && echo "lint banned: ok"
exit $bad
