#!/bin/bash
# What the group `pc` boots: prints the paths of Debian's cloud kernel and of an
# initramfs with busybox and our loops.
. "$(dirname "$0")/../real/images.sh"
gcc -O2 -static -nostdlib -ffreestanding -fno-pic -no-pie -fno-stack-protector -fcf-protection=none -fno-tree-vectorize \
	-o "$out/loops" tests/bench/loops.c
kernel cloud-amd64
initramfs amd64 tests/bench/pc_init.sh "$out/loops"
