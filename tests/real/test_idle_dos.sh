#!/bin/bash
# An idle DOS idles: programs that wait for a key by INT 16h, and DOS by INT 28h, ask
# some hundred times in a second, not some hundred thousand times.
# modes: rel
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
as --32 -o "$out/idler.o" tests/real/idler.S && ld -m elf_i386 --oformat binary -Ttext 0x7c00 -o "$out/disk" "$out/idler.o" || exit 1
truncate -s 1440K "$out/disk"
"$LANYARD" boot --floppy "$out/disk" --boot floppy --memory 16M --pace max --until 60s --test-exit 0xf4 \
	--serial "$out/said"
status=$?
[ $status = 1 ] || { echo "status $status"; cat "$out/said"; exit 1; }
n=0
while read -r asked; do
	n=$((n + 1))
	echo "asked $((16#$asked)) times in a second"
	((16#$asked < 1000)) || { echo "too often"; exit 1; }
done <"$out/said"
[ $n = 3 ] || { echo "$n answers"; exit 1; }
