#!/bin/bash
# The labs of the course about the wire pass as they are; tshark decodes every BPDU of
# the ring without a warning; without spanning tree lint warns and the lab names the loop.
# limit: 400
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
fail() { echo "wire_labs: $*"; failed=1; }
"$LANYARD" image build --if-needed debian
for name in hub-or-switch vlans-and-trunk loop slow-link; do
	"$LANYARD" lint "labs/$name/lab.yaml" >"$dir/log" 2>&1 || { fail "lint labs/$name"; cat "$dir/log"; }
	mkdir "$dir/$name"
	"$LANYARD" test --capture-dir "$dir/$name" "labs/$name/lab.yaml" >"$dir/log" 2>&1 ||
		{ fail "labs/$name"; cat "$dir/log"; }
done

bpdus() { tshark -r "$dir/loop/two-three.pcapng" -Y stp "$@" 2>/dev/null; }
if command -v tshark >/dev/null; then
	[ "$(bpdus | wc -l)" -ge 10 ] || fail "few BPDUs in the ring"
	[ -z "$(bpdus -T fields -e _ws.expert.message -e _ws.malformed | tr -d '[:space:]')" ] ||
		fail "tshark has something to say of a BPDU"
	[ "$(bpdus -T fields -e stp.version | sort -u)" = 2 ] || fail "not all BPDUs are of RSTP"
fi

sed 's/spanning_tree: .*/storm_guard: true/' labs/loop/lab.yaml >"$dir/lab.yaml"
"$LANYARD" lint "$dir/lab.yaml" 2>&1 | grep -q 'closes a loop' || fail "lint does not see the loop"
"$LANYARD" run --headless --pace max --until 3s --capture-dir "$dir/loop" "$dir/lab.yaml" >"$dir/log" 2>&1 || true # checks fail
grep -q 'the loop is sw[123]:[12] - sw[123]:[12], .*, sw[123]:[12] - sw[123]:[12]; they are dropped' "$dir/log" ||
	{ fail "the loop has no name"; cat "$dir/log"; }
exit $failed
