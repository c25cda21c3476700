#!/bin/bash
# The Xen hypervisor, a Multiboot kernel in 64-bit mode, starts Debian's kernel
# as a paravirtualized domain 0 (in ring 3, with Xen's descriptor and page tables).
# suite: full
# limit: 600
. "$(dirname "$0")/images.sh"
tree=$(deb amd64 xen-hypervisor-4.17-amd64)
zcat "$tree/boot/xen-4.17-amd64.gz" >"$out/xen"
lanyard_boot 10s --kernel "$out/xen" --append "com1=115200,8n1 console=com1 noreboot" || die "alone: status $?"
expect "Xen version 4.17" "$out/serial"
expect "dom0 kernel not specified" "$out/serial"

initrd=$(initramfs amd64 tests/real/init-short.sh)
lanyard_boot 60s --kernel "$out/xen" --append "com1=115200,8n1 console=com1 dom0_mem=300M" --memory 512M \
	--initrd "$(kernel amd64) console=hvc0 quiet panic=-1,$initrd" || die "status $?"
expect "ENTRY ADDRESS" "$out/serial"
expect "short init runs" "$out/serial"
expect "Entering ACPI S5 state" "$out/serial"
! grep -aE 'BUG:|Oops|Xen call trace' "$out/serial" || die "somebody complains"
