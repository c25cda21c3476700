#!/usr/bin/env python3
"""Boots an image in QEMU and talks to its agent as docs/agent.md says.

  talk.py FOLDER            a folder of the image store
  talk.py FOLDER COMMAND... runs these instead of the tests
"""
import json, select, shutil, socket, subprocess, sys, tempfile, time

HELLO, IDENTITY, READY, EXEC, STDIN, OUT, EXIT, KILL, TAKEN = range(1, 10)
LIMIT = 300


class Agent:
    def __init__(self, sock):
        self.sock, self.buffer, self.seen = sock, b"", []
        self.noise, self.taken = 0, 0

    def send(self, kind, id=0, payload=b""):
        self.sock.sendall(b"LY" + bytes([kind, id]) + len(payload).to_bytes(4, "little") + payload)

    def next(self, limit=LIMIT):
        """The next message: (type, id, payload); None at the end of the time."""
        end = time.time() + limit
        while True:
            at = self.buffer.find(b"LY")
            if at > 0:
                self.noise += at
                self.buffer = self.buffer[at:]
            if at >= 0 and len(self.buffer) >= 8:
                size = int.from_bytes(self.buffer[4:8], "little")
                assert size <= 65536, "a payload beyond the limit"
                if len(self.buffer) >= 8 + size:
                    message = self.buffer[2], self.buffer[3], self.buffer[8:8 + size]
                    self.buffer = self.buffer[8 + size:]
                    if message[0] != TAKEN:
                        return message
                    assert size == 4
                    self.taken += int.from_bytes(message[2], "little")
                    continue
            left = end - time.time()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                return None
            data = self.sock.recv(65536)
            if not data:
                return None
            self.buffer += data

    def wait(self, kind):
        message = self.next()
        assert message and message[0] == kind, f"expected message {kind}, got {message}"
        return message

    def gather(self, ids):
        """Outputs and statuses of commands until all have ended."""
        out, status = {i: {1: b"", 2: b""} for i in ids}, {}
        while len(status) < len(ids):
            kind, id, payload = self.next() or (None, None, None)
            assert kind in (OUT, EXIT), f"expected output or an end, got {kind} {payload}; so far {out}"
            assert id in ids and id not in status, "output after the end"
            if kind == OUT:
                assert payload[0] in (1, 2) and len(payload) > 1
                out[id][payload[0]] += payload[1:]
            else:
                status[id] = payload[0]
        return out, status

    def run(self, command, id=1, stdin=None):
        self.send(EXEC, id, command.encode())
        if stdin is not None:
            for n in range(0, len(stdin), 30000):
                self.send(STDIN, id, stdin[n:n + 30000])
            self.send(STDIN, id)
        out, status = self.gather([id])
        return status[id], out[id][1], out[id][2]

    def ok(self, command):
        status, out, err = self.run(command)
        assert status == 0, f"{command}: status {status}: {out} {err}"
        return out.decode()


