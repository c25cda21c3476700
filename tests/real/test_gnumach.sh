#!/bin/bash
# GNU Mach, a Multiboot kernel, of 32 and of 64 bits: it looks at the board's
# devices and then misses its first program.
. "$(dirname "$0")/images.sh"
truncate -s 8M "$out/disk.img"
mach() { # ARCH CPU
	zcat "$(deb "$1" gnumach-image-1.8-486)/boot/gnumach-1.8-486.gz" >"$out/gnumach"
	lanyard_boot 3s --kernel "$out/gnumach" --append "console=com0" --memory 32M --cpu "$2" --disk "$out/disk.img" ||
		die "$1: status $?"
	expect "GNU Mach 1.8" "$out/serial"
	[ "$1" = amd64 ] || expect "hd0: got CHS=16/16/63 CTL=c8 from BIOS" "$out/serial"
	expect "RTC time is 2024-01-01 00:00:0" "$out/serial"
	expect "No bootstrap code loaded with the kernel" "$out/serial"
}
mach i386 686
mach amd64 x86-64
