"""What the tests of the command line share: running knowhy, and a place where packets are lost."""
import atexit
import functools
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

KNOWHY = sys.argv[1]
SOURCE = pathlib.Path(__file__).resolve().parents[2]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
          "--inh-caps=-all"]


SKIPPED = 77


def lab_files():
    """Where the lab's kernel lies, and its release; or skips all of a program's tests."""
    sys.path.insert(0, str(SOURCE / "lab"))
    from runner.kernel import cache_dir, newest_unpacked  # pylint: disable=import-outside-toplevel
    folder = newest_unpacked(cache_dir())
    images = sorted(folder.glob("usr/lib/debug/boot/vmlinux-*")) if folder else []
    if not images:
        print("the lab's kernel has no debug files unpacked")
        sys.exit(SKIPPED)
    return folder, images[0].name.removeprefix("vmlinux-")


@functools.cache
def reachable():
    """knowhy and its recordings where any user can reach them: a checkout may be private."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="knowhy-"))
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o755)
    (folder / "bin").mkdir()
    shutil.copy(KNOWHY, folder / "bin/knowhy")
    shutil.copytree(SOURCE / "share/demo", folder / "share/knowhy/demo")
    return str(folder / "bin/knowhy")


def knowhy(*args, prefix=(), timeout=60, **options):
    """Runs knowhy to its end."""
    program = reachable() if prefix is NOBODY else KNOWHY
    return subprocess.run([*prefix, program, *args], capture_output=True, text=True,
                          timeout=timeout, check=False, **options)


class Case(unittest.TestCase):
    def assert_one_error(self, done, status, *words):
        """The exit status, nothing on stdout, and one line on stderr that has the words."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("knowhy: "), lines[0])
        for word in words:
            self.assertIn(word, lines[0])


class Live:
    """A live knowhy, armed on entry. Its stdout is a pipe, or what `stdout` says."""

    ARMED = "armed"  # what it says on stderr then

    def __init__(self, *args, prefix=(), stdout=subprocess.PIPE, env=None):
        self.process = subprocess.Popen([*prefix, KNOWHY, *args], stdout=stdout,
                                        stderr=subprocess.PIPE, text=True, env=env)
        self.errors = ""

    def __enter__(self):
        while self.ARMED not in self.errors:
            line = self.process.stderr.readline()
            if not line:
                raise RuntimeError(f"ended before it was armed: {self.errors}")
            self.errors += line
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def end(self, timeout=60):
        """Waits for its end; gives what it wrote."""
        out, errors = self.process.communicate(timeout=timeout)
        self.errors += errors
        return out

    def stop(self):
        self.signal()
        return self.end()


class LiveJson(Live):
    """The same with --json: that it is armed is told on stdout."""

    def __enter__(self):
        self.first = self.process.stdout.readline()
        if not self.first:
            raise RuntimeError("ended before it was armed")
        return self

    def lines(self):
        return records(self.first + self.stop())


class Net:
    """A network namespace that a process of ours holds; packets to 127.0.0.1 port 9 die there."""

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c",
             "sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set lo up; echo up; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.holder.stdout.readline()
        self.inum = os.stat(f"/proc/{self.holder.pid}/ns/net").st_ino

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.communicate("")

    def run(self, *command):
        subprocess.run(["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *command], check=True)

    def lose(self, packets, address="127.0.0.1", port=9, payload=b"lost"):
        code = (f"import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                f"for _ in range({packets}): s.sendto({payload}, ('{address}', {port}))")
        self.run(sys.executable, "-c", code)


class Named(Net):
    """The same, with a name in /run/netns."""

    _number = 0

    def __init__(self):
        super().__init__()
        Named._number += 1
        self.name = f"kwcli{os.getpid()}-{Named._number}"
        subprocess.run(["ip", "netns", "attach", self.name, str(self.holder.pid)], check=True)

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "delete", self.name], check=True)
        super().__exit__()


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def wait_for(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.02)


def catches(process, number):
    """True once the process has a handler for that signal."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        caught = next(line for line in status if line.startswith("SigCgt"))
    return int(caught.split()[1], 16) >> (number - 1) & 1


def read_pty(descriptor, process):
    """All that a process writes to a terminal of ours, until it ends."""
    out = b""
    while True:
        ready, _, _ = select.select([descriptor], [], [], 0.1)
        if ready:
            try:
                out += os.read(descriptor, 65536)
            except OSError:  # EIO: the other side is closed
                return out.decode()
        elif process.poll() is not None:
            return out.decode()


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
