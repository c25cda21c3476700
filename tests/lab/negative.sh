#!/bin/bash
# Negative controls: with a mistake planted in the engine the suite of labs must
# fail: events of one time without an order, or late frames made to look early.
# modes: rel
set -u
cd "$(dirname "$0")/../.."
B=${B:-build/rel}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
libs=$(pkg-config --libs $(sed -n 's/^PKGS := //p' Makefile))
status=0

for plant in TIE CLAMP; do
	# What is compiled here comes before the same files in the library.
	objects=()
	for source in $(grep -rl --include='*.c' "LANYARD_PLANT_$plant" engine); do
		object=$dir/$plant-$(basename "$source" .c).o
		eval "$(cat "$B/.flags") -DLANYARD_PLANT_$plant -c -o $object $source" || exit 1
		objects+=("$object")
	done
	"${CC:-gcc}" -o "$dir/test-lab" "$B"/tests/lab/*.o "${objects[@]}" "$B/lanyard.a" $libs -lm -lpthread || exit 1
	"$dir/test-lab" near hub >"$dir/log" 2>&1
	case $? in
	1) echo "$plant: found, $(tail -1 "$dir/log")" ;;
	0) echo "$plant: not found"; status=1 ;;
	*) tail -3 "$dir/log"; echo "$plant: the suite broke down"; status=1 ;;
	esac
done
exit $status
