#!/bin/bash
# Installs the Debian packages of the groups named on the command line
# (.ci/packages.txt) that are missing. Says what it does; nothing missing,
# nothing done.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
for group in "$@"; do
	while read -r package; do
		dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done < <(awk -v g="$group" '$1 == g { print $2 }' packages.txt)
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=()
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "deps: as root: apt-get install ${missing[*]}" >&2; exit 1; }
	sudo=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
echo "deps: installing ${missing[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
