# The far end of cards.yaml: an echo of checksums, a source of bytes, a shell for
# whoever asks, and an end of the VLANs.
seq 1 40000 >/tmp/data
socat TCP6-LISTEN:7000,fork,reuseaddr SYSTEM:sha256sum &
socat TCP6-LISTEN:7001,fork,reuseaddr OPEN:/tmp/data,rdonly &
socat TCP6-LISTEN:7009,fork,reuseaddr EXEC:sh &
modprobe 8021q
for vid in 10 20; do
	ip link add link eth1 name v$vid type vlan id $vid
	ip addr add "10.$vid.$(hostname | grep -q bob && echo 1 || echo 2).2/24" dev v$vid
	ip link set v$vid up
done
ip route add 224.0.0.0/4 dev eth0
