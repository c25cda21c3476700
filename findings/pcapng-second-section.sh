#!/bin/bash
# A pcapng stream may begin a second section, whose interfaces are counted from 0
# again (draft, section 4.1). tshark 4.0.17 (Debian 12) reads the packets, but
# calls those of the second section's interface 0 by the name that interface 0 had
# in the first section: a display filter on the second name finds nothing, and
# capinfos counts them for the first. One expects the second section's own names.
# So a live stream stays one section for its life; a late port is a late interface
# description block.
cd "$(dirname "$0")" && . ./lib.sh
fetch tshark=4.0.17-0+deb12u3 wireshark-common=4.0.17-0+deb12u3

python3 - "$work/f.pcapng" <<'PY'
import struct, sys
def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size
def section(name):
    return (block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)) +
            block(1, struct.pack("<HHI", 1, 0, 0) + struct.pack("<HH4sI", 2, len(name), name.ljust(4, b"\0"), 0)))
def packet(interface, n):
    data = bytes.fromhex("ffffffffffff02000000000188b5") + bytes([n] * 46)
    return block(6, struct.pack("<5I", interface, 0, n, len(data), len(data)) + data)
open(sys.argv[1], "wb").write(section(b"left") + packet(0, 1) + section(b"rght") + packet(0, 2))
PY
names() { tshark -nr "$work/f.pcapng" "$@" -T fields -e frame.interface_name 2>/dev/null | xargs; }
expect "names of the two packets' interfaces" "$(names)" "left left"
expect "packets with the second name" "$(names -Y 'frame.interface_name == "rght"')" ""
expect "packets with the first name" "$(names -Y 'frame.interface_name == "left"')" "left left"
finish
