#!/bin/busybox sh
# /init of the test systems: the work between two marks, then what the kernel
# complained about, then off.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
echo
echo "=== begin"
sh /work.sh 2>&1
echo "=== complaints"
dmesg | grep -iE 'BUG:|WARNING:|Oops|general protection|segfault|traps:|Call Trace|hung|stall|not syncing|unexpected'
echo "=== end"
poweroff -f
