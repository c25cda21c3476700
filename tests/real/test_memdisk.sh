#!/bin/bash
# MEMDISK, started as a Linux kernel, keeps a floppy image in high memory and is
# the BIOS's disk interrupt for the system in it: here GRUB 2, then GRUB legacy.
. "$(dirname "$0")/images.sh"
grub=/usr/lib/grub/i386-pc
[ -e $grub/boot.img ] || { echo "no GRUB images"; exit 77; }
memdisk=$(deb amd64 syslinux-common)/usr/lib/syslinux/memdisk
printf 'serial --unit=0 --speed=115200\nterminal_output serial\necho "GRUB in a memory disk"\nls\nhalt\n' >"$out/grub.cfg"
grub-mkimage -O i386-pc -p '(fd0)/' -c "$out/grub.cfg" -o "$out/core.img" biosdisk serial terminal echo halt ls
cat $grub/boot.img "$out/core.img" >"$out/floppy.img"
truncate -s 1440K "$out/floppy.img"
lanyard_boot 20s --kernel "$memdisk" --initrd "$out/floppy.img" --append floppy --memory 32M || die "status $?"
expect "GRUB in a memory disk" "$out/serial"
expect "(fd0)" "$out/serial"

legacy=$(deb amd64 grub-legacy)/usr/lib/grub/x86_64-pc
[ -d "$legacy" ] || legacy=$(deb amd64 grub-legacy)/usr/lib/grub/i386-pc
cat "$legacy/stage1" "$legacy/stage2" >"$out/legacy.img"
truncate -s 1440K "$out/legacy.img"
lanyard_boot 150ms --kernel "$memdisk" --initrd "$out/legacy.img" --append floppy --memory 32M --screenshot "$out/memory.txt" ||
	die "status $?"
expect "GNU GRUB  version 0.97  (637K lower" "$out/memory.txt"
lanyard_boot 150ms --floppy "$out/legacy.img" --memory 32M --screenshot "$out/floppy.txt" || die "status $?"
expect "GNU GRUB  version 0.97  (639K lower / 31" "$out/floppy.txt"
