"""The program under test while a batch runs."""
import os
import pathlib
import signal
import subprocess
import time


IDLE = 0.2  # of one CPU; it wakes now and then without any news
LOOK = 0.75  # seconds; longer than what it puts off


class Watcher:
    """The program that watches the whole batch: knowhy, or the oracle."""

    def __init__(self, command, directory):
        self.command = command
        self.output = directory / "findings.jsonl"
        self.errors = directory / "watcher.err"
        self.process = None

    def start(self, patience=120):
        with open(self.output, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, start_new_session=True)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if b'"armed"' in self.output.read_bytes():
                return None
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        return f"the watcher did not arm: {self.errors.read_text(errors='replace').strip()[-600:]}"

    def settle(self, patience=15):
        """Waits until it has dealt with what it was told: on a busy machine it comes late, and among
        hundreds of namespaces it is never idle."""
        deadline = time.monotonic() + patience
        idle_looks = 0
        while idle_looks < 2 and time.monotonic() < deadline and self.process.poll() is None:
            before = self._cpu_seconds()
            time.sleep(LOOK)
            idle_looks = idle_looks + 1 if self._cpu_seconds() - before < IDLE * LOOK else 0

    def _cpu_seconds(self):
        try:
            stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return 0.0  # it has ended; stop() says how
        user, system = stat.rpartition(")")[2].split()[11:13]  # proc(5): utime, stime
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def stop(self, patience=120):
        """SIGINT, and its exit status; a watcher that does not end is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "does not end"
