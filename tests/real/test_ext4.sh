#!/bin/bash
# A guest writes an ext4 file system on an IDE disk, by DMA and by PIO; the host
# finds it clean and its files as they should be. Without --commit the image
# stays as it was.
# suite: full
# limit: 600
. "$(dirname "$0")/images.sh"
export PATH=$PATH:/sbin:/usr/sbin
vmlinuz=$(kernel amd64)
modules=(libata ata_piix scsi_common scsi_mod t10-pi crc64 crc64-rocksoft crc-t10dif crct10dif_common crct10dif_generic sd_mod
	crc16 crc32c_generic libcrc32c mbcache jbd2 ext4 ata_generic)
mkdir -p "$out/modules"
for name in "${modules[@]}"; do
	file=$(module amd64 "$name")
	[ -z "$file" ] || cp "$file" "$out/modules/$name.ko"
done
cat >"$out/init.sh" <<'END'
#!/bin/busybox sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
# insmod does not look at the kernel's command line, and each module needs
# others: again until nothing new goes in.
dma=$(sed -n 's/.*libata\.\(dma=[0-9]\).*/\1/p' /proc/cmdline)
for turn in 1 2 3 4 5 6; do
	for m in /modules/*.ko; do
		case $m in
		*/libata.ko) insmod $m $dma 2>/dev/null ;;
		*) insmod $m 2>/dev/null ;;
		esac
	done
done
for wait in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/sda ] || sleep 1; done
mount -t ext4 /dev/sda /tmp || { cat /proc/modules; dmesg | tail -20; poweroff -f; }
cat /tmp/seed | sha256sum
i=0
while [ $i -lt 200 ]; do echo "file $i" >/tmp/f$i; i=$((i + 1)); done
dd if=/dev/zero bs=64k count=100 2>/dev/null | tr '\0' 'L' >/tmp/large
i=0
while [ $i -lt 200 ]; do rm /tmp/f$i; i=$((i + 2)); done
mkdir /tmp/dir && mv /tmp/f1 /tmp/dir/moved
sync
echo 3 >/proc/sys/vm/drop_caches
sha256sum </tmp/large
umount /tmp
dmesg | grep -E 'ata[0-9.]+: .*(error|fail|exception|reset)|I/O error|EXT4-fs error|BUG:|Oops'
cat /sys/class/ata_device/dev1.0/xfer_mode
echo "=== end"
poweroff -f
END
initrd=$(initramfs amd64 "$out/init.sh" "$out/modules")

try() { # LABEL PATTERN ARGS
	local image=$out/$1.img option=$1 pattern=$2 before
	shift 2
	truncate -s 48M "$image"
	head -c 3000000 "$vmlinuz" >"$out/seed"
	mkdir -p "$out/root"
	mv "$out/seed" "$out/root/seed"
	mke2fs -q -t ext4 -F -d "$out/root" "$image"
	before=$(sha256sum <"$image")
	lanyard_boot 120s --kernel "$vmlinuz" --initrd "$initrd" --disk "$image" --append "console=ttyS0 quiet panic=-1 $option" ||
		die "status $?"
	expect "=== end" "$out/serial"
	[ "$(sha256sum <"$image")" = "$before" ] || die "the image changed without --commit"
	lanyard_boot 120s --kernel "$vmlinuz" --initrd "$initrd" --disk "$image" --commit \
		--append "console=ttyS0 quiet panic=-1 $option" || die "status $?"
	expect "=== end" "$out/serial"
	expect "$(sha256sum <"$out/root/seed")" "$out/serial"
	expect "$(head -c 6553600 /dev/zero | tr '\0' L | sha256sum)" "$out/serial"
	expect "$pattern" "$out/serial"
	! grep -aE 'ata[0-9.]+: |I/O error|EXT4-fs error|BUG:|Oops' "$out/serial" || die "the kernel complains"
	e2fsck -fn "$image" >"$out/e2fsck" 2>&1 || { cat "$out/e2fsck"; die "the file system is not clean"; }
	[ "$(debugfs -R 'cat dir/moved' "$image" 2>/dev/null)" = "file 1" ] || die "dir/moved"
	[ "$(debugfs -R 'cat large' "$image" 2>/dev/null | sha256sum)" = "$(head -c 6553600 /dev/zero | tr '\0' L | sha256sum)" ] ||
		die "large"
	debugfs -R 'stat f2' "$image" 2>&1 | grep -q 'not found' || die "f2 should be gone"
}
try libata.dma=7 DMA
try libata.dma=0 PIO
