# far.sh NET: the far end: an echo of checksums, a source of bytes, a shell for
# whoever asks, an iperf3, and an end of the VLANs.
seq 1 40000 >/tmp/data
socat TCP6-LISTEN:7000,fork,reuseaddr SYSTEM:sha256sum &
socat TCP6-LISTEN:7001,fork,reuseaddr OPEN:/tmp/data,rdonly &
socat TCP6-LISTEN:7009,fork,reuseaddr EXEC:sh &
iperf3 -s -D
ip link set eth1 up
if ip link add link eth1 name v10 type vlan id 10; then
	ip link add link eth1 name v20 type vlan id 20
	for vid in 10 20; do
		ip addr add "10.$vid.$1.2/24" dev v$vid
		ip link set v$vid up
	done
fi
ip route add 224.0.0.0/4 dev eth0
# A station that is not there, for who listens to all.
ip neigh add "10.0.$1.77" lladdr 02:00:00:00:00:77 dev eth0
true
