# Sourced by near scripts, called with DRIVER NET MTU CAN (see models).
driver=$1 net=$2 mtu=$3 can=,$4,
flood=-f # how hard the far end pings
far=10.0.$net.2 far6=2001:db8:$net::2 failed=0

say() { echo "$*"; }
fail() { failed=1; say "FAIL $*"; }
ok() { # WHAT COMMAND...
	what=$1
	shift
	out=$("$@" 2>&1) || fail "$what: $out"
}
can() { case $can in *",$1,"*) return 0 ;; *) return 1 ;; esac; }
at_far() { echo "$*" | socat -t 5 - "TCP4:$far:7009"; }
pings() { ping -q -c 2 -i 0.05 -W 1 "$@" >/dev/null; }
# The same, once a link has come up again, and an address is no longer tentative.
reaches() {
	for _ in $(seq 60); do
		ping -q -c 1 -W 0.2 "$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	return 1
}
sum() { sha256sum "$@" | cut -c1-64; }
data() {
	seq 1 40000 >/tmp/data
	want=$(sum /tmp/data)
}

# Bytes there and bytes back arrive as they were sent.
moves() { # WHAT ADDRESS
	[ "$(socat -t 10 - "TCP:$2:7000" </tmp/data | cut -c1-64)" = "$want" ] || fail "$1: bytes to $2"
	[ "$(socat -u "TCP:$2:7001" - | sum)" = "$want" ] || fail "$1: bytes from $2"
}

# Pings of all those sizes; what does not fit one frame goes in fragments.
sizes() { # SIZE...
	for size in "$@"; do
		ping -q -c 1 -W 1 -s "$size" "$far" >/dev/null || fail "ping of $size bytes"
	done
}

# Frames of 9000 bytes, where the card can; both ends.
jumbo() {
	[ "$mtu" -gt 1500 ] || return
	ip link set eth0 mtu "$mtu"
	at_far "ip link set eth0 mtu $mtu"
	reaches "$far"
	pings -M do -s $((mtu - 28)) "$far" || fail "jumbo frames"
	moves "mtu $mtu" "$far"
	ip link set eth0 mtu 1500
	at_far "ip link set eth0 mtu 1500"
	reaches "$far"
}

# The driver goes and comes while the far end floods us.
reload() { # TIMES
	at_far "ping -q $flood -s 1400 -w 60 10.0.$net.1 >/dev/null 2>&1 & echo \$! >/tmp/flood"
	for _ in $(seq "$1"); do
		rmmod "$driver" && modprobe "$driver" || { fail "rmmod, modprobe"; return; }
		for _ in $(seq 50); do [ -e /sys/class/net/eth0 ] && break; sleep 0.02; done
		ip addr add "10.0.$net.1/24" dev eth0
		ip link set eth0 up
	done
	reaches "$far"
	# shellcheck disable=SC2016 # there
	at_far 'kill $(cat /tmp/flood)'
	pings "$far" || fail "no ping after $1 reloads"
}

log_is_clean() {
	# e100's firmware is not free, and not needed.
	dmesg | grep -v "Direct firmware load for e100" | grep -iE "$driver.*(error|hang|timed out|unknown|too much work)|NETDEV WATCHDOG|Call Trace|nobody cared" &&
		fail "the kernel complains"
}

ends() {
	log_is_clean
	[ $failed = 0 ] && say "all is well"
	exit $failed
}
