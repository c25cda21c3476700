#!/bin/bash
# A running lab of Debian PCs, as somebody uses it from the command line: exec,
# cp, collect, connect, set, show, capture, stop, and what is wrong in one line.
# limit: 600
# modes: rel
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
"$LANYARD" image build --if-needed debian || exit 1
dir=$(mktemp -d)
export XDG_RUNTIME_DIR=$dir
cp tests/lab/debian/user.yaml "$dir"
cd "$dir" || exit 1
mkdir many
touch many/1 many/2 "many/3 4"
chmod 744 many/2
chmod 600 many/1
failed=0
fail() { echo "FAIL $*"; failed=1; }
ly() { timeout 120 "$LANYARD" "$@"; }
ex() { ly exec user "$@"; }
trap 'ly stop user >/dev/null 2>&1; rm -rf "$dir"' EXIT

# Waits until COMMAND succeeds: how long that takes is the machine's business.
await() {
	for ((i = 0; i < 600; i++)); do
		"$@" && return
		sleep 0.2
	done
	return 1
}

# WHAT STATUS WORDS COMMAND...: it ends with the status and one line with the words.
wrong() {
	local what=$1 status=$2 words=$3 got
	shift 3
	"$@" >said 2>&1 </dev/null
	got=$?
	[ $got = "$status" ] && [ "$(wc -l <said)" = 1 ] && grep -q -- "$words" said || fail "$what: status $got: $(cat said)"
}

ly run user.yaml --detach --capture-dir captures >said || fail "run: $(cat said)"

