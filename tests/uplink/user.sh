#!/bin/bash
# The user network of Debian PCs: sealed, one hash under every pace and number of
# workers; open, everything that it reaches and that reaches in, recorded and replayed
# to the same hash without a socket.
# limit: 150
# modes: rel
. "$(dirname "$0")/lib.sh"
"$LANYARD" image build --if-needed debian
mkdir -p "$out/files"
head -c 30000 /dev/urandom >"$out/files/data"
sum=$(md5sum <"$out/files/data")
cat >"$out/lab.yaml" <<'EOF'
version: 1
lab: net
vlans: {office: 10}
pcs:
  alice: {nics: {eth0: {vlan: office, ip: [dhcp]}}}
  c<n>: {count: 2, nics: {eth0: {vlan: office, ip: [dhcp]}}}
EOF
cat "$out/lab.yaml" - >"$out/sealed.yaml" <<'EOF'
uplinks:
  internet: {kind: user, vlan: office, tftp: files}
checks:
  router: {pc: alice, run: ping -c 1 -W 1 10.0.2.2, within: 30s}
  pieces: {pc: c1, run: ping -c 1 -W 1 -s 9000 10.0.2.3, within: 30s}
  file: {pc: c2, run: "cd /tmp && busybox tftp -g -r data 10.0.2.2 && md5sum </tmp/data", expect: SUM, within: 30s}
  between: {pc: alice, run: "ping -c 1 -W 1 10.0.2.16 && ping -c 1 -W 1 10.0.2.17", within: 30s}
  refused: {pc: alice, run: "busybox nc -w 1 10.0.2.2 80 </dev/null; test $? = 1", within: 30s}
  silent: {pc: alice, run: "busybox nslookup -timeout=1 example.org; test $? = 1", within: 30s}
EOF
sed -i "s/SUM/\"${sum%% *}\"/" "$out/sealed.yaml"
ly test "$out/sealed.yaml" >"$out/test" || die "sealed: $(cat "$out/test")"
grep -q 'it has to be in real time' "$out/test" || die "nobody says that the host was not reached: $(cat "$out/test")"
sed '/^  refused/d; /^  silent/d' "$out/sealed.yaml" >"$out/same.yaml"
for how in "--pace max --workers 1" "--pace max --workers 3" "--pace realtime"; do
	ly run --headless "$out/same.yaml" $how --until 3s --hash >"$out/run" || true
	grep -h ^hash "$out/run" >>"$out/hashes"
done
[ "$(sort "$out/hashes" | uniq -c | awk '{ print $1 }')" = 3 ] || die "hashes differ: $(cat "$out/hashes")"

# What reaches outside, and in.
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
web=$(port) echo=$(port) udp=$(port)
cat "$out/lab.yaml" - >"$out/open.yaml" <<EOF
uplinks:
  internet:
    kind: user
    vlan: office
    tftp: files
    hostfwd:
      - {host: "127.0.0.1:$echo", pc: alice, port: 7}
      - {proto: udp, host: "$udp", pc: c1, port: 9}
    guestfwd: ["tcp:10.0.2.100:7-cmd:tr a-z A-Z", "tcp::8080-tcp:127.0.0.1:$web"]
EOF
(cd "$out/files" && exec python3 -m http.server -b 127.0.0.1 "$web" >/dev/null 2>&1) &
pids+=($!)
ly run "$out/open.yaml" --headless --pace max >"$out/run" 2>&1 && die "flat out with a forward"
ly run "$out/open.yaml" --headless >"$out/run" 2>&1 && die "a command without permission"
grep -q -- --allow-host-commands "$out/run" || die "permission: $(cat "$out/run")"
ly run "$out/open.yaml" --headless --allow-host-commands --until 20s --hash --record "$out/journal" >"$out/open" 2>&1 &
run=$!
x() { local pc=$1; shift; ly exec net "$pc" -- sh -c "$*"; }
for pc in alice c1 c2; do await x $pc 'ip route | grep -q default' 2>/dev/null; done || die "no lab: $(cat "$out/open")"
[ "$(x alice "wget -q -O - http://10.0.2.2:$web/data | md5sum")" = "$sum" ] || die "HTTP from the host's loopback"
[ "$(x c2 'wget -q -O - http://10.0.2.4:8080/data | md5sum')" = "$sum" ] || die "a guest forward to an address"
[ "$(x c2 'echo hello | busybox nc -w 2 10.0.2.100 7')" = HELLO ] || die "a guest forward to a command"
x alice 'echo served | busybox nc -l -p 7' >/dev/null &
await x alice 'ss -ltn | grep -q :7' || die "nothing listens"
[ "$(await python3 -c "
import socket
s = socket.create_connection(('127.0.0.1', $echo), 5)
d = s.recv(100)
print(d.decode().strip())
assert d")" = served ] || die "a forward to a PC"
x c1 'timeout 8 tcpdump -l -n -c 1 -i eth0 udp port 9' >"$out/datagram" 2>/dev/null &
listener=$!
for ((i = 0; i < 8; i++)); do
	sleep 0.5
	python3 -c "
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'datagram', ('127.0.0.1', $udp))"
done
wait $listener || die "a UDP forward"
grep -q 'IP 10.0.2.2.* > 10.0.2.16.9: UDP, length 8' "$out/datagram" || die "a UDP forward: $(cat "$out/datagram")"
x alice 'ping -c 1 -W 1 127.0.0.1 >/dev/null; busybox nc -w 2 10.0.2.99 80 </dev/null' && die "an address that nobody has"
new=$(port)
ly set net internet "hostfwd_add=tcp::$new-10.0.2.16:80" || die "a forward is not added"
ly show net internet | grep -q "tcp:127.0.0.1:$new-10.0.2.16:80" || die "show: $(ly show net internet)"
ly set net internet "hostfwd_remove=tcp::$new" || die "a forward is not removed"
ss -tln | grep -q ":$new " && die "the port of a removed forward is still open"
wait $run
ly run "$out/open.yaml" --headless --pace max --until 20s --hash --replay "$out/journal" >"$out/again" 2>&1 || die "replay: $(tail -3 "$out/again")"
[ "$(grep ^hash "$out/open")" = "$(grep ^hash "$out/again")" ] || die "the replay ends otherwise"
