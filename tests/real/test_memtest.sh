#!/bin/bash
# memtest86+ in 32 and 64 bits: its first tests of all memory, without an error.
# suite: full
# limit: 600
. "$(dirname "$0")/images.sh"
tree=$(deb amd64 memtest86+)
for variant in x64 ia32; do
	lanyard_boot "${1:-12s}" --memory 16M --kernel "$tree/boot/memtest86+$variant.bin" --screenshot "$out/$variant.txt" ||
		die "$variant: status $?"
	expect "Memtest86+" "$out/$variant.txt"
	# The status line: tests done, no errors.
	grep -qE 'Errors: *0|Error: *0|Status:.*(Testing|Pass)' "$out/$variant.txt" || { cat "$out/$variant.txt"; die "$variant: no status"; }
	! grep -qE 'Errors: *[1-9]|FAIL' "$out/$variant.txt" || { cat "$out/$variant.txt"; die "$variant: errors"; }
done
