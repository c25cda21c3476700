#!/bin/bash
# What the wire owes its users, by Debian's drivers and tshark: each frame once in a
# capture, delays that are mended at once, carrier of the far end, one speed a cable, a
# VLAN seen whole on trunks; captures that cannot be written, or that another lab
# writes, before anything boots.
# limit: 600
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
fail() { echo "wire: $*"; failed=1; }
"$LANYARD" image build --if-needed debian
for lab in tests/lab/debian/wire/*.yaml; do
	name=$(basename "$lab" .yaml)
	mkdir -p "$dir/$name"
	"$LANYARD" test --capture-dir "$dir/$name" "$lab" >"$dir/log" 2>&1 || { fail "$lab"; cat "$dir/log"; }
done

icmp() { tshark -r "$dir/$1" -Y icmp 2>/dev/null | wc -l; }
records() { # FILE COUNT
	local seen
	seen=$(icmp "$1")
	[ "$seen" -eq "$2" ] || fail "$1 has $seen ICMP records, expected $2"
}
if command -v tshark >/dev/null; then
	records capture-card-twice/c.pcapng 4
	records capture-card-twice/c.pcap 4
	records hub-duplicates/p3.pcapng 2
	records tx-loss-twice/a.pcapng 5
	tshark -N nd -r "$dir/hub-duplicates/p3.pcapng" 2>/dev/null | grep -q "p1 .* p2 .*ICMP" || fail "no names in the capture"
	records vlan-watch/red.pcapng 4
fi

lab=tests/lab/debian/wire/hub-duplicates.yaml
touch "$dir/file"
"$LANYARD" test --capture-dir "$dir/file/x" "$lab" >"$dir/log" 2>&1 && fail "a folder inside a file was taken"
grep -q -- --capture-dir "$dir/log" || { fail "no word of --capture-dir"; cat "$dir/log"; }

"$LANYARD" run --headless --detach --name one --capture-dir "$dir/shared" "$lab" >/dev/null
"$LANYARD" test --capture-dir "$dir/shared" "$lab" >"$dir/log" 2>&1 && fail "two labs write one capture"
grep -q 'another lab is writing' "$dir/log" || { fail "the second lab is not told"; cat "$dir/log"; }
"$LANYARD" stop one >/dev/null
exit $failed
