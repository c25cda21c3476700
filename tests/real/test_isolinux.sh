#!/bin/bash
# ISOLINUX from a CD-ROM starts Linux.
# suite: full
# limit: 300
. "$(dirname "$0")/images.sh"
[ -e /usr/lib/ISOLINUX/isolinux.bin ] || { echo "no ISOLINUX"; exit 77; }
vmlinuz=$(kernel cloud-amd64)
initrd=$(initramfs amd64 tests/real/init-short.sh)
mkdir -p "$out/cd/isolinux"
cp "$vmlinuz" "$out/cd/vmlinuz"
cp "$initrd" "$out/cd/initrd.gz"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$out/cd/isolinux"
cat >"$out/cd/isolinux/isolinux.cfg" <<'END'
SERIAL 0 115200
DEFAULT linux
PROMPT 0
LABEL linux
  KERNEL /vmlinuz
  INITRD /initrd.gz
  APPEND console=ttyS0 quiet panic=-1
END
xorriso -as mkisofs -quiet -J -R -o "$out/cd.iso" -b isolinux/isolinux.bin -c isolinux/boot.cat \
	-no-emul-boot -boot-load-size 4 -boot-info-table "$out/cd" 2>"$out/xorriso.log" || { cat "$out/xorriso.log"; exit 1; }
lanyard_boot 120s --cdrom "$out/cd.iso" --boot cdrom || die "status $?"
expect "ISOLINUX" "$out/serial"
expect "short init runs" "$out/serial"
