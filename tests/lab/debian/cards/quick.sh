# quick.sh DRIVER NET MTU CAN: carrier, sizes, bytes both ways, one reload, iperf3.
. /root/card.sh
flood="-i 0.005"
data
[ "$(cat /sys/class/net/eth0/carrier)" = 1 ] || fail "no carrier"
reaches "$far" || fail "no ping"
sizes 1 18 46 1472 1473 9000
jumbo
moves "as it is" "$far"
reload 1
iperf3 -c "$far" -n 2M >/tmp/iperf3 2>&1 || fail "iperf3 after a reload: $(cat /tmp/iperf3)"
ends
