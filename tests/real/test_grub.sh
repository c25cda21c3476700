#!/bin/bash
# GRUB from a floppy, from a hard disk (where it starts Linux from a FAT
# partition) and from a CD-ROM (where it starts a Multiboot guest).
# suite: full
# limit: 400
. "$(dirname "$0")/images.sh"
grub=/usr/lib/grub/i386-pc
[ -e $grub/boot.img ] || { echo "no GRUB images"; exit 77; }
serial="serial --unit=0 --speed=115200
terminal_output serial
terminal_input serial"

core() { # PREFIX CONFIG MODULES...
	local prefix=$1 config=$2
	shift 2
	grub-mkimage -O i386-pc -p "$prefix" -c "$config" -o "$out/core.img" biosdisk serial terminal echo halt "$@"
}

floppy() {
	printf '%s\necho "GRUB from a floppy"\nhalt\n' "$serial" >"$out/floppy.cfg"
	core '(fd0)/' "$out/floppy.cfg"
	cat $grub/boot.img "$out/core.img" >"$out/floppy.img"
	truncate -s 1440K "$out/floppy.img"
	lanyard_boot 60s --floppy "$out/floppy.img" --boot floppy || die "floppy: status $?"
	expect "GRUB from a floppy" "$out/serial"
}

disk() {
	local image=$out/disk.img initrd vmlinuz
	printf '%s\nset root=(hd0,msdos1)\nlinux /vmlinuz console=ttyS0 quiet panic=-1\ninitrd /initrd.gz\nboot\nhalt\n' "$serial" >"$out/disk.cfg"
	core '(hd0,msdos1)/' "$out/disk.cfg" part_msdos fat linux boot
	[ "$(stat -c %s "$out/core.img")" -lt 1000000 ] || die "core.img is too big for the gap"
	vmlinuz=$(kernel cloud-amd64)
	initrd=$(initramfs amd64 tests/real/init-short.sh)
	truncate -s 64M "$image"
	dd if=$grub/boot.img of="$image" conv=notrunc status=none
	dd if="$out/core.img" of="$image" bs=512 seek=1 conv=notrunc status=none
	# One FAT partition from sector 2048 on; boot.img has code for floppies there.
	{ printf '\x80\0\0\0\x0c\0\0\0\0\x08\0\0\0\xf8\x01\0'; head -c 48 /dev/zero; } | dd of="$image" bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$image" bs=1 seek=510 conv=notrunc status=none
	mformat -i "$image@@1M" -T 129024 -h 16 -s 63 -F ::
	mcopy -i "$image@@1M" "$vmlinuz" ::vmlinuz
	mcopy -i "$image@@1M" "$initrd" ::initrd.gz
	lanyard_boot 60s --disk "$image" || die "disk: status $?"
	expect "short init runs" "$out/serial"
}

cdrom() {
	mkdir -p "$out/cd/boot/grub"
	cp build/guest/gates.elf "$out/cd/guest.elf"
	printf '%s\necho "GRUB from a CD-ROM"\nmultiboot /guest.elf\nboot\n' "$serial" >"$out/cd/boot/grub/grub.cfg"
	grub-mkrescue -d $grub -o "$out/cd.iso" "$out/cd" >"$out/mkrescue.log" 2>&1 || { cat "$out/mkrescue.log"; exit 1; }
	status=0
	lanyard_boot 60s --cdrom "$out/cd.iso" --test-exit 0xf4 || status=$?
	[ $status = 1 ] || die "CD-ROM: status $status"
	expect "GRUB from a CD-ROM" "$out/serial"
	# The same image as a hard disk.
	status=0
	lanyard_boot 60s --disk "$out/cd.iso" --test-exit 0xf4 || status=$?
	[ $status = 1 ] || die "CD-ROM image as a disk: status $status"
}

floppy
cdrom
disk
