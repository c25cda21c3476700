#!/bin/bash
# SYSLINUX from a FAT floppy on a 486, and from a hard disk by way of its master
# boot record and menu, where it starts Linux.
. "$(dirname "$0")/images.sh"
export MTOOLS_SKIP_CHECK=1
tree=$(deb amd64 syslinux)
common=$(deb amd64 syslinux-common)/usr/lib/syslinux
modules=("$common"/modules/bios/{ldlinux,libcom32,libutil,menu,linux}.c32)

install() { # IMAGE OFFSET CONFIG
	"$tree/usr/bin/syslinux" -i -t "$2" "$1"
	mcopy -o -i "$1@@$2" "${modules[@]}" ::
	mcopy -o -i "$1@@$2" "$3" ::syslinux.cfg
}

floppy() {
	printf 'SERIAL 0 115200\nDEFAULT nothing\nPROMPT 1\nTIMEOUT 5\nSAY on a floppy\nLABEL nothing\n  LOCALBOOT -1\n' >"$out/floppy.cfg"
	mformat -C -f 1440 -i "$out/floppy.img" ::
	install "$out/floppy.img" 0 "$out/floppy.cfg"
	lanyard_boot 5s --floppy "$out/floppy.img" --memory 4M --cpu 486 --screenshot "$out/floppy.txt" || die "floppy: status $?"
	expect "SYSLINUX 6." "$out/serial"
	expect "on a floppy" "$out/floppy.txt"
}

disk() {
	local image=$out/disk.img
	cat >"$out/disk.cfg" <<-'END'
		SERIAL 0 115200
		DEFAULT menu.c32
		TIMEOUT 10
		MENU TITLE A menu on a disk
		LABEL linux
		  MENU LABEL Debian
		  LINUX /vmlinuz
		  INITRD /initrd.gz
		  APPEND console=ttyS0 quiet panic=-1
	END
	truncate -s 96M "$image"
	dd if="$common/mbr/mbr.bin" of="$image" conv=notrunc status=none
	# One active FAT partition from sector 2048 on.
	{ printf '\x80\0\0\0\x0c\0\0\0\0\x08\0\0\0\xf8\x02\0'; head -c 48 /dev/zero; } | dd of="$image" bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$image" bs=1 seek=510 conv=notrunc status=none
	mformat -i "$image@@1M" -T 194560 -h 16 -s 63 -H 2048 ::
	install "$image" $((1 << 20)) "$out/disk.cfg"
	mcopy -i "$image@@1M" "$(kernel cloud-amd64)" ::vmlinuz
	mcopy -i "$image@@1M" "$(initramfs amd64 tests/real/init-short.sh)" ::initrd.gz
	lanyard_boot 60s --disk "$image" || die "disk: status $?"
	expect "A menu on a disk" "$out/serial"
	expect "short init runs" "$out/serial"
}

floppy
disk
