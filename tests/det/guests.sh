#!/bin/bash
# Small guests, each a different part of the PC, flat out and paced.
. "$(dirname "$0")/det.sh"
for guest in paging tasks longmode smc timers pic uart debug; do
	reference=
	echo "$guest:"
	det_same --memory 32M --until 3s --kernel build/guest/$guest.elf
done
reference=
hash_of first "$LANYARD" boot --hash --pace max --memory 32M --until 2s --kernel build/guest/timers.elf
hash_of "in real time" "$LANYARD" boot --hash --pace realtime --memory 32M --until 2s --kernel build/guest/timers.elf
