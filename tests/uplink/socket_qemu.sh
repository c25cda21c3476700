#!/bin/bash
# One real QEMU and one lab joined by every sort of socket at once, each with a card
# and a VLAN of its own: pings both ways over all of them.
# limit: 120
# modes: rel
. "$(dirname "$0")/lib.sh"
command -v qemu-system-x86_64 >/dev/null || { echo "no qemu-system-x86_64"; exit 77; }
"$LANYARD" image build --if-needed debian
sorts=(listen connect mcast udp unix dgram)
door=(
	'listen: "127.0.0.1:19001"'
	'connect: "127.0.0.1:19002"'
	'mcast: "230.0.0.1:19003"'
	'udp: "127.0.0.1:19005", localaddr: "127.0.0.1:19004"'
	'listen: "unix:stream.sock"'
	'dgram: "unix:theirs.sock", local: "unix:ours.sock"'
)
{
	echo "version: 1"
	echo "lab: doors"
	echo "vlans: {$(for n in ${!sorts[*]}; do echo "v$n: $((10 + n)),"; done)}"
	echo "pcs: {alice: {nics: {$(for n in ${!sorts[*]}; do echo "eth$n: {vlan: v$n, ip: [10.0.$n.1/24]},"; done)}}}"
	echo "uplinks:"
	for n in ${!sorts[*]}; do echo "  ${sorts[n]}: {kind: socket, vlan: v$n, ${door[n]}}"; done
} >"$out/lab.yaml"
ly run --detach "$out/lab.yaml" --record "$out/journal" >"$out/run.log" 2>&1 || die "run: $(cat "$out/run.log")"
qemu peer 10.0.0.2,10.0.1.2,10.0.2.2,10.0.3.2,10.0.4.2,10.0.5.2 \
	10.0.0.1,10.0.1.1,10.0.2.1,10.0.3.1,10.0.4.1,10.0.5.1 \
	-netdev socket,id=n0,connect=127.0.0.1:19001 -device e1000,netdev=n0,mac=52:54:00:77:00:00 \
	-netdev socket,id=n1,listen=127.0.0.1:19002 -device e1000,netdev=n1,mac=52:54:00:77:00:01 \
	-netdev socket,id=n2,mcast=230.0.0.1:19003,localaddr=127.0.0.1 -device e1000,netdev=n2,mac=52:54:00:77:00:02 \
	-netdev socket,id=n3,udp=127.0.0.1:19004,localaddr=127.0.0.1:19005 -device e1000,netdev=n3,mac=52:54:00:77:00:03 \
	-netdev stream,id=n4,server=off,addr.type=unix,addr.path="$out/stream.sock" \
	-device e1000,netdev=n4,mac=52:54:00:77:00:04 \
	-netdev dgram,id=n5,local.type=unix,local.path="$out/theirs.sock",remote.type=unix,remote.path="$out/ours.sock" \
	-device e1000,netdev=n5,mac=52:54:00:77:00:05
await says peer all || die "QEMU does not hear: $(tail -5 "$out/peer.serial" "$out/peer.log")"
for n in ${!sorts[*]}; do
	ly exec doors alice -- ping -c 3 -i 0.2 -W 5 10.0.$n.2 >"$out/ping" || die "${sorts[n]}: $(cat "$out/ping")"
done
# A full-size frame, and a short one, which arrives padded.
ly exec doors alice -- ping -c 1 -s 1472 -M do -W 5 10.0.0.2 >"$out/ping" || die "full size: $(cat "$out/ping")"
ly show doors listen >"$out/show"
grep -qE '^peers: 1$' "$out/show" || die "show: $(cat "$out/show")"
ly stop doors
