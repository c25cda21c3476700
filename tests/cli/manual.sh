#!/bin/bash
# The manual page, the completion and --help know the same options.
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
failed=0

options=$("$LANYARD" boot --help | grep -oE '^ +(-[a-z], )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | grep -v -- --help)
[ -n "$options" ] || { echo "no options in --help"; exit 1; }
for option in $options; do
	grep -q "^\\.BI\\? .*${option//-/\\\\-}" docs/lanyard.1 || { echo "docs/lanyard.1 lacks $option"; failed=1; }
	grep -q -- "$option\\b" docs/lanyard.bash || { echo "docs/lanyard.bash lacks $option"; failed=1; }
done
for option in $(sed 's/\\-/-/g' docs/lanyard.1 | grep '^\.B' | grep -oE -- '--[a-z0-9-]+' | sort -u); do
	grep -qx -- "$option" <<<"$options" || [[ $option =~ ^--(help|version)$ ]] || { echo "--help lacks $option"; failed=1; }
done
bash -n docs/lanyard.bash || failed=1
exit $failed
