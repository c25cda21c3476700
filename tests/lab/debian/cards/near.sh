# near.sh DRIVER NET: puts the stock driver through all that it can do, and says
# what went wrong, or that all is well.
driver=$1 far=10.0.$2.2 far6=2001:db8:$2::2 failed=0

say() { echo "$*"; }
fail() { failed=1; say "FAIL $*"; }
ok() { # WHAT COMMAND...
	what=$1
	shift
	out=$("$@" 2>&1) || fail "$what: $out"
}
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

# Bytes there and bytes back arrive as they were sent.
moves() { # WHAT ADDRESS
	[ "$(socat -t 10 - "TCP:$2:7000" </tmp/data | cut -c1-64)" = "$want" ] || fail "$1: bytes to $2"
	[ "$(socat -u "TCP:$2:7001" - | sum)" = "$want" ] || fail "$1: bytes from $2"
}

vlans() { # WHAT
	for vid in 10 20; do
		pings "10.$vid.$net.2" || fail "$1: VLAN $vid"
		pings -s 1472 -M do "10.$vid.$net.2" || fail "$1: VLAN $vid, full frames"
	done
}

vlans_up() {
	for vid in 10 20; do
		ip link add link eth1 name v$vid type vlan id $vid
		ip addr add "10.$vid.$net.1/24" dev v$vid
		ip link set v$vid up
	done
	ip link set eth1 up
}

# A group's frames come in when it was joined, and only then. A ring of groups is
# more than there are filters for one each.
heard() { # GROUP: how many of two frames to it
	tcpdump --immediate-mode -U -p -n -i eth0 -w /tmp/heard "ip dst $1" >/dev/null 2>&1 &
	sleep 0.2
	at_far "ping -q -c 2 -i 0.05 -W 0.1 $1" >/dev/null
	sleep 0.2
	kill $!
	wait $! 2>/dev/null
	tcpdump -n -r /tmp/heard 2>/dev/null | grep -c "> $1"
}

five_hundred() { # add|del
	for i in $(seq 0 499); do
		ip maddr "$1" "$(printf '01:00:5e:07:%02x:%02x' $((i / 256)) $((i % 256)))" dev eth0 || fail "$1 group $i"
	done
}

groups() {
	[ "$(heard 239.1.2.3)" = 0 ] || fail "a group that nobody joined comes in"
	ip maddr add 01:00:5e:01:02:03 dev eth0
	[ "$(heard 239.1.2.3)" = 2 ] || fail "a joined group does not come in"
	five_hundred add
	for i in 0 77 499; do
		[ "$(heard "239.7.$((i / 256)).$((i % 256))")" = 2 ] || fail "group $i of 500"
	done
	five_hundred del
	ip maddr del 01:00:5e:01:02:03 dev eth0
	[ "$(heard 239.1.2.3)" = 0 ] || fail "a group that was left comes in"
	ip link set eth0 allmulticast on
	[ "$(heard 239.1.2.3)" = 2 ] || fail "allmulticast"
	ip link set eth0 allmulticast off
}

address() {
	mac=$(cat /sys/class/net/eth0/address)
	ip link set eth0 down
	[ "$driver" = e1000 ] && ip link set eth0 up # it can do so while it runs
	ok "new address" ip link set eth0 address 02:00:00:00:be:ef
	ip link set eth0 up
	reaches "$far" || fail "no ping with a new address"
	[ "$(at_far ip neigh | grep -c "lladdr 02:00:00:00:be:ef")" = 0 ] && fail "the new address is not on the wire"
	ip link set eth0 down
	ip link set eth0 address "$mac"
	ip link set eth0 up
	ip addr replace "2001:db8:$net::1/64" dev eth0 nodad # it went with the link
	reaches "$far" || fail "no ping with the old address again"
}

