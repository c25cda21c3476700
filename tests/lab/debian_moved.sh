#!/bin/bash
# Labs of Debian PCs that are saved and loaded into new labs at random moments end with
# the hash of one that was left alone.
# suite: full
# limit: 1800
# modes: rel
set -u
cd "$(dirname "$0")/../.."
B=${B:-build/rel}
LANYARD=${LANYARD:-$PWD/build/lanyard}
XDG_RUNTIME_DIR=$(mktemp -d)
export XDG_RUNTIME_DIR
trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
failed=0

"$LANYARD" image build --if-needed debian || exit 1

same() { # LAB UNTIL
	local want seed got
	want=$("$LANYARD" run --headless --pace max --hash --capture-dir "$XDG_RUNTIME_DIR/captures" --until "$2" "$1" | grep '^hash')
	[ -n "$want" ] || { echo "FAIL $1: no hash"; failed=1; }
	for seed in 1 2; do
		got=$("$B"/tests/test-lab --run --moves "$seed" --workers "$seed" --until "$2" "$1" | grep '^hash')
		echo "$1, moves $seed: $got"
		[ "$got" = "$want" ] || { echo "FAIL $1: expected $want"; failed=1; }
	done
}

same tests/lab/debian/vlans.yaml 3s
same tests/lab/debian/ospf.yaml 4s
same labs/first-ping/lab.yaml 3s
exit $failed
