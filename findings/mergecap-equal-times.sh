#!/bin/bash
# mergecap of Wireshark 4.0.17 (Debian 12) sorts packets by time; packets of equal
# times come out in the REVERSE order of the files on its command line. Its manual
# page says nothing of ties; one expects the order of the command line. With files
# whose clocks tick in microseconds (or that come from a simulation), an answer is
# shown before its question. Merge in the other order, or keep one file.
cd "$(dirname "$0")" && . ./lib.sh
fetch wireshark-common=4.0.17-0+deb12u3 tshark=4.0.17-0+deb12u3

for name in 1 2 3; do
	python3 - "$work/$name.pcap" $name <<'PY'
import struct, sys
data = bytes.fromhex("ffffffffffff0200000000") + bytes([int(sys.argv[2])]) + bytes.fromhex("88b5") + bytes(46)
open(sys.argv[1], "wb").write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) +
    b"".join(struct.pack("<4I", 7, second, len(data), len(data)) + data for second in (5, 5)))
PY
done
sources() { tshark -nr "$work/all.pcapng" -T fields -e eth.src 2>/dev/null | sed 's/.*://' | xargs; }
mergecap -w "$work/all.pcapng" "$work/1.pcap" "$work/2.pcap" "$work/3.pcap"
expect "packets of one time, files merged as 1 2 3" "$(sources)" "03 03 02 02 01 01"
mergecap -a -w "$work/all.pcapng" "$work/1.pcap" "$work/2.pcap" "$work/3.pcap"
expect "with -a" "$(sources)" "01 01 02 02 03 03"
finish
