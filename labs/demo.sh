#!/bin/bash
# The first lab, from nothing: makes the guest image if it is missing, runs
# first-ping and shows the captured frames.
set -euo pipefail
cd "$(dirname "$0")/.."
lanyard=build/lanyard
out=build/demo

echo "== The guest image (made once: 100 MB of Debian packages, two minutes)"
"$lanyard" image build --if-needed debian
mkdir -p "$out"
echo "== Two emulated Debian PCs on one VLAN; the image boots once and is cloned."
"$lanyard" test --capture-dir "$out" labs/first-ping/lab.yaml
echo "== What passed on the VLAN ($out/office.pcapng; Wireshark opens it):"
if command -v tshark >/dev/null; then
	tshark -n -r "$out/office.pcapng" 2>/dev/null
elif command -v tcpdump >/dev/null; then
	tcpdump -n -r "$out/office.pcapng" 2>/dev/null
fi
echo "== Next: $lanyard run labs/first-ping/lab.yaml, then in another terminal"
echo "   $lanyard exec first-ping alice -- ping -c 3 10.0.1.20"
