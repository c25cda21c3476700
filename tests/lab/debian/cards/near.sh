# near.sh DRIVER NET MTU CAN: puts the stock driver through all that it can do, and
# says what went wrong, or that all is well.
. /root/card.sh

vlans() { # WHAT
	for vid in 10 20; do
		pings "10.$vid.$net.2" || fail "$1: VLAN $vid"
		pings -s 1472 -M do "10.$vid.$net.2" || fail "$1: VLAN $vid, full frames"
	done
}

vlans_up() {
	ip link set eth1 up
	for vid in 10 20; do
		ok "VLAN interface" ip link add link eth1 name v$vid type vlan id $vid
		ip addr add "10.$vid.$net.1/24" dev v$vid
		ip link set v$vid up
	done
}

no_vlans() {
	ip link set eth1 up
	ip link add link eth1 name v10 type vlan id 10 2>/dev/null && fail "the driver takes VLANs after all"
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

# Frames to a station that is not there: seen by who listens to all, and by no one else.
strangers() { # [-p]
	tcpdump --immediate-mode -U "$@" -n -i eth0 -w /tmp/all "ip dst 10.0.$net.77" >/dev/null 2>&1 &
	sleep 0.2
	at_far "ping -q -c 2 -i 0.05 -W 0.1 10.0.$net.77" >/dev/null
	sleep 0.2
	kill $!
	wait $! 2>/dev/null
	tcpdump -n -r /tmp/all 2>/dev/null | grep -c "> 10.0.$net.77: ICMP echo request"
}

promiscuous() {
	[ "$(strangers)" = 2 ] || fail "promiscuous: others' frames are not seen"
	[ "$(strangers -p)" = 0 ] || fail "others' frames come in"
}

address() {
	mac=$(cat /sys/class/net/eth0/address)
	ip link set eth0 down
	can live && ip link set eth0 up
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

# No frame of a flood may be lost by two idle PCs. iperf3's server needs a moment
# between two clients.
bulk() { # WHAT OPTION...
	what=$1
	shift
	sleep 0.5
	ok "iperf3, $what" iperf3 -c "$far" "$@"
}

load() {
	ping -q -f -c 500 -s 700 "$far" | grep -q " 500 received" || fail "flood ping"
	bulk "TCP out" -n 8M
	bulk "TCP in" -R -n 8M
	bulk "UDP out" -u -b 5M -n 1M
	bulk "UDP in" -R -u -b 5M -n 1M
}

# The line goes up and down under traffic.
down_and_up() { # TIMES
	at_far "ping -q -f -s 1400 -w 60 10.0.$net.1 >/dev/null 2>&1 & echo \$! >/tmp/flood"
	for _ in $(seq "$1"); do
		ip link set eth0 down
		ip link set eth0 up
		sleep 0.05
	done
	# shellcheck disable=SC2016 # there
	at_far 'kill $(cat /tmp/flood)'
	ip addr replace "2001:db8:$net::1/64" dev eth0 nodad
	reaches "$far" || fail "no ping after down and up"
}

small_mtu() {
	for mtu_now in 68 576 1499 1500; do
		ok "mtu $mtu_now" ip link set eth0 mtu $mtu_now
		reaches "$far" || fail "no ping with mtu $mtu_now"
	done
	ip addr replace "2001:db8:$net::1/64" dev eth0 nodad # 68 is too little for IPv6
}

offloads() {
	for k in "tx on sg on tso on rx on" "tso off" "sg off" "tx off" "rx off gro off" "tx on sg on tso on rx on gro on"; do
		# shellcheck disable=SC2086 # words
		ethtool -K eth0 $k >/dev/null 2>&1
		reaches "$far"
		moves "$k" "$far"
		moves "$k" "[$far6]"
	done
}

tag_offloads() {
	for k in "rxvlan off" "tso off" "rxvlan on"; do
		# shellcheck disable=SC2086
		ethtool -K eth1 $k >/dev/null
		reaches "10.10.$net.2"
		vlans "$k"
		moves "VLAN, $k" "10.20.$net.2"
	done
}

too_long() {
	at_far "ip link set eth0 mtu 9000"
	reaches "$far"
	at_far "ping -q -c 2 -i 0.1 -W 0.1 -M do -s 4000 10.0.$net.1" | grep -q " 0 received" || fail "jumbo frames at 1500"
	[ "$(ethtool -S eth0 | awk '/rx_long_length_errors/ { print $2 }')" = 2 ] || fail "they are not counted"
	at_far "ip link set eth0 mtu 1500"
	reaches "$far"
}

rings() {
	for ring in 80 4096 256; do
		ok "rings of $ring" ethtool -G eth0 rx $ring tx $ring
		reaches "$far"
		moves "rings of $ring" "$far"
	done
}

# EEPROM: a word written and back; the address stays what its words say. Each driver
# has a number of its own that one must know to write.
eeprom() {
	case $driver in
	e100) magic=0x1234 ;;
	*) magic=$(cat /sys/class/net/eth0/device/device)8086 ;;
	esac
	ok "EEPROM write" ethtool -E eth0 magic "$magic" offset 0x40 value 0x5a
	ethtool -e eth0 offset 0x40 length 1 | grep -q "5a *$" || fail "EEPROM: $(ethtool -e eth0 offset 0x40 length 1)"
	! can test || ethtool -t eth0 online >/dev/null || fail "self test after the EEPROM was written"
}

speeds() { # FASTEST
	for speed in 10 100; do
		ok "speed $speed" ethtool -s eth0 speed $speed duplex full autoneg off
		reaches "$far"
		[ "$(cat /sys/class/net/eth0/speed)" = $speed ] || fail "speed $speed: $(ethtool eth0)"
	done
	ok "autoneg" ethtool -s eth0 autoneg on
	reaches "$far"
	[ "$(cat /sys/class/net/eth0/speed)" = "$1" ] || fail "autoneg: $(ethtool eth0)"
}

self_test() {
	ethtool -t eth0 offline >/tmp/test || fail "self test: $(cat /tmp/test; dmesg | tail -3)"
	reaches "$far"
}

no_errors() {
	ethtool -S eth0 | grep -E "(csum_offload|crc|missed|no_buffer|seg_failed|timeout).*: [1-9]" |
		grep -v good && fail "errors are counted"
}

part() { say "$1"; "$@"; }

modprobe 8021q
data
if can vlan; then vlans_up; else no_vlans; fi
pings "$far" || fail "no ping"
reaches "$far6" || fail "no IPv6 ping"
moves "as it is" "$far"
moves "as it is" "[$far6]"
! can vlan || part vlans "as it is"
# shellcheck disable=SC2046 # a list
part sizes $(seq 1 1473) 4000 9000 65507
part load
part groups
part promiscuous
part address
part small_mtu
! can regs || ok "registers" ethtool -d eth0
! can stats || ok "statistics" ethtool -S eth0
! can test || part self_test
! can tso || part offloads
! can rxvlan || part tag_offloads
part jumbo
! can rings || part rings
! can eeprom || part eeprom
! can speed || part speeds "$(cat /sys/class/net/eth0/speed)"
! can stats || no_errors
[ "$driver" != e1000 ] || part too_long
part down_and_up 10
part reload 10
ends
