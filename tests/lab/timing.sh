#!/bin/bash
# tshark's times of the same frames at both ends of a cable: apart by what they
# take on the wire (IEEE 802.3: preamble, frame of at least 64 bytes with its
# check sequence, gap) and the cable's delay, to the nanosecond; those that wait
# for others by as much more.
# limit: 300
# modes: rel
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
command -v tshark >/dev/null || { echo "tshark is not installed"; exit 77; }
"$LANYARD" image build --if-needed debian || exit 1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export XDG_RUNTIME_DIR=$out
"$LANYARD" run --headless --pace max --until 2s --capture-dir "$out" tests/lab/debian/timing.yaml >"$out/said" || { cat "$out/said"; exit 1; }
for file in alice.pcapng one.pcap two.pcapng bob.pcap; do
	tshark -n -r "$out/$file" -T fields -e eth.src -e frame.len -e frame.time_epoch -e eth.type -e icmp.type >"$out/$file.txt" 2>"$out/words"
	grep -v '^Running as user' "$out/words" && { echo "tshark complains of $file"; exit 1; }
done
python3 - "$out" <<'PYTHON'
import sys
from decimal import Decimal

def frames(name):
    rows = [line.rstrip("\n").split("\t") for line in open(f"{sys.argv[1]}/{name}.txt")]
    return [(r[0], int(r[1]), int(Decimal(r[2]) * 10**9), r[3], r[4]) for r in rows]

def cable(what, sent, received, source, rate, delay):
    sent, received = ([f for f in x if f[0] == source] for x in (sent, received))
    assert len(sent) == len(received) > 26, (what, len(sent), len(received))
    free = waited = 0
    for s, r in zip(sent, received):
        assert s[1] == r[1]
        begin = max(s[2], free)
        waited += s[2] == free # a frame is recorded when its first bit leaves
        free = begin - (-(8 + max(s[1] + 4, 64) + 12) * 8 * 10**9 // rate)
        assert r[2] == free + delay, f"{what}: {s[1]} bytes sent at {s[2]} came at {r[2]}, expected {free + delay}"
    print(f"{what}: {len(sent)} frames, {waited} of them waited")
    return waited

alice, one, two, bob = (frames(n) for n in ("alice.pcapng", "one.pcap", "two.pcapng", "bob.pcap"))
a = next(f[0] for f in alice if f[4] == "8")
b = next(f[0] for f in alice if f[4] == "0")
assert alice[0][3] == "0x0806" and {f[4] for f in alice} >= {"0", "8"}, "ARP first, then echoes"
assert cable("alice to sw1", alice, one, a, 10 * 10**6, 2000000)
cable("sw1 to alice", one, alice, b, 3 * 10**6, 700000)
cable("bob to sw1", bob, two, b, 10**9, 100000)
cable("sw1 to bob", two, bob, a, 10**9, 100000)
through = {t[2] - o[2] for o, t in zip((f for f in one if f[0] == a), (f for f in two if f[0] == a))}
assert through == {1000}, f"a switch takes 1 us, whatever the frame: {through}"
PYTHON
