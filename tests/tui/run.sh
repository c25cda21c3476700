#!/bin/bash
# Labs from the command line: run, test, and everything that acts on a running
# lab, with two tiny PCs without an agent.
# limit: 180
set -u
cd "$(dirname "$0")/../.."
completion=$PWD/docs/lanyard.bash
LANYARD=${LANYARD:-$PWD/build/lanyard}
guest=$PWD/build/guest/netguest.elf
[ -f "$guest" ] || { echo "build/guest/netguest.elf is not built"; exit 77; }
dir=$(mktemp -d)
export XDG_RUNTIME_DIR=$dir/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
failed=0
fail() { echo "FAIL $*"; failed=1; }
ly() { timeout 60 "$LANYARD" "$@"; }
# Waits until COMMAND succeeds; a busy machine may take its time.
await() {
	for ((i = 0; i < 600; i++)); do
		"$@" && return
		sleep 0.1
	done
	return 1
}
bigger() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "$2" ]; }
trap 'ly stop two >/dev/null 2>&1; rm -rf "$dir"' EXIT
cp "$guest" "$dir/tiny.elf"
cd "$dir" || exit 1
cat >lab.yaml <<'EOF'
version: 1
lab: two
vlans: {office: 10}
images:
  tiny: {kernel: tiny.elf}
defaults: {image: tiny, memory: 32M}
pcs:
  alice: {append: id=1, nics: {eth0: {vlan: office, rate: 100Mbit}}}
  bob: {append: id=2, nics: {eth0: {vlan: office}}}
captures:
  office: {watch: office, file: office.pcapng}
  deep: {watch: "bob:eth0", file: some/where/bob.pcap}
EOF
cat lab.yaml - >checks.yaml <<'EOF'
checks:
  silent: {watch: "alice:eth0", packet: icmp, count: 0, until: 1s, points: 3}
  loud: {watch: "bob:eth0", packet: icmp, until: 1s, points: 2, fail: Does anybody ping?}
EOF

# Flat out: the same hash and the same capture whenever and however it is run.
ly run lab.yaml --headless --pace max --until 2s --hash --log-dir log --capture-dir one >out1 || fail "run: $?"
ly run lab.yaml --headless --pace max --until 2s --hash --workers 1 --capture-dir two >out2 || fail "run again: $?"
[ "$(grep ^hash out1)" = "$(grep ^hash out2)" ] && grep -qE '^hash [0-9a-f]{32}$' out1 || fail "hash: $(cat out1 out2)"
cmp one/office.pcapng two/office.pcapng || fail "captures differ"
[ "$(stat -c %s one/some/where/bob.pcap)" -gt 10000 ] || fail "a capture in a folder of its own"
grep -qx '.* capture office: one/office.pcapng' out1 || fail "nobody says where the captures are"
[ "$(stat -c %s one/office.pcapng)" -gt 10000 ] || fail "the capture is empty"
grep -q 'alice: ready' out1 && grep -q 'bob: ready' log/events.log || fail "states are not shown"
grep -q netguest log/alice.serial.log || fail "no serial log"
ly run lab.yaml --headless --until 1s --hash >out3 || fail "realtime"
ly run lab.yaml --headless --pace max --until 1s --hash >out4 || fail "max"
[ "$(grep ^hash out3)" = "$(grep ^hash out4)" ] || fail "the pace changes the result"

# Checks: points, what was seen, the hint, the status.
ly test checks.yaml >tap
[ $? = 1 ] || fail "test: status"
grep -q '^1\.\.2$' tap && grep -q '^not ok . - loud' tap && grep -q '^ok . - silent' tap || fail "TAP: $(cat tap)"
grep -q '^# no packet matched' tap && grep -q '^# Does anybody ping' tap && grep -q '^# 3 of 5 points' tap ||
	fail "TAP says too little: $(cat tap)"
ly test --report json checks.yaml | python3 -c '
import json, sys
r = json.load(sys.stdin)
assert (r["points"], r["possible"], r["failed"]) == (3, 5, 1), r
' || fail "JSON report"

# Mistakes: status 2, nothing started.
for args in "run" "run nosuch.yaml" "run lab.yaml --pace fast" "run lab.yaml --until 5" "run lab.yaml --name a/b" \
	"test lab.yaml --report xml" "stop nosuch" "show nosuch" "exec nosuch alice -- ls" "cp two a b" "set two"; do
	# shellcheck disable=SC2086
	ly $args >out 2>&1 </dev/null
	status=$?
	[ $status = 2 ] && [ -s out ] || fail "lanyard $args: $status $(cat out)"
done

