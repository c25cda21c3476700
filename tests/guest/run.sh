#!/bin/bash
# Runs a guest: it passes if it writes 0 to the exit port (status 1). A source
# may say "run: ARGS" in its first lines; DISK there is an image whose sector n
# holds the 32-bit number n all over, FLOPPY one of 1440 KiB.
set -u
cd "$(dirname "$0")/../.."
name=$(basename "$1" .elf)
source=$(ls tests/guest/"$name".[cS])
read -r -a args < <(sed -n '1,6s/^.*run: *\([^*]*\).*/\1/p' "$source"; echo)
disk=$(mktemp)
trap 'rm -f "$disk"' EXIT
numbered() { # NAME SECTORS
	[[ " ${args[*]-} " == *" $1 "* ]] || return
	python3 -c 'import struct, sys
for n in range(int(sys.argv[1])): sys.stdout.buffer.write(struct.pack("<I", n) * 128)' "$2" >"$disk"
	args=("${args[@]/$1/$disk}")
}
numbered DISK 2048
numbered FLOPPY 2880
${EMULATOR:-"$LANYARD"} boot --kernel "$1" --test-exit 0xf4 --pace max --until 60s --memory 32M --serial /dev/null \
	${args[@]+"${args[@]}"}
status=$?
[ $status = 1 ] || { echo "status $status"; exit 1; }
