#!/usr/bin/python3
"""The scripts of same_as_bpftrace.txt, by bpftrace and by knowhy at the same time, of one traffic.

Usage: test_same_as_bpftrace.py KNOWHY [NAME...], in the lab's guest: it traces the whole machine.
Lines are compared as a set for each script, since neither promises an order between CPUs.
"""
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
AT_ONCE = 6  # scripts; each runs twice
ARGUMENTS = ["42", "word"]
NETNS = "kwscripts"
LOOK = 1.0  # seconds
PATIENCE = 90
TRAFFIC = f"""
ip netns exec {NETNS} ping -q -c 3 -i 0.2 127.0.0.1
ip netns exec {NETNS} python3 - <<'END'
import socket, threading
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 9009))
for size in (1, 10, 100, 500, 1000):
    udp.sendto(b"x" * size, ("127.0.0.1", 9009))
    udp.recv(2000)
server = socket.create_server(("127.0.0.1", 7007))
client = socket.create_connection(("127.0.0.1", 7007))
peer, _ = server.accept()
client.close()
peer.close()
closed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
closed.sendto(b"nobody", ("127.0.0.1", 9999))
END
"""


def read_scripts(path):
    """[(name, text, why they differ or None)]"""
    scripts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("-- "):
            scripts.append([line[3:], "", None])
        elif line.startswith("! "):
            scripts[-1][2] = line[2:]
        elif line and scripts:
            scripts[-1][1] += line + "\n"
    return [tuple(script) for script in scripts]


def masked(text):
    """The lines that count: no word about attaching, no addresses."""
    text = re.sub(r"0x[0-9a-f]{9,}", "0xADDRESS", text)
    lines = [line.rstrip() for line in text.splitlines()]
    return sorted(line for line in lines if line and not line.startswith("Attaching "))


class Run:
    """One script under one of the two programs."""

    def __init__(self, command, directory, name):
        self.output = directory / f"{name}.out"
        self.errors = directory / f"{name}.err"
        with open(self.output, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err)
        self.spent = -1.0
        self.quiet = 0

    def is_idle(self):
        """Whether it spent no time for a while: it is armed, or has ended."""
        if self.process.poll() is not None:
            return True
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rpartition(")")[2].split()[11:13]
        spent = int(user) + int(system)
        self.quiet = self.quiet + 1 if spent - self.spent <= 2 else 0
        self.spent = spent
        return self.quiet >= 2

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return masked(self.output.read_text(errors="replace"))


def run_group(knowhy, group, directory):
    """{name: (peer's lines, ours, what both said on standard error)}"""
    runs = {}
    for name, text, _ in group:
        script = directory / f"{name}.bt"
        script.write_text(text, encoding="utf-8")
        # Debian's bpftrace takes a vmlinux that it finds for the one that runs.
        runs[name] = (Run(["bpftrace", str(script), *ARGUMENTS], directory, f"{name}.peer"),
                      Run([knowhy, "run", "--compat", "0.17", str(script), *ARGUMENTS], directory,
                          f"{name}.ours"))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        time.sleep(LOOK)
        if all([run.is_idle() for pair in runs.values() for run in pair]):
            break
    subprocess.run(["sh", "-c", TRAFFIC], check=True, stdout=subprocess.DEVNULL)
    time.sleep(LOOK)
    return {name: (peer.stop(), ours.stop(), peer.errors.read_text(errors="replace") +
                   ours.errors.read_text(errors="replace"))
            for name, (peer, ours) in runs.items()}


def main():
    knowhy, wanted = sys.argv[1], set(sys.argv[2:])
    scripts = [s for s in read_scripts(HERE / "same_as_bpftrace.txt")
               if not wanted or s[0] in wanted]
    subprocess.run(["ip", "netns", "add", NETNS], check=True)
    subprocess.run(["ip", "-n", NETNS, "link", "set", "lo", "up"], check=True)
    failed, differ = [], []
    with tempfile.TemporaryDirectory() as temporary:
        for first in range(0, len(scripts), AT_ONCE):
            group = scripts[first:first + AT_ONCE]
            results = run_group(knowhy, group, pathlib.Path(temporary))
            for script in group:
                name, _, why = script
                if results[name][0] != results[name][1] and not why:
                    # A busy machine may keep bpftrace from its probes for long enough to look idle.
                    print(f"once more, alone: {name}: {results[name][0]} {results[name][1]}")
                    results |= run_group(knowhy, [script], pathlib.Path(temporary))
                peer, ours, errors = results[name]
                if peer == ours and peer:
                    print(f"same    {name}" + (f"  (said to differ: {why})" if why else ""))
                    continue
                if why:
                    differ.append(name)
                    print(f"differs {name}: {why}")
                    continue
                failed.append(name)
                print(f"FAILED  {name}\n  bpftrace: {peer}\n  knowhy:   {ours}\n  {errors.strip()}")
            sys.stdout.flush()
    subprocess.run(["ip", "netns", "del", NETNS], check=True)
    print(f"{len(scripts) - len(failed) - len(differ)} of {len(scripts)} same, {len(differ)} known "
          f"to differ, {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
