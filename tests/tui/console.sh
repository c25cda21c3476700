#!/bin/bash
# The console in a real terminal (tmux): a lab of two Debian PCs is opened, one is
# logged into and pings, packets are watched, a cable is pulled and plugged in again,
# time stands still and is stepped, the lab is left and come back to, and ended.
# limit: 400
# suite: full
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
command -v tmux >/dev/null || { echo "tmux is not here"; exit 77; }
"$LANYARD" image list 2>/dev/null | grep -q ' debian ' || "$LANYARD" image build --if-needed debian >/dev/null 2>&1 ||
	{ echo "the debian image is not here"; exit 77; }
dir=$(mktemp -d)
export XDG_RUNTIME_DIR=$dir/runtime TMUX_TMPDIR=$dir
mkdir -m 700 "$XDG_RUNTIME_DIR"
failed=0
fail() {
	echo "FAIL $*; the screen is:"
	screen
	failed=1
}
mux() { tmux -f /dev/null -L console "$@"; }
screen() { mux capture-pane -p 2>/dev/null; }
keys() { mux send-keys "$@"; }
# Waits until the screen has a line that matches.
sees() {
	for ((i = 0; i < 1200; i++)); do
		screen | grep -qE -- "$1" && return
		sleep 0.1
	done
	fail "expected '$1'"
	return 1
}
trap '"$LANYARD" stop first-ping >/dev/null 2>&1; mux kill-server 2>/dev/null; rm -rf "$dir"' EXIT
cp labs/first-ping/lab.yaml "$dir/lab.yaml"
sed -i '/^captures:/,/^[a-z]*:/{/^captures:/d;/^  /d}' "$dir/lab.yaml"
mux new-session -d -x 100 -y 32 "cd $dir && TERM=screen-256color $LANYARD run lab.yaml; echo \$? >status; TERM=screen-256color $LANYARD attach first-ping; echo again \$?; sleep 600"

sees '● alice' && sees '● bob' || exit 1
sees '≡ office' || fail "no VLAN in the topology"

# A PC's terminal: every key is its own but Ctrl-].
keys Enter
sees 'alice serial'
keys Enter
sees '~# +│' && keys 'ping -c 2 -W 2 10.0.1.20' Enter
sees '2 packets received|2 received'
keys C-] 1
sees 'Selected'

# Packets of the lab, with a filter.
keys 3
sees 'the whole lab'
keys f
keys 'icmp' Enter
sees 'filter: icmp'
"$LANYARD" exec first-ping alice -- ping -c 1 -W 2 10.0.1.20 >/dev/null || fail "no answer"
sees 'ICMP .*echo request'
sees 'frame [0-9]+'

# A cable is pulled, and plugged in again.
keys 1
keys c x
sees '┄'
"$LANYARD" exec first-ping alice -- ping -c 1 -W 1 10.0.1.20 >/dev/null && fail "a ping over a cable that is not there"
keys x
"$LANYARD" exec first-ping alice -- ping -c 1 -W 5 10.0.1.20 >/dev/null || fail "no ping over the cable that is back"

# Time.
keys ':pause' Enter
sees 'PAUSED'
time_of() { screen | grep -oE 'PAUSED at [0-9.]+' | head -1; }
sleep 1
before=$(time_of)
sleep 1
[ -n "$before" ] && [ "$(time_of)" = "$before" ] || fail "time passes in a lab that is paused"
keys n
for ((i = 0; i < 100; i++)); do
	[ "$(time_of)" != "$before" ] && break
	sleep 0.1
done
[ "$(time_of)" != "$before" ] || fail "no step"
"$LANYARD" step first-ping frame && "$LANYARD" continue first-ping || fail "the same by command"
keys p
keys ':set lab pace=0.1x' Enter
sleep 1
"$LANYARD" set first-ping lab pace=realtime || fail "pace"
"$LANYARD" set first-ping lab pace=7x 2>/dev/null && fail "a pace of 7x"

# Other views, another size, and the way out, which leaves the lab running.
for view in '5 state' '7 ready' '8 Sheet' '4 office'; do
	keys "${view% *}"
	sees "${view#* }"
done
mux resize-window -x 80 -y 24
keys 1
sees 'alice'
keys ':detach' Enter
for ((i = 0; i < 600; i++)); do
	[ -s "$dir/status" ] && break
	sleep 0.1
done
[ "$(cat "$dir/status")" = 0 ] || fail "status $(cat "$dir/status")"
"$LANYARD" ps | grep -q '^first-ping' || fail "the lab has not gone on"
sees '● alice'
keys ':stop' Enter
sees 'again 0'
"$LANYARD" ps | grep -q '^first-ping' && fail "the lab goes on"
exit $failed
