#!/bin/bash
# Other firmware than SeaBIOS: OVMF of 2 and of 4 MiB comes to its shell, U-Boot of
# 32 and of 64 bits to its prompt.
# suite: full
# limit: 300
. "$(dirname "$0")/images.sh"

comes_to() { # WHAT FILE TEXT
	timeout 200 "$LANYARD" boot --bios "$2" --memory 128M --pace max --until 14s </dev/null >"$out/said" 2>&1 ||
		{ tail -5 "$out/said"; die "$1: it ended early"; }
	grep -aq "$3" "$out/said" || { tail -5 "$out/said"; die "$1: no '$3' in 14 s"; }
	echo "$1: $3"
}

ovmf=$(deb amd64 ovmf)/usr/share
uboot=$(deb amd64 u-boot-qemu)/usr/lib/u-boot
comes_to "OVMF, 2 MiB" "$ovmf/ovmf/OVMF.fd" "Shell>"
comes_to "OVMF, 4 MiB" "$ovmf/OVMF/OVMF_CODE_4M.fd" "Shell>"
comes_to "U-Boot, 32 bits" "$uboot/qemu-x86/u-boot.rom" "^=> "
comes_to "U-Boot, 64 bits" "$uboot/qemu-x86_64/u-boot.rom" "^=> "
