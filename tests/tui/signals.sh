#!/bin/bash
# Ctrl-C and SIGTERM at any moment: while an image boots, while one is built,
# while a lab runs, while a client waits. The end is clean, comes within a second
# or so, leaves no file, socket or process; the status says which signal it was.
# limit: 180
set -u
cd "$(dirname "$0")/../.."
LANYARD=${LANYARD:-$PWD/build/lanyard}
guest=$PWD/build/guest/netguest.elf
[ -f "$guest" ] || { echo "build/guest/netguest.elf is not built"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export XDG_RUNTIME_DIR=$dir/runtime XDG_CACHE_HOME=$dir/cache LANYARD
mkdir -m 700 "$XDG_RUNTIME_DIR"
cp "$guest" "$dir/tiny.elf"
cd "$dir" || exit 1

# An image that never says hello: its boot sector is a jump to itself.
python3 - <<'END'
sector = bytearray(1474560)
sector[0:2], sector[510:512] = b"\xeb\xfe", b"\x55\xaa"
open("loop.img", "wb").write(sector)
END
cat >busy.yaml <<'END'
version: 1
lab: busy
vlans: {v: 1}
images: {loop: {floppy: loop.img, agent: true}}
pcs: {a: {image: loop, memory: 16M, nics: {eth0: {vlan: v}}}}
captures: {v: {watch: v}}
checks: {c: {pc: a, run: "true"}}
END
cat >tiny.yaml <<'END'
version: 1
lab: tiny
vlans: {v: 1}
images: {tiny: {kernel: tiny.elf}}
pcs: {a: {image: tiny, memory: 16M, append: id=1, nics: {eth0: {vlan: v}}}}
checks: {never: {watch: v, packet: icmp, until: 20h}}
END
# A recipe with children, and one that does not want to end.
mkdir -p deep stubborn
cat >deep/recipe.sh <<'END'
echo begun
mkdir "$1/work" && echo >"$1/work/file"
(sleep 1000 & echo $! >>"$LANYARD_TEST_PIDS"; sleep 1001) &
echo $! >>"$LANYARD_TEST_PIDS"
sleep 1002
END
printf 'trap "" INT TERM HUP\necho begun\necho $$ >>"$LANYARD_TEST_PIDS"\nwhile :; do sleep 0.1; done\n' >stubborn/recipe.sh
export LANYARD_TEST_PIDS=$dir/pids

python3 - <<'END' || exit 1
import os, pty, signal, subprocess, sys, time

lanyard, failed = os.environ["LANYARD"], False
slow = 15 # a loaded machine, sanitizers: "a second" is measured with patience

def fail(*words):
    global failed
    failed = True
    print(*words)

def begin(args, ready, **more):
    p = subprocess.Popen([lanyard] + args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    said = b""
    while ready not in said:
        piece = os.read(p.stdout.fileno(), 65536)
        if not piece:
            fail(args, "did not say", ready, "but", said)
            break
        said += piece
    return p

def left():
    names = [os.path.join(d, n) for d, _, all in os.walk("runtime") for n in all]
    return names + [n for n in os.listdir(".") if n.endswith((".part", ".pcapng"))]

def end(what, p, sig, statuses):
    start = time.monotonic()
    p.send_signal(sig)
    try:
        out = p.communicate(timeout=30)[0]
    except subprocess.TimeoutExpired:
        p.kill()
        return fail(what, "does not end")
    took = time.monotonic() - start
    if took > 1 * slow:
        fail(what, "took %.1f s to end" % took)
    if p.returncode not in statuses:
        fail(what, "status", p.returncode, "expected", statuses, out)
    if left():
        fail(what, "left", left())
    return out

for sig in signal.SIGINT, signal.SIGTERM:
    by = [128 + sig]
    for args in ["run"], ["run", "--headless"], ["run", "--detach"]:
        end(args, begin(args + ["busy.yaml"], b"booting"), sig, by)
    p = begin(["test", "busy.yaml"], b"TAP version")
    end("test of an image that boots", p, sig, by)

    # Stopping a lab that runs is how it is used; a test is cut short.
    end("run", begin(["run", "tiny.yaml"], b"Ctrl-C"), sig, [0])
    end("run flat out", begin(["run", "--pace", "max", "tiny.yaml"], b"Ctrl-C"), sig, [0])
    p = begin(["test", "--log-dir", "log", "tiny.yaml"], b"TAP version")
    while not (os.path.exists("log/events.log") and "a: ready" in open("log/events.log").read()):
        time.sleep(0.05)
    out = end("test", p, sig, by)
    os.remove("log/events.log")
    if out is not None and b"not ok 1 - never" not in out:
        fail("a test that is cut short says", out)

    # Building an image: nothing half made, none of the recipe's processes.
    for recipe in "./deep", "./stubborn":
        open(os.environ["LANYARD_TEST_PIDS"], "w").close()
        p = begin(["image", "build", recipe], b"begun")
        while not os.path.getsize(os.environ["LANYARD_TEST_PIDS"]):
            time.sleep(0.05)
        end("image build " + recipe, p, sig, by)
        if [n for n in os.listdir("cache/lanyard/images") if n != ".lock"]:
            fail("image build", recipe, "left", os.listdir("cache/lanyard/images"))
        for pid in open(os.environ["LANYARD_TEST_PIDS"]).read().split():
            try:
                state = open("/proc/%s/stat" % pid).read().split()[2]
            except OSError:
                continue
            if state != "Z":
                fail("image build", recipe, "left process", pid)

# Clients that wait, and a lab that goes on without them.
if subprocess.run([lanyard, "run", "--detach", "tiny.yaml"], stdout=subprocess.DEVNULL).returncode:
    fail("run --detach")
for args in ["capture", "tiny", "v", "-w", "-"], ["connect", "tiny", "a"]:
    p = subprocess.Popen([lanyard] + args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    p.stdout.read(1)
    start = time.monotonic()
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=30)
    if p.returncode != 0 or time.monotonic() - start > 1 * slow:
        fail(args, "status", p.returncode)
if subprocess.run([lanyard, "stop", "tiny"]).returncode:
    fail("stop")
if left():
    fail("stop left", left())

# A lab that does not answer: ps says so and goes on; a second signal forces.
p = begin(["run", "tiny.yaml"], b"Ctrl-C")
p.send_signal(signal.SIGSTOP)
out = subprocess.run([lanyard, "ps"], capture_output=True, timeout=60)
if out.returncode or b"does not answer" not in out.stderr:
    fail("ps of a stopped lab:", out)
p.send_signal(signal.SIGINT)
p.send_signal(signal.SIGTERM)
p.send_signal(signal.SIGCONT)
p.communicate(timeout=30)
if p.returncode not in (0, -signal.SIGTERM, -signal.SIGINT):
    fail("two signals:", p.returncode)

# On a terminal: Ctrl-C as it is typed; the live line, cut to a tiny width.
def on_terminal(args, rows, cols, wait):
    import fcntl, struct, termios
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(lanyard, [lanyard] + args, dict(os.environ, TERM="xterm"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
    said, typed, deadline = b"", False, time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
        if wait in said and not typed:
            typed = True
            os.write(fd, b"\x03")
    if not typed or time.monotonic() >= deadline:
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said

# With an end in sight there is no console, but the line that shows how things are.
status, said = on_terminal(["run", "--until", "1h", "tiny.yaml"], 24, 80, b"1 ready")
if status or b"\x1b[Ktiny  " not in said or not said.endswith(b"\x1b[K"):
    fail("the live line:", status, said)
status, said = on_terminal(["run", "--until", "1h", "tiny.yaml"], 2, 7, b"\x1b[Ktiny  ")
if status or b"ready\r\x1b" in said or b"1 ready" in said:
    fail("a tiny terminal:", status, said)
status, said = on_terminal(["run", "tiny.yaml"], 24, 80, b"Topology")
if status or left():
    fail("Ctrl-C in the console:", status, left(), said[-300:])
status, said = on_terminal(["run", "--headless", "tiny.yaml"], 24, 80, b"Ctrl-C")
if status or b"\x1b" in said:
    fail("--headless on a terminal:", status, said)
sys.exit(failed)
END
