#!/bin/sh
# Fails when a file includes what docs/layers.txt does not let its folder include.
set -eu
cd "$(dirname "$0")/../.."
git ls-files '*.c' '*.h' | xargs grep -n '^#include "' /dev/null | awk '
BEGIN {
    while ((getline line < "docs/layers.txt") > 0) {
        if (line ~ /^#/ || line == "") continue
        folder = line; sub(/:.*/, "", folder)
        rest = line; sub(/^[^:]*:/, "", rest)
        may[folder] = rest
    }
}
function folder_of(path) { sub(/\/[^\/]*$/, "", path); return path }
function rule_of(folder) {
    while (!(folder in may)) {
        if (folder !~ /\//) return ""
        sub(/\/[^\/]*$/, "", folder)
    }
    return folder
}
{
    split($0, part, ":")
    file = part[1]; line = part[2]
    target = $0; sub(/^[^"]*"/, "", target); sub(/".*/, "", target)
    from = rule_of(folder_of(file)); to = folder_of(target)
    if (file ~ /_test\.c$/ && to == "tests/lib") next
    if (from == "") { print file ":" line ": folder stands in no row of docs/layers.txt"; bad = 1; next }
    if (target !~ /\//) { print file ":" line ": include \"" target "\" by its path from the root"; bad = 1; next }
    ok = (to == from || index(to, from "/") == 1 || to == folder_of(file))
    n = split(may[from], allowed, " ")
    for (i = 1; i <= n && !ok; i++) ok = (to == allowed[i] || index(to, allowed[i] "/") == 1)
    if (!ok) { print file ":" line ": " from " may not include " to " (docs/layers.txt)"; bad = 1 }
}
END { exit bad }'
echo "lint layers: ok"
