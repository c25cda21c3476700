#!/bin/bash
# Debian PCs: `run --detach` comes back when all of them are ready, or says which
# one failed and leaves nothing; a card's option is what its Linux driver sees.
# limit: 900
# modes: rel
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
dir=$(mktemp -d)
export XDG_RUNTIME_DIR=$dir/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
trap '"$LANYARD" stop cards >/dev/null 2>&1; rm -rf "$dir"' EXIT
failed=0
fail() { echo "FAIL $*"; failed=1; }
"$LANYARD" image build --if-needed debian || exit 1

cat >"$dir/lab.yaml" <<'END'
version: 1
lab: cards
vlans: {office: 10}
pcs:
  alice:
    nics: {eth0: {vlan: office, rate: 100Mbit}, eth1: {vlan: office}}
    ready: test -e /tmp/now
    setup: (sleep 3; touch /tmp/now) &
  bob: {nics: {eth0: {vlan: office}}}
END
"$LANYARD" run --detach "$dir/lab.yaml" >"$dir/out" 2>&1 || fail "--detach: $? $(cat "$dir/out")"
"$LANYARD" ps | grep -q '^  alice *ready' || fail "--detach came back too early: $("$LANYARD" ps)"
[ "$("$LANYARD" exec cards alice -- cat /sys/class/net/eth0/speed)" = 100 ] || fail "rate: 100Mbit"
[ "$("$LANYARD" exec cards alice -- cat /sys/class/net/eth1/speed)" = 1000 ] || fail "no speed"
"$LANYARD" exec cards alice -- sh -c 'exit 7' </dev/null
[ $? = 7 ] || fail "exec's status"
"$LANYARD" exec cards alice -- cat <<<"through a pipe" | grep -qx "through a pipe" || fail "exec's input"
"$LANYARD" stop cards || fail "stop"

sed -i 's/ready: .*/ready: "false"/; s/setup: .*/setup: echo no such luck; exit 3/' "$dir/lab.yaml"
"$LANYARD" run --detach "$dir/lab.yaml" >"$dir/out" 2>&1
[ $? = 1 ] && grep -q 'alice: FAILED' "$dir/out" || fail "a PC that fails: $(cat "$dir/out")"
[ -z "$(ls -A "$XDG_RUNTIME_DIR/lanyard")" ] || fail "a failed start leaves $(ls -A "$XDG_RUNTIME_DIR/lanyard")"
exit $failed
