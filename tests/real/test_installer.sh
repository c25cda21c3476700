#!/bin/bash
# Debian's installer, which is a system of its own: of i386 on the serial line, of
# amd64 on the screen, to its first dialog.
# suite: full
# limit: 900
. "$(dirname "$0")/images.sh"
netboot() { echo "$(deb amd64 "debian-installer-12-netboot-$1")/usr/lib/debian-installer/images/12/$1/text/debian-installer/$1"; }
dir=$(netboot i386)
lanyard_boot 60s --kernel "$dir/linux" --initrd "$dir/initrd.gz" --append "console=ttyS0 TERM=vt100" --memory 256M --cpu 686 ||
	die "i386: status $?"
expect "Insufficient memory" "$out/serial"
expect "<Continue>" "$out/serial"
dir=$(netboot amd64)
lanyard_boot 60s --kernel "$dir/linux" --initrd "$dir/initrd.gz" --memory 512M --screenshot "$out/screen.txt" || die "amd64: status $?"
expect "Entering low memory mode" "$out/screen.txt"
expect "<Continue>" "$out/screen.txt"
