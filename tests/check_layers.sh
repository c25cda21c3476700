#!/bin/bash
# Folders include only what docs/layers.txt allows them, without circles, and
# files that include nothing of another folder say so by being there.
# modes: rel
set -u
cd "$(dirname "$0")/.."
declare -A allowed
failed=0

while read -r folder arrow rest; do
	[ "$arrow" = '->' ] || continue
	allowed[$folder]=" base $rest "
done < <(grep -v '^#' docs/layers.txt)

# "engine/pc/x.h" is of layer pc; "tui/x.h" of layer tui.
layer_of() { sed 's,^engine/,,; s,/.*,,' <<<"$1"; }

while IFS=: read -r file include; do
	from=$(layer_of "$file")
	to=$(layer_of "$include")
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
for folder in engine/*/ capture topology tui; do
	compgen -G "$folder/*.[ch]" >/dev/null || continue
	layer=$(layer_of "${folder%/}")
	[ "$layer" = base ] || [ -n "${allowed[$layer]-}" ] || { echo "$folder has no line in docs/layers.txt"; failed=1; }
done
exit $failed
