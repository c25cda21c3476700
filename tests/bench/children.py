"""Child processes of the benchmark: lines of output with the time at which they
came, processor seconds, and an end for all of them, however the benchmark ends.
"""
import ctypes
import os
import selectors
import signal
import subprocess
import time

CPUCLOCK_SCHED = 2
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)
running = []


class Trouble(Exception):
    """A figure cannot be measured, and why."""


def _die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgid(0, 0)  # Ctrl-C is ours to handle


class Line:
    """A line of output; when it came, and what the processors had done by then."""

    def __init__(self, text, wall, cpu):
        self.text, self.wall, self.cpu = text, wall, cpu


class Child:
    def __init__(self, name, command, watched=None):
        """watched: whose processor time belongs to the lines; else our own."""
        self.name, self.watched, self.buffer = name, watched or [self], b""
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, preexec_fn=_die_with_parent)
        self.said = []
        running.append(self)

    def cpu(self):
        """Processor seconds so far, of all threads: to the nanosecond, unlike /proc/PID/stat."""
        clock = ~self.process.pid << 3 | CPUCLOCK_SCHED  # clock_getcpuclockid(3)
        try:
            return time.clock_gettime(clock)
        except OSError as error:
            raise Trouble(f"{self.name} has ended") from error

    def type(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except OSError as error:
            raise Trouble(f"{self.name} takes no input") from error

    def _more(self, deadline):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(max(0, deadline - time.monotonic())):
                raise Trouble(f"{self.name} said nothing more{self.last_words()}")
        got = os.read(self.process.stdout.fileno(), 65536)
        self.buffer += got
        return bool(got)

    def last_words(self):
        text = [line.text for line in self.said[-3:]]
        return f"; its last words: {' / '.join(text)}" if text else ""

    def lines(self, seconds):
        """Lines as they come, for so long; ends when the program does."""
        deadline = time.monotonic() + seconds
        more = True
        while more:
            while b"\n" in self.buffer:
                text, self.buffer = self.buffer.split(b"\n", 1)
                line = Line(text.decode(errors="replace").strip("\r\x00 "), time.monotonic(),
                            sum(child.cpu() for child in self.watched) if more else 0)
                self.said.append(line)
                yield line
            more = self._more(deadline)

    def wait_for(self, text, seconds):
        """Until the text has come, at the end of a line or not."""
        deadline = time.monotonic() + seconds
        while text not in self.buffer:
            if not self._more(deadline):
                raise Trouble(f"{self.name} has ended: {self.buffer.decode(errors='replace').strip()[-200:]}")
        self.buffer = b""

    def output(self, seconds):
        """All that it prints until it ends well."""
        deadline = time.monotonic() + seconds
        while self._more(deadline):
            pass
        text = self.buffer.decode(errors="replace")
        status = self.process.wait()
        self.end()
        if status:
            raise Trouble(f"{self.name} ended with status {status}: {text.strip()[-200:]}")
        return text

    def end(self):
        """Asks it to end, then insists."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        if self in running:
            running.remove(self)


def end_all():
    for child in list(running):
        child.end()
