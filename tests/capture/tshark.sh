#!/bin/bash
# tshark reads every kind of capture we write without a word of complaint, and
# sees the times, interfaces, directions, comments and counts that we meant.
# modes: rel asan
set -u
cd "$(dirname "$0")/../.."
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

fail() { echo "$*"; failed=1; }

# The profile of whoever runs this must not matter.
shark() { HOME=$tmp XDG_CONFIG_HOME=$tmp TZ=UTC tshark -n -o ip.check_checksum:TRUE "$@" 2>>"$tmp/complaints"; }

same() { # WHAT, expected on stdin, FILE, tshark's arguments
	local what=$1 file=$2
	shift 2
	cat >"$tmp/want"
	shark -r "$tmp/$file" "$@" >"$tmp/got"
	diff -u "$tmp/want" "$tmp/got" || fail "$file: $what differs"
}

"$B"/tests/unit/test_capture "$tmp" || fail "no captures were written"

for file in office.pcapng office.pcap alice.pcapng live.pcapng; do
	[ -s "$tmp/$file" ] || fail "$file is missing"
	same "what is malformed" $file -Y '_ws.malformed || ip.checksum.status == 0 || icmp.checksum.status == 0' </dev/null
done

# A link of 1 Gbit/s and 100 Mbit/s with 100 us, seen by each sender.
packets=$'0.001000000 ARP 60
0.002000000 ARP 60
0.003000000 ICMP 98
0.004000000 ICMP 98
0.005000000 ICMP 98
0.006000000 ICMP 98
0.007000000 ICMP 98
0.008000000 ICMP 98'
for file in office.pcapng office.pcap live.pcapng; do
	same packets $file -T fields -E separator=' ' -e frame.time_epoch -e _ws.col.Protocol -e frame.len \
		<<<"$(sed 's/^0/1700000000/' <<<"$packets")"
done
for file in office.pcapng live.pcapng; do
	same "interface, direction or comment" $file -T fields -E separator=, -e frame.interface_name \
		-e frame.interface_description -e frame.packet_flags_direction -e frame.comment \
		-Y 'frame.number >= 5 && frame.number <= 6' <<-'END'
		p0,to p1, link office,0x00000002,
		p1,to p0, link office,0x00000002,dropped: loss
	END
done

# A card: both directions; its answers arrive when 100 us and the bits of 60 and
# 98 bytes at 100 Mbit/s have passed; the lost one does not. Cut at 60 bytes.
same "a card's view" alice.pcapng -T fields -E separator=' ' -e frame.time_epoch -e frame.packet_flags_direction \
	-e frame.len -e frame.cap_len <<-'END'
	1700000000.001000000 0x00000002 60 60
	1700000000.002106720 0x00000001 60 60
	1700000000.003000000 0x00000002 98 60
	1700000000.004109760 0x00000001 98 60
	1700000000.005000000 0x00000002 98 60
	1700000000.007000000 0x00000002 98 60
	1700000000.008109760 0x00000001 98 60
END

# The block of counts, as capinfos sees it.
if command -v capinfos >/dev/null; then
	TZ=UTC capinfos "$tmp/office.pcapng" >"$tmp/info" 2>>"$tmp/complaints"
	for line in 'Strict time order: *True' 'Capture comment: *a test' 'Capture application: *Lanyard' 'Name = p1' \
		'Speed = 100000000$' 'Filter string = icmp or arp' 'Number of stat entries = 1'; do
		grep -q "$line" "$tmp/info" || fail "capinfos does not say $line"
	done
fi
grep -v '^Running as user' "$tmp/complaints" && fail "tshark complains"
exit $failed
