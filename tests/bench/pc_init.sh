#!/bin/busybox sh
# /init of the benchmark: each piece of work between two lines that the host
# gives a time to. The number is the guest's clock.
export PATH=/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
begin() { echo "@begin $1 $(cut -d' ' -f1 /proc/uptime)"; }
end() { echo "@end $1 $(cut -d' ' -f1 /proc/uptime)"; }

echo
echo "@end boot $(cut -d' ' -f1 /proc/uptime)"
begin integers; /loops int; end integers
begin x87; /loops x87; end x87
begin sse; /loops sse; end sse
begin sha256; dd if=/dev/zero bs=1M count=40 2>/dev/null | sha256sum >/dev/null; end sha256
begin shell
i=0
while [ $i -lt 100000 ]; do i=$((i + 1)); done
end shell
begin fork
i=0
while [ $i -lt 200 ]; do /bin/busybox true; i=$((i + 1)); done
end fork
poweroff -f
