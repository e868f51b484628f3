#!/bin/sh
# install.sh BUILD_DIR DESTDIR PREFIX: what `make install` puts where.
set -eu
build=$1
to=$2$3
cd "$(dirname "$0")/.."

for directory in bin share/man/man1 share/man/man5 share/man/man8 share/bash-completion/completions \
    share/zsh/site-functions lib/systemd/system; do
    install -d "$to/$directory"
done
for program in klamm klammd klamm-agent klamm-broker; do
    install -m 755 "$build/$program" "$to/bin/$program"
done
for page in docs/man/*; do
    install -m 644 "$page" "$to/share/man/man${page##*.}/${page##*/}"
done
"$build/klamm" man >"$to/share/man/man1/klamm.1"
"$build/klamm" completion bash >"$to/share/bash-completion/completions/klamm"
"$build/klamm" completion zsh >"$to/share/zsh/site-functions/_klamm"
for unit in scripts/systemd/*.service; do
    sed "s|@bin@|$3/bin|g" "$unit" >"$to/lib/systemd/system/${unit##*/}"
done
echo "installed in $to: programs, manual pages, completion, services of systemd"
