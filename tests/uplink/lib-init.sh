#!/bin/busybox sh
# /init of a real QEMU beside a lab: its cards have the addresses that the kernel's
# command line says (ip=A,B,... in order), and it pings those of ping=A,B,... over
# and over until each has answered once.
/bin/busybox mkdir -p /proc /sys /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
export PATH=/bin
for m in mii e1000 8139cp; do insmod /$m.ko; done
value() { tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tr ',' '\n'; }
ip link set lo up
n=0
for a in $(value addr); do
	ip addr add "$a/24" dev eth$n
	ip link set eth$n up
	n=$((n + 1))
done
echo "=== up $n"
for a in $(value ping); do
	until ping -c 1 -W 1 "$a" >/dev/null; do :; done
	echo "=== heard $a"
done
echo "=== all"
while sleep 1; do :; done
