#!/bin/bash
# Our decoder and Zydis agree on the length of every instruction of some real
# programs: 64-bit and 32-bit busybox, the C library, a kernel's modules.
# limit: 200
. "$(dirname "$0")/../real/images.sh"
box64=$(busybox amd64)
box32=$(busybox i386)
ext4=$(module amd64 ext4)
btrfs=$(module 686-pae btrfs)
"$B/tests/zydis_check" "$box64" "$box32" "$ext4" "$btrfs" /lib/x86_64-linux-gnu/libc.so.6
