#!/bin/bash
# Two Lanyards share a VLAN, over a TCP and a UNIX stream and over UDP.
# limit: 90
# modes: rel
. "$(dirname "$0")/lib.sh"
"$LANYARD" image build --if-needed debian
site() { # NAME ADDRESS KEYS PING
	cat >"$out/$1.yaml" <<-EOF
		version: 1
		lab: $1
		vlans: {office: 10}
		pcs: {pc: {nics: {eth0: {vlan: office, ip: [10.0.1.$2/24]}}}}
		uplinks: {door: {kind: socket, vlan: office, $3}}
	EOF
}
both() { # KEYS KEYS
	site one 1 "$1"
	site two 2 "$2"
	for lab in one two; do
		ly run --detach "$out/$lab.yaml" >"$out/$lab.log" 2>&1 || die "$1: $(cat "$out/$lab.log")"
	done
	ly exec one pc -- ping -c 3 -i 0.2 -W 5 10.0.1.2 >"$out/ping" || die "$1: $(cat "$out/ping")"
	ly exec two pc -- ping -c 1 -W 5 -s 1472 -M do 10.0.1.1 >"$out/ping" || die "$2: $(cat "$out/ping")"
	ly stop one
	ly stop two
}
both 'listen: "127.0.0.1:19101"' 'connect: "127.0.0.1:19101"'
both 'connect: "unix:door.sock"' 'listen: "unix:door.sock"'
both 'udp: "127.0.0.1:19102", localaddr: "127.0.0.1:19103"' 'udp: "127.0.0.1:19103", localaddr: "127.0.0.1:19102"'
