#!/bin/bash
# tcpdump 4.99.3 with libpcap 1.10.3 (Debian 12) stops reading a pcapng file at an
# interface description whose link type or snapshot length differs from the first
# one's, even if no packet belongs to it. Snapshot length 0 ("no limit") counts as
# 262144 there, so 0 beside 262144 is fine and 0 beside 65535 is not. tshark reads
# all of these files. So all interfaces of a file meant for tcpdump are alike.
cd "$(dirname "$0")" && . ./lib.sh
fetch tcpdump=4.99.3-1 tshark=4.0.17-0+deb12u3

# FILE LINKTYPE SNAPLEN: a packet, the other interface, a second packet of the first
write() {
	python3 - "$work/$1" "$2" "$3" <<'PY'
import struct, sys
def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size
def packet(n):
    data = bytes.fromhex("ffffffffffff02000000000188b5") + bytes([n] * 46)
    return block(6, struct.pack("<5I", 0, 0, n, len(data), len(data)) + data)
other = block(1, struct.pack("<HHI", int(sys.argv[2]), 0, int(sys.argv[3])))
open(sys.argv[1], "wb").write(block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) +
    block(1, struct.pack("<HHI", 1, 0, 0)) + packet(1) + other + packet(2))
PY
}
packets() { tcpdump -nr "$work/$1" 2>/dev/null | grep -c length; }
write same 1 262144
write snap 1 65535
write link 113 0
expect "packets read beside an interface of snapshot length 262144" "$(packets same)" 2
expect "... of snapshot length 65535" "$(packets snap)" 1
expect "... of link type 113" "$(packets link)" 1
expect "tshark reads of the last" "$(tshark -nr "$work/link" 2>/dev/null | wc -l)" 2
tcpdump -nr "$work/link" 2>&1 >/dev/null | grep -o 'an interface has.*' || true
finish
