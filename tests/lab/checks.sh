#!/bin/bash
# Checks and events of a lab file through an agent: when commands are tried, what is
# said of those that fail, hang or say much; commands of events. On tiny guests.
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
repo=$PWD B=${B:-build/rel}
guest=$PWD/build/guest/netguest.elf
[ -f "$guest" ] || { echo "build/guest/netguest.elf is not built"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$guest" "$dir/netguest.elf"
cd "$dir" || exit 1
failed=0
fail() { echo "FAIL $*"; failed=1; }
cat >lab.yaml <<'END'
version: 1
lab: checks
vlans: {l: 1}
images:
  guest: {kernel: netguest.elf, cmdline: "agent quiet us=fffff", agent: true}
  late: {kernel: netguest.elf, cmdline: "agent quiet late us=fffff", agent: true}
defaults: {image: guest, memory: 4M}
pcs:
  a: {nics: {eth0: {vlan: l}}}
  never: {image: late, nics: {eth0: {vlan: l}}, ready: never}
  waits: {nics: {eth0: {vlan: l}}, after: [never]}
  after: {nics: {eth0: {vlan: l}}, after: [slow]}
  slow: {image: late, nics: {eth0: {vlan: l}}}
events:
  go: {at: 300ms, pc: slow, run: ready}
  early: {at: 0s, pc: after, run: exit 4}
  lost: {at: 3s, pc: a, run: exit 6}
  cut: {at: 2s, pc: a, power: "off"}
checks:
  at-once: {pc: a, run: hello, within: 500ms}
  when-ready: {pc: slow, run: hello, within: 500ms, points: 5}
  once: {pc: a, run: exit 3, once: true}
  hangs: {pc: a, run: hang, within: 700ms}
  long: {pc: a, run: much, expect: ^the end$}
  long-not: {pc: a, run: much, reject: "the end", within: 800ms}
  status: {pc: a, run: exit 5, within: 900ms, fail: Is it 5?}
  never-ready: {pc: never, run: hello, within: 1s}
  waiting: {pc: waits, run: hello, within: 1s}
  gone: {pc: a, run: hello, start: cut, within: 2s}
END
timeout 100 "$LANYARD" test lab.yaml >out 2>err
[ $? = 1 ] && [ ! -s err ] || fail "status, $(cat err)"
for words in '^ok .* at-once # 1 point, at 0\.00' '^ok .* when-ready # 5 points, at 0\.30' '^ok .* long #' \
	'^# exit status 3:' '^# the command did not end in time:' '^# hang' '^# output matches "the end":' \
	'^# \.\.\. 48[0-9] lines more \.\.\.' '^# the end' '^# exit status 5:' '^# Is it 5?' \
	'^# never is not ready: its `ready` command has not succeeded' '^# waits is not ready: waits for never' \
	'^# a is not ready: powered off' '^# 0.000000s: event early' '^# 0\.30.*s: event early: after: exit status 4' \
	'^# 3.000000s: event lost: a is off: the command is not run' '^# 7 of 14 points, 7 of 10 checks failed'; do
	grep -q -- "$words" out || fail "no line '$words'"
done
[ "$(grep -c '^# one line of many' out)" = 18 ] || fail "much output: $(grep -c '^# one line' out) lines"
timeout 100 "$LANYARD" test --report json lab.yaml >json
python3 - <<'END' || fail "JSON"
import json
r = json.load(open("json"))
assert (r["points"], r["possible"], r["failed"], len(r["checks"])) == (7, 14, 7, 10), r
assert any(n["text"].startswith("event early: after: exit status 4") for n in r["news"]), r["news"]
END

# Verdicts, events and their times depend on neither windows, workers nor idle skipping.
hooks=$repo/$B/tests/test-lab
[ -x "$hooks" ] || fail "no $hooks"
for how in "" "--workers 2" "--workers 3 --windows 1" "--windows 2" "--no-idle-skip --windows 3"; do
	# shellcheck disable=SC2086
	"$hooks" --run --until 6s --log-dir log $how lab.yaml >said 2>&1 || fail "run $how: $(cat said)"
	(grep '^hash' said; grep -v 'behind the wall' log/events.log) >told
	[ -e first ] || cp told first
	cmp -s told first || fail "run $how: $(diff first told)"
done

# One check of each counted PC, one after another, packets by number, and for how long.
cat >more.yaml <<'END'
version: 1
lab: more
vlans: {l: 1}
images: {guest: {kernel: netguest.elf, cmdline: "agent us=2710", agent: true}}
defaults: {image: guest, memory: 4M}
pcs: {a<n>: {count: 2, nics: {eth0: {vlan: l}}}}
checks:
  each<n>: {pc: a<n>, run: hello, after: a2}
  first: {watch: l, packet: greater 1}
  many: {watch: l, packet: greater 1, at_least: 5, after: first}
  few: {watch: l, packet: greater 1, at_most: 2, points: 3}
  exact: {watch: l, packet: ip, count: 0, until: 1s}
  some: {watch: l, packet: greater 1, at_least: 10, at_most: 100000, until: 500ms}
  stays: {pc: a1, run: hello, for: 3s}
  lost: {pc: a1, run: hello, after: few}
END
timeout 100 "$LANYARD" test --output more.yaml >out 2>err
[ $? = 1 ] && [ ! -s err ] || fail "more: status, $(cat err)"
for words in '^ok .* each1 # 1 point, at 0\.' '^ok .* each2 # 1 point, at 0\.' '^ok .* first # 1 point, at 0\.0' \
	'^ok .* many # 1 point, at 0\.' '^not ok .* few # 3 points, at 0\.' \
	'^# 3 packets matched "greater 1" at l, expected at most 2' '^ok .* exact # 1 point, at 1\.000000s' \
	'^ok .* some # 1 point, at 0\.500000s' '^ok .* stays # 1 point, at 3\.' '^# hello' \
	'^# it waits for the check few, which has failed' '^# 7 of 11 points, 2 of 9 checks failed'; do
	grep -q -- "$words" out || fail "more: no line '$words': $(cat out)"
done
for how in "" "--workers 2 --windows 1" "--moves 1" "--moves 2 --windows 3"; do
	# shellcheck disable=SC2086
	"$hooks" --run --until 5s $how more.yaml 2>&1 | grep '^hash' >told
	[ -e second ] || cp told second
	cmp -s told second || fail "more $how: $(cat told), first was $(cat second)"
done

# An image that dies for want of memory says so before its last words.
python3 - <<'END'
code = bytes([0xba, 0xf8, 0x03])
for c in b"Out of memory":
    code += bytes([0xb0, c, 0xee])
open("die.img", "wb").write(((code + bytes([0xfa, 0xf4])).ljust(510, b"\0") + b"\x55\xaa").ljust(1 << 20, b"\0"))
END
cat >die.yaml <<'END'
version: 1
lab: die
images: {die: {disk: die.img, agent: true}}
pcs: {a: {image: die, memory: 8M, nics: {eth0: {}}}}
END
timeout 100 "$LANYARD" test die.yaml >said 2>&1
[ $? = 2 ] && grep -q 'image die, with 8 MiB of memory, which may be too little: ' said && grep -q 'Out of memory$' said ||
	fail "an image without memory: $(cat said)"

# A switch or hub may have the name that the implicit switch would have.
cat >lan.yaml <<'END'
version: 1
lab: lan
vlans: {l: 1, m: 2}
switches: {lan: {ports: {1: {access: m}}}}
hubs: {lan2: {}}
images: {guest: {kernel: netguest.elf}}
defaults: {image: guest, memory: 4M}
pcs:
  p<n>: {count: 2, append: id=<n>, nics: {e: {vlan: l}}}
  q: {nics: {e: {to: lan:1}, f: {to: lan2:1}}}
END
XDG_RUNTIME_DIR=$dir "$LANYARD" run lan.yaml --detach >said 2>&1 || fail "lan: $(cat said)"
ly() { XDG_RUNTIME_DIR=$dir timeout 60 "$LANYARD" "$@"; }
ly show lan | sed -n '/^switches:/,$p' | tr -s ' ' | sort >said
[ "$(cat said)" = "$(printf 'lan switch\nlan2 hub\nlan3 implicit switch\nswitch kind\nswitches:')" ] || fail "switches: $(cat said)"
[ "$(ly show lan l ports | grep -c '^lan3:[12] ')" = 2 ] || fail "show of a VLAN: $(ly show lan l)"
ly show lan m id | grep -qx 2 || fail "show of a VLAN's number: $(ly show lan m id)"
ly stop lan || fail stop

# A running lab is judged as it is now, as often as somebody asks; its own checks go on.
cat >now.yaml <<'END'
version: 1
lab: now
vlans: {l: 1}
images: {guest: {kernel: netguest.elf, cmdline: "agent us=2710", agent: true}}
defaults: {image: guest, memory: 4M}
pcs: {a<n>: {count: 2, nics: {eth0: {vlan: l}}}}
events: {later: {at: 1h, pc: a2, power: "off"}}
checks:
  good: {pc: a1, run: hello, points: 2}
  bad: {pc: a2, run: exit 3, within: 20h, fail: Is it 3?}
  packets: {watch: l, packet: greater 1}
  none: {watch: l, packet: greater 1, after: later}
END
XDG_RUNTIME_DIR=$dir "$LANYARD" run now.yaml --detach --record journal >said 2>&1 || fail "now: $(cat said)"
for try in $(seq 100); do
	ly ps | grep -q 'a2 *ready' && break
	sleep 0.1
done
ly check now >said 2>&1
[ $? = 1 ] || fail "check: status"
for words in '^ok . - packets #' '^not ok . - none #' '^# it has not begun' '^ok .* good # 2 points' \
	'^not ok .* bad # 1 point,' '^# exit status 3' '^# Is it 3?' '^# 3 of 5 points, 2 of 4 checks failed'; do
	grep -q -- "$words" said || fail "check: no line '$words': $(cat said)"
done
ly check --output now >said 2>&1
grep -q '^# hello' said || fail "check --output: $(cat said)"
ly show now checks | tr -s ' ' >said
for words in '^good passed 2 hello' '^bad running 1 exit status 3:' '^packets passed' '^none waiting'; do
	grep -q -- "$words" said || fail "show checks: no line '$words': $(cat said)"
done
ly stop now || fail "stop now"
[ "$(grep -c ' exec a1 ' journal)" = 2 ] || fail "check is not in the journal: $(cat journal)"
[ $failed = 0 ] || cat out
exit $failed
