#!/bin/bash
# tshark 4.0.17 (Debian 12) gives every Custom Block of a pcapng file a frame
# number and a row of its own, without a time, while tcpdump 4.99.3 and capinfos
# pass it over. The pcapng draft (section 4.8) lets a reader skip what it does not
# know; one expects "not a packet". So notes written between packets shift the
# frame numbers that a teacher reads out: put them into a packet's opt_comment.
cd "$(dirname "$0")" && . ./lib.sh
fetch tshark=4.0.17-0+deb12u3 wireshark-common=4.0.17-0+deb12u3 tcpdump=4.99.3-1

python3 - "$work/f.pcapng" <<'PY'
import struct, sys
def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size
def packet(n):
    data = bytes.fromhex("ffffffffffff02000000000188b5") + bytes([n] * 46)
    return block(6, struct.pack("<5I", 0, 0, n, len(data), len(data)) + data)
section = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
note = block(0x00000bad, struct.pack("<I", 32473) + b"a note")  # the example PEN of RFC 5612
open(sys.argv[1], "wb").write(section + block(1, struct.pack("<HHI", 1, 0, 0)) + packet(1) + note + packet(2))
PY
expect "frames that tcpdump counts" "$(tcpdump -nr "$work/f.pcapng" 2>/dev/null | grep -c length)" 2
expect "packets that capinfos counts" "$(capinfos -Mc "$work/f.pcapng" | awk '/Number of packets/ { print $NF }')" 2
expect "tshark's frame numbers of Ethernet frames" \
	"$(tshark -nr "$work/f.pcapng" -Y eth -T fields -e frame.number 2>/dev/null | xargs)" "1 3"
expect "rows that tshark prints" "$(tshark -nr "$work/f.pcapng" 2>/dev/null | wc -l)" 3
finish
