#!/bin/bash
# Folders include only what docs/layers.txt allows them, without circles, and
# every folder with sources has a line there.
# modes: rel
set -u
cd "$(dirname "$0")/.."
declare -A allowed
failed=0

while read -r folder arrow rest; do
	[ "$arrow" = '->' ] || continue
	allowed[$folder]=" base $rest "
done < <(grep -v '^#' docs/layers.txt)

# The layer of a file is its folder: "engine/pc/x.h" is of pc, "engine/cpu/decode/x.h"
# of cpu/decode, "tui/cli/x.c" of tui/cli.
layer_of() {
	local folder=${1%/*}
	layer=${folder#engine/}
}

while IFS=: read -r file include; do
	layer_of "$file"
	from=$layer
	layer_of "$include"
	to=$layer
	[ "$from" = "$to" ] && continue
	if [[ ! ${allowed[$from]-} == *" $to "* ]]; then
		echo "$file includes \"$include\": $from may not use $to (docs/layers.txt)"
		failed=1
	fi
done < <(grep -rHo --include='*.[ch]' '^#include "[^"]*"' engine capture topology tui | sed 's/#include "//; s/"$//')

# tsort complains about circles.
for folder in "${!allowed[@]}"; do
	for other in ${allowed[$folder]}; do echo "$folder $other"; done
done | tsort >/dev/null || failed=1

# A new folder needs a line.
while read -r folder; do
	layer_of "$folder/"
	[ "$layer" = base ] || [ -n "${allowed[$layer]-}" ] || { echo "$folder has no line in docs/layers.txt"; failed=1; }
done < <(find engine capture topology tui -name '*.[ch]' -printf '%h\n' | sort -u)
exit $failed
