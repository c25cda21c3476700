#!/bin/bash
# Our switch forwards the same frames to the same ports as a Linux bridge.
# limit: 300
# modes: rel
#
# The bridge lives in a network namespace made here, which goes with the last
# process in it; nothing outside is touched. Where that is not to be had, it
# lives in Debian's kernel, booted in our own PC.
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build/rel}
program=$B/tests/bridge_oracle
PATH=$PATH:/usr/sbin:/sbin # bridge's place on Debian, which users do not have

skip() { echo "skipped: $*"; exit 77; }

inside() {
	ip link add probe type bridge vlan_filtering 1 2>/dev/null || skip "no Linux bridge with VLANs in this kernel"
	ip link del probe
	ip link add probe0 type veth peer name probe1 2>/dev/null || skip "no veth in this kernel"
	ip link del probe0
	"$program" setup | bash -e
	exec "$program" run
}

in_namespace() {
	if unshare -n true 2>/dev/null; then
		unshare -n tests/net/oracle_bridge.sh inside
	elif unshare -rn true 2>/dev/null; then
		unshare -rn tests/net/oracle_bridge.sh inside
	else
		echo "no network namespace: neither as root nor as a user's own"
		return 77
	fi
}

# The same script and the host's iproute2, beside a busybox.
in_guest() {
	local tree init file name
	# shellcheck source=/dev/null
	. tests/real/images.sh # sets out
	tree=$out/tree
	init=$out/init
	mkdir -p "$tree"/{modules,tools,work/tests/net,"work/build/rel/tests"}
	for name in llc stp bridge veth; do cp "$(module cloud-amd64 $name)" "$tree/modules"; done
	for file in "$(command -v bash)" "$(command -v ip)" "$(command -v bridge)" "$program"; do
		cp -L "$file" "$tree/tools"
		ldd "$file" | grep -o '/[^ ]*' | while read -r name; do cp -L --parents "$name" "$tree"; done
	done
	mv "$tree/tools/bridge_oracle" "$tree/work/build/rel/tests"
	cp tests/net/oracle_bridge.sh "$tree/work/tests/net"
	cat >"$init" <<-'END'
		#!/bin/busybox sh
		export PATH=/tools:/bin
		mount -t proc proc /proc
		for name in llc stp bridge veth; do insmod /modules/$name.ko; done
		cd /work
		echo "=== begin"
		/tools/bash tests/net/oracle_bridge.sh inside
		echo "=== status $?"
		poweroff -f
	END
	lanyard_boot 120s --kernel "$(kernel cloud-amd64)" --initrd "$(initramfs amd64 "$init" "$tree"/*)" \
		--append "console=ttyS0 quiet panic=-1" --memory 256M || die "lanyard ended with status $?"
	serial_text | between "=== begin" "=== status 0"
	expect "=== status 0" <(serial_text)
}

[ "${1-}" = inside ] && inside

for tool in ip bridge unshare; do
	command -v "$tool" >/dev/null || skip "needs ip, bridge (iproute2) and unshare (util-linux)"
done
mkdir -p "$B/tests"
# shellcheck disable=SC2046 # flags are words
${CC:-gcc} -std=gnu17 -O1 -g -Wall -Wextra -Wno-unused-parameter -I. $(pkg-config --cflags gio-2.0) \
	-o "$program" tests/net/bridge_oracle.c engine/net/*.c engine/base/*.c $(pkg-config --libs gio-2.0 libpcap) -lm
status=0
in_namespace || status=$?
[ $status = 77 ] || exit $status
[ -x "${LANYARD:-$B/lanyard}" ] || skip "and no lanyard to boot one with a bridge"
in_guest
