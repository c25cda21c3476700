#!/bin/bash
# PCs boot over the net, with the boot ROMs of both cards, from a server in the lab.
# suite: full
# limit: 1200
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$LANYARD" image build --if-needed debian
mkdir "$dir/tftp"
cp tests/lab/debian/netboot.yaml "$dir"
cp build/guest/netguest.elf "$dir/tftp"
cat >"$dir/tftp/boot.ipxe" <<'IPXE'
#!ipxe
kernel netguest.elf ramdisk
boot
IPXE
"$LANYARD" test --capture-dir "$dir" "$dir/netboot.yaml"
