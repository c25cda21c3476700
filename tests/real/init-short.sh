#!/bin/busybox sh
# /init that shows that the kernel came so far, and turns the PC off.
export PATH=/bin
mount -t proc proc /proc
echo "short init runs: $(uname -m), $(grep -c . /proc/filesystems) file systems"
poweroff -f