# exec: output, status, input
[ "$(ex alice -- sh -c 'echo out; echo err >&2' 2>err </dev/null)" = out ] && [ "$(cat err)" = err ] || fail "exec: output"
[ "$(ex alice -- printf '%s|' 'a b' '$HOME' "it's" '*' </dev/null)" = "a b|\$HOME|it's|*|" ] || fail "exec: words are not passed as they are"
ex alice -- sh -c 'exit 7' </dev/null
[ $? = 7 ] || fail "exec: status"
ex alice -- sh -c 'kill -TERM $$' </dev/null
[ $? = 143 ] || fail "exec: signal"
ex alice -- no-such-program </dev/null 2>err
[ $? = 127 ] || fail "exec: no such program"
[ "$(echo input | ex alice -- sh -c 'read x; echo "got $x"')" = "got input" ] || fail "exec: input"
[ "$(ex alice -- cat "/etc/lab/a file" </dev/null)" = "with spaces" ] || fail "exec: a name with spaces"
[ "$(ex alice -- sh -c 'ls /etc/many | wc -l; stat -c %a /etc/lab/mode /etc/many/1 /etc/many/2' </dev/null | tr '\n' ' ')" = "3 750 644 755 " ] ||
	fail "files of the lab"
head -c 10000000 /dev/urandom >big
ex alice -- sh -c 'yes 0123456789 | head -c 10000000' </dev/null | cmp - <(yes 0123456789 | head -c 10000000) || fail "exec: 10 MB of output"
head -c 300000 big >some
ex alice -- cat <some | cmp - some || fail "exec: binary data there and back"

# A command that does not read its input holds up nobody, and can be ended.
head -c 8000000 big >eight
"$LANYARD" exec user alice -- sh -c 'sleep 1000' <eight >/dev/null 2>&1 &
deaf=$!
ex alice -- sh -c 'exec <&-; sleep 2; exit 9' <eight &
shut=$!
sleep 1
[ "$(ex alice -- sh -c 'cat | wc -c' <some)" = 300000 ] || fail "exec beside a command that does not read"
wait $shut
[ $? = 9 ] || fail "a command that closes its input"
# ... and late reading finds everything
ex alice -- sh -c 'sleep 2; sha256sum' <some | grep -q "$(sha256sum <some | cut -c1-64)" || fail "late reading"
kill $deaf
wait $deaf
# ... nor does endless input fill this machine's memory
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$(pgrep -f 'run user.yaml --detach' | head -1)/status"; }
before=$(memory)
head -c 400000000 /dev/zero | timeout 15 "$LANYARD" exec user alice -- sh -c 'sleep 1000' >/dev/null 2>&1
[ $(($(memory) - before)) -lt 100000 ] || fail "exec: a command that does not read costs $(($(memory) - before)) KiB"
ex alice -- sh -c 'sleep 1; pidof sleep | wc -w' </dev/null | grep -qx 0 || fail "the command outlives its client"

# Two at once, and many
ex alice -- sh -c 'for i in 1 2 3; do echo a$i; sleep 0.3; done' </dev/null >one &
pid=$!
ex alice -- sh -c 'for i in 1 2 3; do echo b$i; sleep 0.3; done' </dev/null >two
wait $pid
[ "$(tr '\n' ' ' <one)" = "a1 a2 a3 " ] && [ "$(tr '\n' ' ' <two)" = "b1 b2 b3 " ] || fail "two at once"

# The console's line is lossless under RTS/CTS, however late it is read.
ex alice -- sh -c 'kill -STOP $(cat /run/lanyard/console); stty -F /dev/ttyS0 raw -echo crtscts; (sleep 2; head -c 100000 /dev/ttyS0 | sha256sum >/tmp/sum) >/dev/null 2>&1 &' </dev/null
head -c 100000 some | tr '\035' ' ' >typed
{ cat typed; sleep 1; } | timeout 100 "$LANYARD" connect user alice >/dev/null
ex alice -- sh -c 'for i in $(seq 100); do [ -s /tmp/sum ] && break; sleep 0.3; done; cat /tmp/sum; kill -CONT $(cat /run/lanyard/console)' </dev/null | grep -q "$(sha256sum <typed | cut -c1-64)" ||
	fail "typed too fast: $(ex alice -- sh -c 'cat /tmp/sum' </dev/null)"
{ echo 'echo on $(hostname) $((6 * 7))'; await grep -q "on bob 42" said; } | timeout 100 "$LANYARD" connect user bob >said
grep -q "on bob 42" said || fail "connect: $(cat said)"

# cp: files and folders, both ways, names with spaces, permissions
mkdir -p "tree/a folder/deep"
cp some "tree/a folder/a file"
echo x >tree/run
chmod 751 tree/run
ln -s run tree/link
ly cp user tree alice:/root/tree || fail "cp: a folder there"
ly cp user alice:/root/tree back || fail "cp: a folder back"
diff -r tree back && [ "$(stat -c %a back/run)" = 751 ] && [ "$(readlink back/link)" = run ] || fail "cp: not the same"
ly cp user "tree/a folder/a file" "bob:/root/my file" && ly cp user "bob:/root/my file" "here it is" &&
	cmp some "here it is" || fail "cp: a file with spaces"
ly cp user tree/run bob:/tmp && ex bob -- sh -c 'cat /tmp/run' </dev/null | grep -qx x || fail "cp into a folder"
mkdir into
ly cp user bob:/tmp/run into && [ -f into/run ] || fail "cp into a folder here"
wrong "cp: no such file there" 3 "No such file" ly cp user bob:/no/such file
[ ! -e file ] && [ ! -e file.part ] || fail "cp: something is left"
wrong "cp: no such file here" 2 "No such file" ly cp user nothing bob:/tmp/x
wrong "cp: no such folder there" 3 "/no/where" ly cp user some bob:/no/where/x
wrong "cp: no such folder here" 2 "No such file" ly cp user bob:/etc/passwd no/where/x
wrong "cp: no such PC" 2 "no such PC" ly cp user eve:/etc/passwd x
wrong "cp: no room here" 3 "No space" ly cp user alice:/root/tree/run /dev/full

# collect: what was changed, nothing else
ly collect user hand-in || fail "collect"
(cd hand-in/alice && find . -type f | sort) >list
grep -qx './root/tree/a folder/a file' list && cmp some "hand-in/alice/root/tree/a folder/a file" || fail "collect: $(cat list)"
grep -q '^./usr/\|^./proc/\|^./tmp/' list && fail "collect: too much: $(cat list)"
[ "$(wc -l <list)" -lt 30 ] || fail "collect: $(wc -l <list) files"
[ -f "hand-in/bob/root/my file" ] || fail "collect: bob's file"

# set, show, capture
ly set user wan delay=50ms || fail "set"
ex alice -- sh -c 'ping -c 2 -i 0.5 -W 2 10.0.1.2' </dev/null >said # the first may have to ask for the address
grep -q 'icmp_seq=2 .*time=10[0-9]' said || fail "set: no effect: $(cat said)"
ly set user wan state=down || fail "set state"
# Linux tells of a carrier once a second at most (net/core/link_watch.c).
ex alice -- sh -c 'ping -c 1 -W 1 10.0.1.2; sleep 2; ip -br link show eth0' </dev/null >said
grep -q "NO-CARRIER" said || fail "the PC does not notice: $(cat said)"
ly set user wan state=up delay=1ms
"$LANYARD" capture user wan -w live.pcapng icmp &
pid=$!
await test -s live.pcapng # its header: from now on all is seen
ex alice -- sh -c 'sleep 2; ping -c 2 -i 0.2 -W 2 10.0.1.2' </dev/null >/dev/null || fail "ping after the link is up again"
four() { [ "$(tshark -n -r live.pcapng 2>/dev/null | grep -c ICMP)" = 4 ]; }
await four || fail "capture: $(tshark -n -r live.pcapng 2>/dev/null)"
kill $pid
wait $pid
ly show user alice >said && grep -q 'eth0' said || fail "show"
wrong "set: no unit" 2 "expected a time" ly set user wan delay=5
wrong "set: nothing of that name" 2 "nowhere: expected the name of a link" ly set user nowhere state=up
wrong "set: a key" 2 "expected one of state, delay" ly set user wan colour=red
wrong "show: nothing of that name" 2 "nowhere" ly show user nowhere
wrong "capture: a filter" 2 "filter\|syntax" ly capture user wan -w x "no such filter"
wrong "exec: no such PC" 2 "no such PC" ex eve -- ls
wrong "exec: no such lab" 2 "expected a running lab or its file" ly exec nothing alice -- ls

# A PC that is off, and on again; one that goes away meanwhile
ex bob -- sh -c 'echo begun; sleep 1000' </dev/null 2>gone >begun &
pid=$!
await test -s begun
ly set user pc:bob power=off || fail "power off"
wait $pid
[ $? = 3 ] && grep -q 'bob went away' gone && [ "$(wc -l <gone)" = 1 ] || fail "exec while the PC goes away: $(cat gone)"
wrong "exec: off" 2 "bob: it is off" ex bob -- ls
wrong "cp: off" 2 "bob: it is off" ly cp user some bob:/tmp/x
ly set user pc:bob power=on || fail "power on"
is_ready() { ly ps | grep -q 'bob *ready'; }
await is_ready || fail "bob does not come back"
[ "$(ex bob -- sh -c 'hostname; ls /root' </dev/null)" = bob ] || fail "after a new start"
ly stop user || fail "stop"
tshark -n -r captures/wan.pcapng >/dev/null 2>said
grep -v '^Running as user' said && fail "tshark complains of the lab's capture"
exit $failed
