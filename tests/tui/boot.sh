#!/bin/bash
# `lanyard boot` on a terminal: the serial line, the escape key, the screen; and the
# terminal as it was on every way out.
# limit: 240
set -u
cd "$(dirname "$0")/../.."
export LANYARD=${LANYARD:-$PWD/build/lanyard}
. tests/real/talker.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
talker "$dir/talker.img" || exit 1
cd "$dir" || exit 1

python3 - <<'END_OF_PYTHON'
import fcntl, os, pty, select, signal, struct, sys, termios, time

failed = False
patience = 60 # seconds; a loaded machine, sanitizers

def fail(*words):
    global failed
    failed = True
    print("FAIL", *words)

class Terminal:
    """lanyard boot as the foreground program of a terminal, which outlives it."""

    def __init__(self, *args, rows=24, cols=80, term="xterm"):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.args, self.said = args, b""
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for n in range(3):
                os.dup2(self.slave, n)
            os.close(self.master)
            argv = [os.environ["LANYARD"], "boot", "--floppy", "talker.img", *args]
            os.execve(argv[0], argv, dict(os.environ, TERM=term))

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.said += os.read(self.master, 65536)
            return True
        return False

    def expect(self, text):
        end = time.monotonic() + patience
        while text not in self.said and time.monotonic() < end:
            self.read(0.1)
        if text not in self.said:
            fail(self.args, "did not say", text, "but", self.said[-300:])

    def send(self, text, answer=None):
        self.said = b""
        os.write(self.master, text)
        if answer:
            self.expect(answer)

    def raw(self):
        return termios.tcgetattr(self.slave) != self.before

    def ended(self, status):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            self.read(0.05)
            pid, got = os.waitpid(self.pid, os.WNOHANG)
            if not pid:
                continue
            while self.read(0.05):
                pass
            if os.waitstatus_to_exitcode(got) != status:
                fail(self.args, "status", os.waitstatus_to_exitcode(got), "expected", status, self.said[-200:])
            if self.raw():
                fail(self.args, "the terminal is left raw")
            os.close(self.master)
            os.close(self.slave)
            return self.said
        fail(self.args, "does not end")
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return self.said

OFF, READY = b"\x1b[0m\x1b[?25h\x1b[?1049l", {(): b"ready\r\n", ("--screen",): b"Floppy"}
for kind in (), ("--screen",):
    for sig in signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT:
        t = Terminal(*kind)
        t.expect(READY[kind])
        if not t.raw():
            fail(kind, "the terminal is not raw")
        os.kill(t.pid, sig)
        said = t.ended(128 + sig)
        # Once on a line of its own, also when the screen is gone.
        words = (OFF if kind else b"\n") + b"lanyard: ended by signal %d at " % sig
        if words not in said:
            fail(kind, "after a signal:", said[-200:])
    for sig in signal.SIGSEGV, signal.SIGABRT:
        t = Terminal(*kind)
        t.expect(READY[kind])
        os.kill(t.pid, sig)
        if kind and not t.ended(-sig).endswith(OFF):
            fail(kind, "the screen is left after a crash")
        elif not kind:
            t.ended(-sig)
    # Stopped and continued.
    t = Terminal(*kind)
    t.expect(READY[kind])
    os.kill(t.pid, signal.SIGTSTP)
    pid, got = os.waitpid(t.pid, os.WUNTRACED)
    if not os.WIFSTOPPED(got) or t.raw():
        fail(kind, "stopped, and the terminal is still raw")
    t.said = b""
    os.kill(t.pid, signal.SIGCONT)
    if kind:
        t.expect(READY[kind]) # drawn again
    else:
        time.sleep(0.3)
    t.send(b"\x1dh", b"screenshot")
    t.send(b"\x1dx")
    t.ended(0)

# The terminal goes away.
t = Terminal()
t.expect(b"ready\r\n")
os.close(t.slave)
os.close(t.master)
if os.waitstatus_to_exitcode(os.waitpid(t.pid, 0)[1]) not in (128 + signal.SIGHUP, 3):
    fail("after a hangup")

# Every byte is the guest's but the escape key; messages and the shell's next line
# begin at the left.
t = Terminal()
t.expect(b"ready\r\n")
t.send(b"\x03\x1a\x1c\x7f", b"\x03\x1a\x1c\x7f")
t.send(b"\x1d\x1d", b"\x1d")
t.send(b"\x1dh", b"\r\nlanyard: Ctrl-] and then:\r\n  x  end the run\r\n")
t.send(b"\x1dp", b"paused\r\n")
t.send(b"ab")
time.sleep(0.5)
while t.read(0.1):
    pass
if b"ab" in t.said:
    fail("a paused PC answers")
t.send(b"\x1dp", b"ab")
t.send(b"\x1d~", b"no such command")
t.send(b"\x1dr", b"ready\r\n")
t.send(b"o")
if not t.ended(0).endswith(b"o\r\n"):
    fail("the last line has no end")
t = Terminal("--escape", "^a")
t.expect(b"Ctrl-A then x")
t.expect(b"ready\r\n")
t.send(b"\x1dx", b"\x1dx")
t.send(b"\x01q")
t.ended(0)
t = Terminal("--escape", "none", "--test-exit", "0xf4")
t.expect(b"ready\r\n")
t.send(b"\x1dxe")
t.ended(43)
t = Terminal("--no-reboot", "--screen")
t.expect(b"Floppy")
t.send(b"\x1dx")
t.ended(0)

# The debug console does not tear the guest's line.
t = Terminal()
t.expect(b"ready\r\n")
t.send(b"abd", b"abd\r\nD\r\n")
t.send(b"o")
t.ended(0)

# Terminals that cannot be drawn on, or are tiny.
for term in "dumb", "":
    t = Terminal("--screen", term=term)
    t.expect(b"--screen: '%s': expected a terminal that can be drawn on (TERM)\r\n" % term.encode())
    t.ended(2)
t = Terminal("--screen", rows=1, cols=1)
t.expect(b"\x1b[1;1H")
t.send(b"\x1dx")
t.ended(0)
t = Terminal("--screen", term="vt100")
t.expect(b"Floppy")
if b"\x1b[0;3" in t.said:
    fail("colors on a vt100")
t.send(b"\x1dx")
t.ended(0)
sys.exit(failed)
END_OF_PYTHON
