#!/bin/bash
# Cards of all kinds in one lab: four PCs with different ones on one VLAN, each with
# each; a PC with eight cards of any mix as the router between eight others, of whom
# one begins with its cable pulled.
# limit: 200
# modes: rel
set -eu
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$LANYARD" image build --if-needed debian
four=(e1000 rtl8139 pcnet virtio)
models=(e1000 ne2k_pci rtl8139 pcnet i82559er virtio i82557b "rtl8139, chip: 8139c")
{
	cat <<-YAML
		version: 1
		lab: cards-together
		vlans: {all: 9, n1: 10, n2: 11, n3: 12, n4: 13, n5: 14, n6: 15, n7: 16, n8: 17}
		pcs:
	YAML
	for n in 1 2 3 4; do
		echo "  p$n: {nics: {eth0: {vlan: all, ip: [10.9.0.$n/24], model: ${four[n - 1]}}}}"
	done
	echo "  router:"
	echo "    forward: true"
	echo "    nics:"
	for n in 1 2 3 4 5 6 7 8; do
		echo "      eth$((n - 1)): {vlan: n$n, ip: [10.0.$n.254/24], model: ${models[n - 1]}}"
	done
	for n in 1 2 3 4 5 6 7 8; do
		echo "  h$n:"
		echo "    after: [router]"
		echo "    nics: {eth0: {vlan: n$n, ip: [10.0.$n.1/24], model: ${models[8 - n]}$([ $n != 8 ] || echo ', state: down')}}"
		echo "    routes: {default: 10.0.$n.254}"
	done
	echo "events:"
	echo "  plug: {at: 20s, nic: \"h8:eth0\", set: {state: up}}"
	echo "checks:"
	for n in 1 2 3 4; do
		echo "  four-$n: {pc: p$n, run: \"for i in 1 2 3 4; do ping -q -c 2 -i 0.1 -s 1472 10.9.0.\$i || exit 1; done\", within: 15s}"
	done
	for n in 1 2 3 4 5 6 7; do
		echo "  eight-$n: {pc: h$n, run: \"for i in 1 2 3 4 5 6 7; do ping -q -c 2 -i 0.1 -s 1472 10.0.\$i.1 || exit 1; done\", within: 18s}"
	done
	echo "  pulled: {pc: h1, run: \"! ping -q -c 1 -W 1 10.0.8.1\", once: true, within: 10s}"
	echo "  plugged: {pc: h1, run: \"ping -q -c 1 -W 1 10.0.8.1\", start: plug, within: 10s}"
} >"$dir/lab.yaml"
"$LANYARD" test "$dir/lab.yaml"
