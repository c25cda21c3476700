#!/bin/sh
# side-by-side.sh TRACE: the second of the old card's ping and that of the new one's,
# out of a file that `lanyard test --trace nic:alice:eth0,nic:carol:eth0` wrote.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# second PC: its lines, with the microseconds since the first of them
lines() {
	awk -v second="$1" -v card="$2:eth0" '
		$2 == card && int($1) == second {
			if (!first) first = $1
			printf "%6d", ($1 - first) * 1e6
			for (n = 4; n <= NF; n++) printf " %s", $n
			print ""
		}' "$3" >"$dir/$2"
}
lines 5 alice "$1"
lines 6 carol "$1"
pr -m -t -w "${COLUMNS:-150}" "$dir/alice" "$dir/carol"
