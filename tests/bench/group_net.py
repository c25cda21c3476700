"""Two PCs with an e1000 each: round trips and TCP.

In Lanyard both cables have the default delay of 100 us in virtual time, and a
gigabit a second is all they carry; how long the host takes for that is what is
measured. QEMU's cable is a TCP connection without delay or rate.
"""
import re

import table
from children import Trouble
from guests import Lab, Qemu, free_port, image, qemu_cable, qemu_version

PINGS = 3000
MEBIBYTES = 128  # moved, beyond one that is taken off with what iperf3 does before and after
PING = f"ping -q -f -c {PINGS} 10.0.0.2"
IPERF = "iperf3 -c 10.0.0.2 -f m -n"
LAB = """vlans: {wire: 10}
pcs:
  a: {nics: {eth0: {vlan: wire, ip: [10.0.0.1/24]}}}
  b: {nics: {eth0: {vlan: wire, ip: [10.0.0.2/24]}}, setup: iperf3 -s -D}
"""


class Pair:
    """What was measured on one side. run: takes a command, gives guests.Done."""

    def __init__(self, run):
        run("ping -c 2 -W 5 10.0.0.2")  # ARP, and the first use of everything
        self.ping = run(PING)
        self.tcp(run, 1)
        self.small, self.large = self.tcp(run, 1), self.tcp(run, MEBIBYTES + 1)

    @staticmethod
    def tcp(run, mebibytes):
        run("sleep 1")  # iperf3's server is done with the last client by then
        return run(f"{IPERF} {mebibytes}M")

    def round_trip(self):
        """Microseconds by the wall clock, by processor time, and as the guest saw it."""
        found = re.search(r"rtt min/avg/max/mdev = [\d.]+/([\d.]+)/", self.ping.text())
        if not found or " 0% packet loss" not in self.ping.text():
            raise Trouble(f"ping: {self.ping.text()[-200:]}")
        return self.ping.wall / PINGS * 1e6, self.ping.cpu / PINGS * 1e6, float(found[1]) * 1000

    def transfer(self):
        """Wall seconds and processor seconds of the transfer, and the guest's megabits a second."""
        rate = re.search(r"([\d.]+) Mbits/sec", self.large.line("receiver").text)
        wall, cpu = self.large.wall - self.small.wall, self.large.cpu - self.small.cpu
        if not rate or wall <= 0 or cpu <= 0:
            raise Trouble(f"iperf3: {wall:.2f} s, {cpu:.2f} CPU s: {self.large.text()[-200:]}")
        return wall, cpu, float(rate[1])


def lanyard(folder):
    table.busy("lanyard: a lab of two PCs")
    lab = Lab("bench-net", LAB, 2, folder)
    try:
        table.busy(f"lanyard: {PINGS} pings, then {MEBIBYTES} MiB by TCP")
        return Pair(lambda command: lab.run("a", command))
    finally:
        lab.end()


def qemu(debian):
    table.busy("qemu: two PCs")
    port = free_port()
    pcs = []
    try:
        for end in range(2):
            pcs.append(Qemu("ab"[end], debian, qemu_cable(end, port)))
            if end == 0:
                pcs[0].wait()  # it listens by now
        pcs[1].wait()
        for n, pc in enumerate(pcs):
            pc.run(f"ip address add 10.0.0.{n + 1}/24 dev eth0 && ip link set eth0 up")
        pcs[1].run("iperf3 -s -D")
        table.busy(f"qemu: {PINGS} pings, then {MEBIBYTES} MiB by TCP")
        return Pair(lambda command: pcs[0].run(command, [pcs[1]]))
    finally:
        for pc in pcs:
            pc.end()


def run(folder):
    table.group("net", f"two PCs with an e1000 each; the peer is two PCs of {qemu_version()} with TCG on a TCP socket")
    ours, theirs = lanyard(folder), qemu(image())
    try:
        a, b = ours.round_trip(), theirs.round_trip()
        table.row("ping, a round trip", "us", a[0], b[0], cpu=(a[1], b[1]),
                  note=f"virtual {a[2]:.0f} us; QEMU's guest saw {b[2]:.0f} us")
    except Trouble as trouble:
        table.failed("ping, a round trip", trouble)
    try:
        a, b = ours.transfer(), theirs.transfer()
        bits = MEBIBYTES * 8 * 1.048576
        table.row("TCP (iperf3), by the wall", "Mbit/s", bits / a[0], bits / b[0], more_is_better=True,
                  cpu=(a[1], b[1]), note=f"virtual {a[2]:.0f} Mbit/s; QEMU's guest saw {b[2]:.0f} Mbit/s")
        giga = MEBIBYTES * 1.048576 / 1000
        table.row("TCP, processor time", "s/GB", a[1] / giga, b[1] / giga)
    except Trouble as trouble:
        table.failed("TCP (iperf3)", trouble)
