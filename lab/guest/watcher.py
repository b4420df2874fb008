"""The program under test while a batch runs."""
import signal
import subprocess
import time


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

    def stop(self, patience=120):
        """SIGINT, and its exit status; a watcher that does not end is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "does not end"