# A running lab.
ly run lab.yaml --detach --capture-dir bg >out || fail "--detach: $?"
ly ps >out
grep -q '^two ' out && grep -q 'alice *ready' out || fail "ps: $(cat out)"
[ "$(stat -c %a "$XDG_RUNTIME_DIR/lanyard")" = 700 ] || fail "others may enter the socket's directory"
ly run lab.yaml --headless >out 2>&1
[ $? = 2 ] && grep -q -- --name out || fail "a second lab of this name: $(cat out)"
ly run lab.yaml --headless --name other --pace max --until 1s --capture-dir other >out || fail "--name: $(cat out)"
ly show lab.yaml alice >out && grep -q eth0 out || fail "show: $(cat out)"
macs() { ly show two lan mac >out && [ "$(wc -l <out)" = 3 ]; }
await macs || fail "the switch's table: $(cat out)"
ly show two lan mac --json | python3 -c 'import json, sys; assert len(json.load(sys.stdin)) == 2' || fail "--json"
"$LANYARD" connect two bob </dev/null >out &
pid=$!
await grep -q " greetings " out || fail "connect: $(cat out)"
kill $pid
wait $pid
"$LANYARD" capture two office -w - 'ether proto 0x88b5' >live.pcapng &
pid=$!
await bigger live.pcapng 1000 && [ "$(head -c 4 live.pcapng | od -An -tx1 | tr -d ' ')" = 0a0d0d0a ] || fail "no live capture"
kill $pid
wait $pid
ly capture two office -w x 'no such filter' >out 2>&1
[ $? = 2 ] && [ ! -e x ] || fail "a bad filter: $(cat out)"
ly set two alice:eth0 state=down || fail "set"
ly show two alice:eth0 | grep -q 'carrier: down' || fail "set had no effect"
ly set two alice:eth0 delay=5 >out 2>&1 && fail "a delay without a unit"

