#!/bin/bash
# TAPs, in a network namespace of the test's own: the host pings a PC and the reverse,
# scripts, an address, a persistent TAP of an ordinary user, the bridge helper, and
# what is said when the host does not allow it.
# limit: 120
# modes: rel
if [ "${IN_NAMESPACE:-}" != yes ]; then
	[ "$(id -u)" = 0 ] && [ -e /dev/net/tun ] || { echo "needs root and /dev/net/tun"; exit 77; }
	unshare --net --mount true 2>/dev/null || { echo "no namespaces of mounts here (in a chroot?)"; exit 77; }
	exec env IN_NAMESPACE=yes unshare --net --mount "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
mount --make-rprivate /
mount -t sysfs sys /sys
ip link set lo up
"$LANYARD" image build --if-needed debian
lab() { # KEYS...: a lab with a TAP of these keys, in $out/lab.yaml
	cat >"$out/lab.yaml" <<-EOF
		version: 1
		lab: tap
		vlans: {office: 10}
		pcs: {alice: {nics: {eth0: {vlan: office, ip: [10.0.1.1/24]}}}}
		uplinks: {door: {kind: tap, vlan: office, $1}}
	EOF
}
run() { ly run --detach --allow-uplinks --allow-host-commands "$out/lab.yaml" >"$out/run" 2>&1; }
refused() { # TEXT KEYS
	lab "$2"
	if run; then die "started although: $1"; fi
	grep -q -- "$1" "$out/run" || die "expected '$1': $(tail -2 "$out/run")"
}

# One that we make: the kernel's name, an address, scripts.
printf '#!/bin/sh\necho up "$@" >>%s/script\n' "$out" >"$out/up"
printf '#!/bin/sh\necho down "$@" >>%s/script\n' "$out" >"$out/down"
chmod +x "$out/up" "$out/down"
lab "address: 10.0.1.254/24, script: up, downscript: down"
ly run --headless "$out/lab.yaml" >"$out/run" 2>&1 && die "without permission"
grep -q -- "--allow-uplinks" "$out/run" || die "permission: $(cat "$out/run")"
run || die "run: $(cat "$out/run")"
ly exec tap alice -- ping -c 2 -i 0.2 -W 5 10.0.1.254 >"$out/ping" || die "PC to host: $(cat "$out/ping")"
ping -c 2 -i 0.2 -W 5 -s 1472 -M do 10.0.1.1 >"$out/ping" || die "host to PC: $(cat "$out/ping")"
name=$(ly show tap door | sed -n 's/^interface: //p')
[ -e "/sys/class/net/$name" ] || die "no interface '$name'"
grep -q "$name" "$out/run" || die "nobody says which interface it is"
ly stop tap
await test ! -e "/sys/class/net/$name" || die "$name is still there"
[ "$(cat "$out/script")" = "$(printf 'up %s\ndown %s' "$name" "$name")" ] || die "scripts: $(cat "$out/script")"
printf '#!/bin/sh\nexit 3\n' >"$out/up"
refused "ended with status 3" "script: up"

# A persistent one. It is left as it was found.
ip tuntap add dev lantap mode tap user nobody
ip addr add 10.0.1.253/24 dev lantap
ip link set lantap up
ip -4 -o addr show dev lantap >"$out/before"
lab "ifname: lantap"
chmod 755 "$out"
ly run --detach --allow-uplinks "$out/lab.yaml" >"$out/run" 2>&1 || die "persistent: $(cat "$out/run")"
ping -c 1 -W 5 10.0.1.1 >"$out/ping" || die "through a persistent TAP: $(cat "$out/ping")"
cp "$out/lab.yaml" "$out/busy.yaml"
sed -i 's/^lab: tap/lab: busy/' "$out/busy.yaml"
if ly run --headless --allow-uplinks --until 1s "$out/busy.yaml" >"$out/run" 2>&1; then die "opened twice"; fi
grep -q "another program has it open" "$out/run" || die "busy: $(tail -2 "$out/run")"
ly stop tap
ip -4 -o addr show dev lantap | diff "$out/before" - || die "the persistent TAP is not as it was"

# By the bridge helper.
if [ -x /usr/lib/qemu/qemu-bridge-helper ]; then
	mount -t tmpfs none /etc/qemu 2>/dev/null || { mkdir -p /etc/qemu && mount -t tmpfs none /etc/qemu; }
	ip link add lanbr type bridge
	ip addr add 10.0.1.252/24 dev lanbr
	ip link set lanbr up
	ip link del lantap
	refused "write into it: allow lanbr" "bridge: lanbr"
	echo "allow lanbr # for the lab" >/etc/qemu/bridge.conf
	refused "put it on a line of its own" "bridge: lanbr"
	echo "allow lanbr" >/etc/qemu/bridge.conf
	lab "bridge: lanbr"
	run || die "bridge: $(cat "$out/run")"
	ping -c 1 -W 8 10.0.1.1 >"$out/ping" || die "through the bridge: $(cat "$out/ping")"
	ly stop tap
fi
