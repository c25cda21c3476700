#!/bin/bash
# `make bench`: a Debian kernel and some work in it, here and in QEMU's
# translator (TCG, one thread), one after the other.
B=${B:-build/rel}
. "$(dirname "$0")/../real/images.sh"
vmlinuz=$(kernel cloud-amd64)
gcc -O2 -static -nostdlib -ffreestanding -fno-pic -no-pie -fno-stack-protector -fcf-protection=none -fno-tree-vectorize \
	-o "$out/loops" tests/bench/loops.c
initrd=$(initramfs amd64 tests/bench/init.sh "$out/loops")
exec python3 tests/bench/bench.py "$LANYARD" "$vmlinuz" "$initrd"
