#!/bin/bash
# iPXE as a kernel and from its CD-ROM comes to its prompt.
# suite: full
# limit: 200
. "$(dirname "$0")/images.sh"
tree=$(deb amd64 ipxe)
lanyard_boot 10s --kernel "$tree/boot/ipxe.lkrn" --append "shell" --memory 64M --screenshot "$out/kernel.txt" || die "status $?"
expect "iPXE 1." "$out/kernel.txt"
expect "iPXE>" "$out/kernel.txt"
iso=$(find "$tree" -name 'ipxe.iso' | head -1)
[ -z "$iso" ] || {
	lanyard_boot 20s --cdrom "$iso" --boot cdrom --memory 64M --screenshot "$out/cd.txt" || die "CD: status $?"
	expect "iPXE 1." "$out/cd.txt"
}
