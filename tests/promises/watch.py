"""What the promise tests share: a pair of network namespaces and a running `knowhy drops --json`."""
import json
import os
import signal
import subprocess
import threading


def sh(command):
    subprocess.run(["sh", "-ec", command], check=True, stdout=subprocess.DEVNULL)


class Namespaces:
    """Two namespaces, va 10.1.0.1/24 <-> vb 10.1.0.2/24, without IPv6's own chatter."""

    def __init__(self, prefix):
        self.a, self.b = f"{prefix}-a", f"{prefix}-b"

    def __enter__(self):
        self.remove()
        quiet = "net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
        sh(f"""ip netns add {self.a}; ip netns add {self.b}
            for ns in {self.a} {self.b}; do
                nsenter --net=/run/netns/$ns sysctl -qw {quiet}
                ip -n $ns link set lo up
            done
            ip link add va address 02:00:00:00:0a:01 netns {self.a} type veth \\
                peer name vb address 02:00:00:00:0b:01 netns {self.b}
            ip -n {self.a} addr add 10.1.0.1/24 dev va; ip -n {self.b} addr add 10.1.0.2/24 dev vb
            ip -n {self.a} link set va up; ip -n {self.b} link set vb up
            sleep 1; nsenter --net=/run/netns/{self.a} ping -qc1 -W5 10.1.0.2""")
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        for name in (self.a, self.b):
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)

    def run(self, which, *command, **options):
        """Runs a command in one of them and gives its standard output."""
        done = subprocess.run(["nsenter", f"--net=/run/netns/{which}", *command], check=True,
                              stdout=subprocess.PIPE, text=True, **options)
        return done.stdout

    def popen(self, which, *command):
        return subprocess.Popen(["nsenter", f"--net=/run/netns/{which}", *command],
                                stdout=subprocess.DEVNULL)

    @staticmethod
    def inum(name):
        return os.stat(f"/run/netns/{name}").st_ino


class Watch:
    """`knowhy drops --json ARGS`, armed on entry; `records` holds its JSON lines after stop()."""

    def __init__(self, knowhy, *args):
        self.command = [knowhy, "drops", "--json", *args]
        self.records = []
        self.stderr = ""

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        if not first:
            raise RuntimeError(f"{self.command} ended before it was armed: "
                               f"{self.process.stderr.read()}")
        self.records.append(json.loads(first))
        self._readers = [threading.Thread(target=self._read_records),
                         threading.Thread(target=self._read_stderr)]
        for reader in self._readers:
            reader.start()
        return self

    def _read_records(self):
        for line in self.process.stdout:
            self.records.append(json.loads(line))

    def _read_stderr(self):
        self.stderr = self.process.stderr.read()

    def stop(self, with_signal=signal.SIGINT):
        self.process.send_signal(with_signal)
        self.process.wait(120)
        for reader in self._readers:
            reader.join()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def of_type(self, kind):
        return [record for record in self.records if record["type"] == kind]

    @property
    def summary(self):
        return self.of_type("summary")[-1]

    def findings(self, netns):
        """The last word on each finding of one namespace."""
        latest = {r["id"]: r for r in self.of_type("finding") if r["netns"]["inum"] == netns}
        return list(latest.values())


def snmp(namespaces, which, row, column):
    """One counter of /proc/net/snmp as a namespace has it."""
    text = namespaces.run(which, "cat", "/proc/thread-self/net/snmp")
    lines = [line.split() for line in text.splitlines() if line.startswith(row + ":")]
    return int(dict(zip(lines[0], lines[1]))[column])