# The driver goes and comes while the far end floods us.
reload() {
	at_far "ping -q -f -s 1400 -w 60 10.0.$net.1 >/dev/null 2>&1 & echo \$! >/tmp/flood"
	for i in $(seq "$1"); do
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

e1000_only() {
	ethtool -t eth0 offline >/tmp/test || fail "self test: $(cat /tmp/test; dmesg | tail -3)"
	reaches "$far"
	for k in "tx on sg on tso on rx on" "tso off" "sg off" "tx off" "rx off gro off" "tx on sg on tso on rx on gro on"; do
		# shellcheck disable=SC2086 # words
		ethtool -K eth0 $k >/dev/null 2>&1
		reaches "$far"
		moves "$k" "$far"
		moves "$k" "[$far6]"
	done
	for k in "rxvlan off" "tso off" "rxvlan on"; do
		# shellcheck disable=SC2086
		ethtool -K eth1 $k >/dev/null
		reaches "10.10.$net.2"
		vlans "$k"
		moves "VLAN, $k" "10.20.$net.2"
	done
	# Jumbo frames, up to what the card can do; a short end does not hear them.
	ip link set eth0 mtu 9000
	at_far "ip link set eth0 mtu 9000"
	reaches "$far"
	pings -M do -s 8972 "$far" || fail "jumbo frames"
	moves "mtu 9000" "$far"
	ip link set eth0 mtu 1500
	reaches "$far"
	at_far "ping -q -c 2 -i 0.1 -W 0.1 -M do -s 4000 10.0.$net.1" | grep -q " 0 received" || fail "jumbo frames at 1500"
	[ "$(ethtool -S eth0 | awk '/rx_long_length_errors/ { print $2 }')" = 2 ] || fail "they are not counted"
	at_far "ip link set eth0 mtu 1500"
	reaches "$far"
	for ring in 80 4096 256; do
		ok "rings of $ring" ethtool -G eth0 rx $ring tx $ring
		reaches "$far"
		moves "rings of $ring" "$far"
	done
	# EEPROM: a word written and back; the address stays what its words say.
	ok "EEPROM write" ethtool -E eth0 magic 0x100e8086 offset 0x40 value 0x5a
	ethtool -e eth0 offset 0x40 length 1 | grep -q "5a *$" || fail "EEPROM: $(ethtool -e eth0 offset 0x40 length 1)"
	ethtool -t eth0 online >/dev/null || fail "self test after the EEPROM was written"
	for speed in 10 100; do
		ok "speed $speed" ethtool -s eth0 speed $speed duplex full autoneg off
		reaches "$far"
		[ "$(cat /sys/class/net/eth0/speed)" = $speed ] || fail "speed $speed: $(ethtool eth0)"
	done
	ok "autoneg" ethtool -s eth0 autoneg on
	reaches "$far"
	[ "$(cat /sys/class/net/eth0/speed)" = 1000 ] || fail "autoneg: $(ethtool eth0)"
	# Others' frames on a hub: seen by who listens to all.
	tcpdump --immediate-mode -U -n -i eth2 -c 2 -w /tmp/all icmp >/dev/null 2>&1 &
	sleep 0.2
	at_far "ping -q -c 2 -i 0.05 -W 1 10.0.3.4" | grep -q " 2 received" || fail "ping over the hub"
	sleep 0.2
	kill $! 2>/dev/null
	tcpdump -n -r /tmp/all 2>/dev/null | grep -q "10.0.3.4 > 10.0.3.2: ICMP echo reply" || fail "promiscuous"
	ethtool -S eth0 | grep -E "(csum_offload|crc|missed|no_buffer|seg_failed|timeout).*: [1-9]" |
		grep -v good && fail "errors are counted"
}

net=$2
modprobe 8021q
seq 1 40000 >/tmp/data
want=$(sum /tmp/data)
vlans_up
pings "$far" || fail "no ping"
reaches "$far6" || fail "no IPv6 ping"
moves "as it is" "$far"
moves "as it is" "[$far6]"
vlans "as it is"
say "groups"; groups
say "address"; address
[ "$driver" = e1000 ] && { say "e1000 only"; e1000_only; }
say "reload"; reload 10
dmesg | grep -iE "$driver.*(error|hang|timed out|unknown|too much work)|NETDEV WATCHDOG|Call Trace" && fail "the kernel complains"
[ $failed = 0 ] && say "all is well"
exit $failed