class Machine:
    def __init__(self, folder):
        self.folder, self.work = folder, tempfile.mkdtemp()
        path = self.work + "/agent"
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen()
        self.serial = open(self.work + "/serial", "wb+")
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-display", "none", "-m", "256", "-nodefaults", "-no-reboot",
             "-kernel", folder + "/vmlinuz", "-initrd", folder + "/initrd",
             "-append", json.load(open(folder + "/image.json"))["cmdline"],
             "-serial", "stdio", "-serial", "unix:" + path, "-monitor", "unix:" + self.work + "/monitor,server,nowait"],
            stdin=subprocess.PIPE, stdout=self.serial)
        server.settimeout(60)
        self.agent = Agent(server.accept()[0])

    def monitor(self, command):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.work + "/monitor")
        s.settimeout(2)
        s.sendall(command.encode() + b"\n")
        time.sleep(0.5)
        s.close()

    def console(self):
        self.serial.flush()
        return open(self.work + "/serial", "rb").read().decode("latin1").replace("\r", "")

    def wait_console(self, text, limit=60):
        end = time.time() + limit
        while text not in self.console():
            assert time.time() < end, f"expected on the console: {text}; there is {self.console()[-500:]}"
            time.sleep(0.2)

    def type(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()


MAC1, MAC2 = "52:54:00:00:00:01", "52:54:00:00:00:02"


def test_commands(a):
    assert a.run("echo out; echo err >&2; exit 3") == (3, b"out\n", b"err\n")
    assert a.run("kill -TERM $$")[0] == 143
    assert a.run("no-such-program")[0] == 127
    assert a.run("") == (0, b"", b"")
    # much output, in order and whole
    status, out, _ = a.run("seq 1 200000")
    assert status == 0 and out == b"".join(b"%d\n" % n for n in range(1, 200001)), f"{len(out)} bytes"
    # input: binary, more than a pipe holds
    data = bytes(range(256)) * 1500
    a.taken = 0
    status, out, _ = a.run("cat >/tmp/file; sha256sum </tmp/file; wc -c </tmp/file", stdin=data)
    assert status == 0 and out.endswith(b"%d\n" % len(data)), out
    assert len(data) - 16384 < a.taken <= len(data), f"says that {a.taken} of {len(data)} bytes were taken"
    status, out, _ = a.run("cat /tmp/file")
    assert out == data, f"{len(out)} of {len(data)} bytes"
    # a command that does not take its input
    assert a.run("exit 7", stdin=b"x" * 100000)[0] == 7
    a.taken = 0
    a.send(EXEC, 3, b"sleep 1000")
    for _ in range(8):
        a.send(STDIN, 3, b"x" * 65536)
    assert a.run("cat", stdin=b"others go on")[:2] == (0, b"others go on")
    assert a.taken < 65536 + 16384, "more is taken than a pipe holds"
    a.send(KILL, 3)
    assert a.gather([3])[1] == {3: 137}
    # a process left behind holds the pipe: the command ends all the same
    assert a.run("sleep 1000 & echo left")[:2] == (0, b"left\n")


def test_together(a):
    a.send(EXEC, 10, b"yes")
    a.send(EXEC, 11, b"sleep 1000 | cat")
    a.send(EXEC, 12, b"echo quick; sleep 1; echo late")
    flood, late = 0, b""
    while True:
        kind, id, payload = a.next()
        if id == 10:
            flood += len(payload)
        elif id == 12 and kind == OUT:
            late += payload[1:]
        elif id == 12:
            assert payload == b"\0" and late == b"quick\nlate\n", "one command's flood drowns another"
            break
    assert flood > 10000
    a.send(KILL, 10)
    a.send(KILL, 11)
    _, status = a.gather([10, 11])
    assert status == {10: 137, 11: 137}
    assert a.ok("pidof yes || true") == ""
    # noise on the line, an unknown message, an unknown id
    a.sock.sendall(b"noise LX L\0\xff" + b"LY\x04\x01\xff\xff\xff\xff")
    a.send(99, 1, b"later")
    a.send(STDIN, 200, b"nobody")
    a.send(KILL, 201)
    assert a.ok("echo fine") == "fine\n"


def test_identity(m, a):
    a.run("cat >/root/setup.sh", stdin=b"echo setting up; echo done >/tmp/setup; nft list ruleset\n")
    a.run("cat >/root/ready.sh", stdin=b"test -e /tmp/go\n")
    a.send(IDENTITY, 0, "\n".join([
        "ready=/root/ready.sh", "setup=/root/setup.sh", "start=dropbear", "dns=10.0.0.53",
        "route=10.9.0.0/16 via 10.0.1.7", "route=default via 10.0.0.254", "route=2001:db8:9::/48 via 2001:db8::2",
        "addr=eth0 10.0.0.1/24", "addr=eth0 2001:db8::1/64", "addr=lan 10.0.1.1/25",
        "forward=1", "ipv6=1", f"nic={MAC2} eth0", f"nic={MAC1} lan",
        "hostname=alice", "time=1700000000", "seed=" + "5a" * 32]).encode() + b"\n")
    time.sleep(1)
    m.monitor(f"device_add e1000,id=a,mac={MAC1}")
    m.monitor(f"device_add ne2k_pci,id=b,mac={MAC2}")
    # commands go on meanwhile; the readiness script waits
    end = time.time() + LIMIT
    while a.run("test -e /tmp/setup")[0]:
        assert time.time() < end, a.run("cat /run/lanyard/setup.log; ip link; dmesg | tail -5")
        time.sleep(0.5)
    assert a.ok("hostname") == "alice\n"
    a.send(EXEC, 5, b"touch /tmp/go")
    messages = [a.next(), a.next()]
    ready = [x for x in messages if x[0] == READY]
    assert len(ready) == 1 and ready[0][2][0] == 0, messages
    assert b"setting up" in ready[0][2]
    assert 1700000000 < int(a.ok("date +%s")) < 1700001000
    shown = a.ok("ip -o addr; ip route; ip -6 route; cat /etc/resolv.conf /proc/sys/net/ipv4/ip_forward; cat /sys/class/net/lan/address")
    for text in ("eth0    inet 10.0.0.1/24 brd 10.0.0.255", "lan    inet 10.0.1.1/25 brd 10.0.1.127", "2001:db8::1/64",
                 "default via 10.0.0.254 dev eth0", "10.9.0.0/16 via 10.0.1.7 dev lan",
                 "2001:db8:9::/48 via 2001:db8::2 dev eth0", "nameserver 10.0.0.53", MAC1):
        assert text in shown, f"{text} is missing in {shown}"
    a.ok("pidof dropbear")
    m.wait_console("root@alice:~# ")
    m.type("echo $((6 * 7)) on $(hostname)\n")
    m.wait_console("42 on alice")
    # job control works on the console
    m.type("sleep 100\n")
    time.sleep(1)
    m.type("\x03")
    m.type("echo after\n")
    m.wait_console("\nafter")


def failed(a, lines, text):
    a.send(IDENTITY, 0, lines.encode())
    message = a.wait(READY)[2]
    assert message[0] == 1 and text.encode() in message, message


def test_failures(a):
    failed(a, "addr=eth7 10.0.0.1/24", "eth7: No such device")
    failed(a, "route=default via 10.99.0.1", "Nexthop has invalid gateway")
    failed(a, "addr=eth0 10.0.0.300/24", "is no address")
    failed(a, "start=nothing", "no such service")
    failed(a, "start=../../../bin/sh", "expected the name of a service")
    failed(a, "colour=blue", "knows no such key")
    failed(a, "seed=12", "64 hexadecimal digits")
    a.ok("echo 'echo seen; exit 4' >/root/bad.sh")
    failed(a, "setup=/root/bad.sh", "seen\nended with status 4")
    a.send(IDENTITY, 0, b"hostname=again")
    assert a.wait(READY)[2] == b"\0"


def test_dhcp(a):
    """A DHCP server behind a pair of virtual cards, in a network namespace."""
    failed(a, "addr=lan dhcp", "no answer from a DHCP server")
    assert "10.0.1.1/25" in a.ok("ip addr show lan")
    a.ok("kill $(cat /run/udhcpc.lan.pid); ip netns add far; ip link add near type veth peer name there; ip link set there netns far;"
         "ip link set near up; ip netns exec far sh -c 'ip addr add 10.7.0.1/24 dev there; ip link set there up; "
         "dnsmasq -i there -z --conf-file=/dev/null -F 10.7.0.50,10.7.0.60 -O 3,10.7.0.1 -O 6,10.7.0.99 -x /run/far.pid'")
    a.send(IDENTITY, 0, b"addr=near dhcp\ndns=10.0.0.53\nroute=10.8.0.0/16 via 10.7.0.9")
    message = a.wait(READY)[2]
    assert message[0] == 0, message
    shown = a.ok("ip -o -4 addr show near; ip route; cat /etc/resolv.conf")
    for text in ("inet 10.7.0.5", "/24 brd 10.7.0.255", "10.8.0.0/16 via 10.7.0.9", "nameserver 10.7.0.99", "nameserver 10.0.0.53"):
        assert text in shown, f"{text} is missing in {shown}"
    a.ok("ping -c 1 10.7.0.1; kill $(cat /run/far.pid /run/udhcpc.near.pid); ip link del near; ip netns del far")


def test_programs(a):
    """What the image promises starts, and finds its libraries and modules."""
    for command in ("ip -V", "ping -c1 127.0.0.1", "arping -V", "tracepath -V", "traceroute -n 127.0.0.1", "tcpdump --version",
                    "iperf3 --version", "dnsmasq --version", "nft --version", "ethtool --version", "socat -V", "curl --version",
                    "dbclient -V", "vtysh --help", "bridge -V", "wg --version", "brctl --version || true"):
        a.ok(command + " >/dev/null 2>&1")
    a.ok("for m in e1000 e100 pcnet32 8139cp 8139too ne2k_pci virtio_net; do grep -q ^$m' ' /proc/modules || exit 1; done")
    for command in ("modprobe ext4", "modprobe -a sd_mod ata_piix isofs vfat nf_tables esp4 br_netfilter", "ip link add br0 type bridge", "ip link add wg0 type wireguard", "ip link add v0 type veth",
                    "ip link add link v0 v0.7 type vlan id 7", "tc qdisc add dev v0 root netem delay 10ms",
                    "ip link add x0 type vxlan id 5 dstport 4789", "ip tunnel add g0 mode gre remote 10.0.0.2 local 10.0.0.1",
                    "nft add table inet t; nft add chain inet t c '{ type nat hook postrouting priority 100; }'; "
                    "nft add rule inet t c oifname eth0 masquerade; nft add chain inet t f '{ type filter hook input priority 0; }';"
                    "nft add rule inet t f ct state established accept"):
        a.ok(command)
    a.ok("printf 'hostname alice\\nrouter ospf\\n network 10.0.0.0/24 area 0\\nrouter bgp 65001\\nrouter rip\\n network eth0\\n' "
         ">/etc/frr/frr.conf; /etc/lanyard/services/frr start")
    time.sleep(2)
    status, out, err = a.run("vtysh -c 'show running-config'")
    assert status == 0 and b"network 10.0.0.0/24 area 0" in out and not err, (out, err)
    assert "Router ID: 10.0.1.1" in a.ok("vtysh -c 'show ip ospf'")
    a.ok("pidof zebra ospfd bgpd ripd")
    a.ok("tcpdump -i lo -c 1 -w /tmp/x.pcap & sleep 1; ping -c 2 127.0.0.1; wait; tcpdump -r /tmp/x.pcap")
    a.ok("echo 'dhcp-range=10.0.0.100,10.0.0.110' >/etc/dnsmasq.conf; /etc/lanyard/services/dnsmasq start; pidof dnsmasq")
    a.ok("/etc/lanyard/services/httpd start; curl -s http://127.0.0.1/ | grep Welcome")
    a.ok("/etc/lanyard/services/iperf3 start; sleep 1; iperf3 -c 127.0.0.1 -t 1")


def main():
    m = Machine(sys.argv[1])
    try:
        start = time.time()
        hello = m.agent.wait(HELLO)
        assert hello[2] == b"lanyard-agent 1"
        print(f"hello after {time.time() - start:.1f} s")
        m.wait_console("root@lanyard:~# ")
        print(m.agent.ok("free; df / | tail -1; uptime; ps | wc -l"))
        for command in sys.argv[2:]:
            status, out, err = m.agent.run(command)
            print(f"{command}: status {status}\n{out.decode()}{err.decode()}")
        if sys.argv[2:]:
            return
        for name, test in (("commands", lambda: test_commands(m.agent)), ("together", lambda: test_together(m.agent)),
                           ("identity", lambda: test_identity(m, m.agent)), ("failures", lambda: test_failures(m.agent)),
                           ("dhcp", lambda: test_dhcp(m.agent)),
                           ("programs", lambda: test_programs(m.agent))):
            test()
            print(f"{name} ok", flush=True)
        m.agent.send(EXEC, 1, b"poweroff")
        m.process.wait(30)
    finally:
        m.process.kill()
        m.process.wait()
        if sys.exc_info()[0]:
            print(m.console()[-3000:])
        shutil.rmtree(m.work)


main()
