"""Runs the groups of the benchmark that the command line names, or all.

Nothing is left behind: files are in a folder of its own, which goes, and
children end with it, on Ctrl-C too.
"""
import os
import shutil
import signal
import sys
import tempfile
import time

import children
import group_frames
import group_labs
import group_net
import group_pc
import table

GROUPS = {
    "pc": (group_pc, "one PC: boot, loops, sha256, shell, fork and exec; beside QEMU"),
    "frames": (group_frames, "frames a second through a VLAN; beside vde_switch"),
    "net": (group_net, "ping and TCP between two PCs; beside two of QEMU"),
    "labs": (group_labs, "start and idle cost of 16 PCs; beside QEMU"),
}


def usage():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print("usage: tests/bench/bench.sh [GROUP...]; with make: make bench ROWS='GROUP...'\n")
    for name, (_, text) in GROUPS.items():
        print(f"  {name:8}{text}")


def processor():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0] if names else 'unknown processor'}, {os.cpu_count()} processors"


def header():
    load = os.getloadavg()[0]
    table.out(f"{processor()}, load {load:.1f}, {time.strftime('%F %H:%M')}")
    if load > 0.5:
        table.out("The machine is busy: figures by the wall clock are worse than they could be, for both sides.")
    table.out("ratio: how many times as fast Lanyard is as its peer; below 1 it is slower. By the wall clock,")
    table.out("and (by CPU) by the processor time that both used for the same work.")
    table.out()
    table.out(table.HEADER)


def run_groups(names):
    folder = tempfile.mkdtemp(prefix="lanyard-bench-")
    os.environ["XDG_RUNTIME_DIR"] = folder  # sockets of our labs, apart from the user's
    try:
        for name in names:
            try:
                GROUPS[name][0].run(folder)
            except (children.Trouble, OSError) as trouble:
                table.failed(name, trouble)
            children.end_all()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        children.end_all()
        shutil.rmtree(folder, ignore_errors=True)


def main(names):
    if "--help" in names or "-h" in names:
        usage()
        return 0
    wrong = [name for name in names if name not in GROUPS]
    if wrong:
        print(f"bench: {wrong[0]}: expected {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        header()
        run_groups(names or GROUPS)
    except KeyboardInterrupt:
        table.out("stopped")
        return 130
    table.out()
    table.out(f"{table.rows} figures in {time.monotonic() - began:.0f} s"
              + (f"; NOT MEASURED: {', '.join(table.failures)}" if table.failures else ""))
    return 1 if table.failures else 0


sys.exit(main(sys.argv[1:]))
