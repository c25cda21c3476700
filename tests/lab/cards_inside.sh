#!/bin/bash
# The lab of the two cards: its checks, and the trace that its sheet is about.
# limit: 120
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
lab=labs/cards-inside/lab.yaml
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "$*"; exit 1; }
"$LANYARD" image build --if-needed debian
"$LANYARD" test --capture-dir "$dir" --trace nic:alice:eth0,nic:carol:eth0 $lab 2>"$dir/trace" || { head "$dir/trace"; exit 1; }
COLUMNS=150 labs/cards-inside/side-by-side.sh "$dir/trace" >"$dir/both"
grep -q "write CR = 26 (STA TXP RD2)" "$dir/both" || fail "the old card does not send"
grep -q "tx chain of 1 descriptors, 98 bytes" "$dir/both" || fail "the new card does not send"
grep -qE "(bob|dave):eth0" "$dir/trace" && fail "cards that nobody asked for are told of"
sort -s -c -n -k 1,1 "$dir/trace" || fail "the trace is not in the order of time"
# The same whatever the workers, and looking changes nothing.
for workers in 1 3; do
	"$LANYARD" run --headless --pace max --until 6500ms --hash --workers $workers --capture-dir "$dir" \
		--trace nic:alice $lab >"$dir/out" 2>"$dir/trace$workers"
	tail -n 1 "$dir/out" >"$dir/hash$workers"
done
"$LANYARD" run --headless --pace max --until 6500ms --hash --capture-dir "$dir" $lab | tail -n 1 >"$dir/hash"
cmp "$dir/trace1" "$dir/trace3" || fail "the trace depends on the workers"
cmp "$dir/hash1" "$dir/hash3" && cmp "$dir/hash" "$dir/hash1" || fail "looking changes the lab: $(cat "$dir"/hash*)"
expect() { # WORDS WHAT
	"$LANYARD" test --trace "$2" $lab >/dev/null 2>"$dir/error" && fail "--trace $2 is taken"
	grep -q -- "$1" "$dir/error" || fail "--trace $2: $(cat "$dir/error")"
}
expect "expected a PC of the lab" nic:nobody
expect "expected the name of a card" nic:alice:eth7
expect "only the subject nic has cards" ide:alice:eth0
expect "expected SUBJECT:PC" banana
