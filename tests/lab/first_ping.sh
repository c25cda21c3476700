#!/bin/bash
# The first lab as a teacher runs it: two Debian PCs ping each other, the result
# does not depend on the workers, and tshark reads the capture without a word.
# limit: 900
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
lab=labs/first-ping/lab.yaml
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$LANYARD" image build --if-needed debian
"$LANYARD" test --capture-dir "$out" "$lab"
"$LANYARD" run --headless --pace max --until 4s --hash --workers 1 --capture-dir "$out/one" "$lab" | grep '^hash' >"$out/a"
"$LANYARD" run --headless --pace max --until 4s --hash --workers 2 --capture-dir "$out/two" "$lab" | grep '^hash' >"$out/b"
cmp "$out/a" "$out/b"
cmp "$out/one/office.pcapng" "$out/two/office.pcapng"

tshark -n -r "$out/office.pcapng" -T fields -e eth.type -e icmp.type >"$out/types" 2>"$out/words" || true
grep -v '^Running as user' "$out/words" && { echo "tshark complains"; exit 1; }
grep -q 0x0806 "$out/types" || { echo "no ARP in the capture"; exit 1; }
grep -q 8 "$out/types" || { echo "no echo request in the capture"; exit 1; }
# A request and its reply are two cables each way apart: 4 x 100 us and a little.
tshark -n -r "$out/office.pcapng" -Y 'icmp.type == 0' -T fields -e icmp.resptime 2>/dev/null |
	awk '$1 != "" && ($1 < 0.2 || $1 > 1) { print "response time " $1 " ms"; bad = 1 } END { exit bad }'