# Links: each value and each direction by itself, within the limits of lab files.
directions() { ly show two alice:eth0 directions --json | python3 -c '
import json, sys
print(*(" ".join(str(d[k]) for k in ("from", "delay", "rate", "queue", "loss")) for d in json.load(sys.stdin)), sep="\n")'; }
ly set two alice:eth0 state=up queue=7 rate=10Mbit || fail "set queue"
[ "$(directions)" = "$(printf 'alice:eth0 100us 10Mbit 7 0%%\nlan:1 100us 10Mbit 7 0%%')" ] || fail "both: $(directions)"
ly set two alice:eth0 alice.queue=9 lan.delay=2ms alice:eth0.loss=0.5% || fail "set one direction"
[ "$(directions)" = "$(printf 'alice:eth0 100us 10Mbit 9 0.5%%\nlan:1 2ms 10Mbit 7 0%%')" ] || fail "each: $(directions)"
for bad in queue=0 queue=100001 queue=many rate=1bit rate=0bit delay=2h delay=10ns loss=101% bob.loss=1% alice.state=up .loss=1% speed=9; do
	ly set two alice:eth0 $bad >out 2>&1
	[ $? = 2 ] && [ "$(wc -l <out)" = 1 ] && grep -qE 'expected|is more than|no such key' out || fail "set $bad: $(cat out)"
done
ly set two nobody power=off >out 2>&1
[ $? = 2 ] && [ "$(wc -l <out)" = 1 ] || fail "set of nothing: $(cat out)"
ly show two alice:eth0 >out
grep -qx 'model: e1000' out && grep -qx 'rate: 100Mbit' out && grep -q '^mac: 52:54:00' out || fail "show of a card: $(cat out)"
ly show two alice nics --json | grep -q '"model" : "e1000"' || fail "show of a PC lacks its cards' models"

# Completion knows running labs and their PCs.
(
	. "$completion"
	compopt() { :; }
	for words in 'show ' 'show two ' 'cp two b'; do
		IFS=' ' read -ra COMP_WORDS <<<"$LANYARD $words"
		[[ $words == *' ' ]] && COMP_WORDS+=('')
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_lanyard
		echo "$words: ${COMPREPLY[*]}"
	done
) >out
grep -q '^show : two ' out && grep -q '^show two : alice bob$' out && grep -q '^cp two b: bob:' out || fail "completion: $(cat out)"
ly exec two alice -- ls >out 2>&1
[ $? = 2 ] && grep -q "no agent" out || fail "exec without an agent: $(cat out)"

# Anybody's first words at the socket.
python3 - "$XDG_RUNTIME_DIR/lanyard/two.sock" <<'EOF' || fail "the control socket's manners"
import json, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile("rwb")
def ask(line):
    f.write(line + b"\n"); f.flush()
    while True:
        answer = json.loads(f.readline())
        if "event" not in answer: return answer
assert "QMP" in json.loads(f.readline())
assert ask(b'{"execute": "stop"}')["error"]["class"] == "CommandNotFound"
assert "error" in ask(b'{"execute": ]')
assert "error" in ask(b'[1]')
assert "error" in ask(b'17 "bare" words')
assert "error" in ask(b'{"execute": 5}')
assert "error" in ask(b'\xff\xfe')
assert ask(b'{"execute": "qmp_capabilities", "id": 7}') == {"return": {}, "id": 7}
# Framing as QEMU's: no newline, two on a line, one over lines, numbers of any size.
def send(data):
    f.write(data); f.flush()
def answer():
    while True:
        got = json.loads(f.readline())
        if "event" not in got: return got
send(b'{"execute": "query-commands", "id": "a"}')
assert answer()["id"] == "a"
send(b'{"execute": "query-commands", "id": 1} {"execute": "query-commands", "id": [2, "}]"]}\n')
assert (answer()["id"], answer()["id"]) == (1, [2, "}]"])
send(b'{\n "execute":\n "query-commands",\n "id": 99999999999999999999999}\n')
assert answer()["id"] == 9.9999999999999992e+22
send(b'{"execute": "query-commands", "id": -9223372036854775808}')
assert answer()["id"] == -9223372036854775808
# 33 levels are one too many; what follows is understood.
deep = b'{"id": ' * 33 + b'1' + b'}' * 33
send(deep + b'{"execute": "query-commands", "id": 3}')
assert "error" in answer() and answer()["id"] == 3
for bad in (b'{}', b'{"pc": 5}', b'{"pc": "nobody"}', b'[]', b'{"thing": null}'):
    for command in (b"show", b"set", b"exec", b"serial", b"type", b"capture"):
        assert "error" in ask(b'{"execute": "%s", "arguments": %s}' % (command, bad)), (command, bad)
big = socket.socket(socket.AF_UNIX); big.connect(sys.argv[1])
try:
    big.send(b'{"execute": "')
    for n in range(64): big.send(b"x" * 65536)
    big.send(b'{}' * 100000)
except OSError: pass
assert ask(b'{"execute": "query-lab"}')["return"]["lab"] == "two"
EOF
ly stop two || fail "stop"
[ -z "$(ls -A "$XDG_RUNTIME_DIR/lanyard")" ] || fail "stop leaves $(ls -A "$XDG_RUNTIME_DIR/lanyard")"
ly ps | grep -q . && fail "it still runs"
[ -e "$XDG_RUNTIME_DIR/lanyard/two.sock" ] && fail "the socket is left"

# Ctrl-C: a clean end.
"$LANYARD" run lab.yaml --headless --capture-dir int >out 2>&1 &
pid=$!
await test -S "$XDG_RUNTIME_DIR/lanyard/two.sock" || fail "no socket"
kill -TERM $pid # a background job of a script ignores SIGINT
wait $pid || fail "SIGTERM: status $?"
[ -e "$XDG_RUNTIME_DIR/lanyard/two.sock" ] && fail "the socket is left after a signal"

# What a person typed into a line, again from the journal.
ly run lab.yaml --pace max --until 2s --record j0 --hash --capture-dir r >out4 || fail "--record"
[ "$(tail -n 1 j0)" = '2000000000 end' ] || fail "the journal ends with: $(tail -n 1 j0)"
ly run lab.yaml --pace max --replay j0 --hash --capture-dir r >out3 || fail "--replay without --until"
[ "$(grep ^hash out3)" = "$(grep ^hash out4)" ] || fail "a replay does not end where the recording did"
printf 'lanyard-journal 1\n500000000 type alice 68656c6c6f\n' >journal
ly run lab.yaml --pace max --until 2s --replay journal --hash --capture-dir r >out5 || fail "--replay"
ly run lab.yaml --pace max --until 2s --replay journal --hash --capture-dir r >out6 || fail "--replay again"
[ "$(grep ^hash out5)" = "$(grep ^hash out6)" ] || fail "two replays differ"
[ "$(grep ^hash out5)" = "$(grep ^hash out1)" ] && fail "the journal had no effect"

# A journal that is none: the line and what was expected there; one that cannot be written.
: >empty
ly run lab.yaml --replay empty >out 2>&1
[ $? = 2 ] && grep -q 'empty:1: expected "lanyard-journal 1"' out || fail "an empty journal: $(cat out)"
for bad in 'x type alice 41' '5 tipe alice 41' '5 type alice 4' '5 type eve 41' '5 exec alice' '5 stdin alice 1' '5 kill eve 1' \
	'5 set alice power' '99999999999999999999999 type alice 41' '' '5'; do
	printf 'lanyard-journal 1\n5 type bob 41\n%s\n7 type bob 41\n' "$bad" >journal
	ly run lab.yaml --pace max --until 10ms --replay journal --capture-dir r >out 2>&1
	[ $? = 2 ] && grep -q "journal:3: .*\(expected\|no such PC\)" out || fail "journal '$bad': $(cat out)"
done
ly run lab.yaml --pace max --until 10ms --record /dev/full --capture-dir r >out 2>&1
[ $? = 3 ] && grep -q -- '--record: /dev/full: the journal is not complete' out || fail "a full disk for the journal: $(cat out)"
exit $failed
