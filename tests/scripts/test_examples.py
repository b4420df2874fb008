#!/usr/bin/python3
"""The examples: all at once in a guest, over one network with traffic for each, and each is held to
a fact of that traffic. Those of the bonds and of operstate are test_incidents.py's.

Usage: test_examples.py KNOWHY            boots the lab's guest and runs itself there (--guest)
       test_examples.py KNOWHY --check    checks them against the running kernel, without root
       test_examples.py --table           prints the table for examples/README.md
"""
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = SOURCE / "examples"
PATIENCE = 180
# What needs debug files or a module that may not be loaded can only be checked where there are.
ELSEWHERE = {"lacp-silent.stp", "lacp-port.bt", "operstate.stp"}
OF_MODULES = {"bridge-forwarding.bt", "conntrack-new.bt"}
A, B, C, D = (f"kwex{letter}" for letter in "abcd")
SENT = 200_000


def scripts():
    return sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".bt", ".stp"))


def question(path):
    """The comment's first sentence."""
    comment = [line[3:] for line in path.read_text(encoding="utf-8").splitlines()
               if line.startswith("// ")]
    return re.match(r".*?[?.](?= |$)", " ".join(comment))[0]


def table():
    return "".join(f"| [{path.name}]({path.name}) | {question(path)} |\n" for path in scripts())


class Texts(unittest.TestCase):
    def test_there_are_25_and_the_page_lists_them(self):
        self.assertGreaterEqual(len(scripts()), 25)
        page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
        self.assertTrue(page.endswith("| --- | --- |\n" + table()), "made by test_examples.py --table")

    def test_each_says_how_it_is_run_and_what_comes_out(self):
        for path in scripts():
            text = path.read_text(encoding="utf-8")
            for word in ("#!/usr/bin/env -S knowhy run\n", "// Run:    knowhy run ", "// Output: ",
                         "// Needs:  root"):
                self.assertIn(word, text, path.name)
            self.assertIn(f"examples/{path.name}", text, path.name)

    def test_they_are_without_a_mistake(self):
        for path in scripts():
            if path.name in ELSEWHERE:
                continue
            done = subprocess.run([KNOWHY, "run", "--check", str(path)], capture_output=True,
                                  text=True, check=False)
            if path.name in OF_MODULES and done.returncode != 0:
                self.assertIn("KW3003", done.stderr, path.name)  # not loaded
            else:
                self.assertEqual((done.returncode, done.stderr), (0, ""), path.name)


def sh(line, **options):
    return subprocess.run(line, shell=True, check=True, **options)


def python(namespace, code, **options):
    return subprocess.Popen(["ip", "netns", "exec", namespace, sys.executable, "-c", code],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)


def network():
    """ea (10.9.0.1, queueing 20 ms) and eb (10.9.0.2) are one cable; C and D meet on B's bridge."""
    for namespace in (A, B, C, D):
        sh(f"ip netns add {namespace}; ip -n {namespace} link set lo up")
    sh(f"""
ip -n {A} link add ea type veth peer name eb netns {B}
ip -n {A} addr add 10.9.0.1/24 dev ea; ip -n {B} addr add 10.9.0.2/24 dev eb
ip netns exec {B} ethtool -K eb gro on
ip -n {A} link set ea up; ip -n {B} link set eb up
tc -n {A} qdisc add dev ea root netem delay 20ms
ip -n {A} route add prohibit 192.0.2.2
ip netns exec {A} sysctl -qw net.ipv4.neigh.ea.retrans_time_ms=100
ip -n {B} link add br0 type bridge; ip -n {B} link set br0 up
ip -n {C} link add q0 type veth peer name p0 netns {B}
ip -n {D} link add q1 type veth peer name p1 netns {B}
for p in p0 p1; do ip -n {B} link set $p master br0; ip -n {B} link set $p up; done
ip -n {C} addr add 10.8.0.1/24 dev q0; ip -n {C} link set q0 up
ip -n {D} addr add 10.8.0.2/24 dev q1; ip -n {D} link set q1 up
ip netns exec {B} nft add table ip t
ip netns exec {B} nft add chain ip t i '{{ type filter hook input priority 0; }}'
ip netns exec {B} nft add rule ip t i ct state new tcp dport 5002 drop
""")


# B's side: a server that takes a connection, one that takes none, a UDP and a raw socket that nobody
# reads, a name server that answers once.
SERVERS = """
import socket, sys
tcp = socket.create_server(("10.9.0.2", 5000))
deaf = socket.create_server(("10.9.0.2", 5003), backlog=0)
small = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
small.bind(("10.9.0.2", 6000))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
names.bind(("10.9.0.2", 53))
print("up", flush=True)
query, who = names.recvfrom(512)
names.sendto(query, who)
taken, _ = tcp.accept()
total = 0
while data := taken.recv(65536):
    total += len(data)
print(total, flush=True)
sys.stdin.read()
"""
CLIENTS = f"""
import fcntl, socket, struct
def udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def connect(port, patience):
    try:
        return socket.create_connection(("10.9.0.2", port), timeout=patience)
    except OSError as error:
        return error
dns = udp()
dns.connect(("10.9.0.2", 53))
dns.send(b"query")
dns.recv(512)
lost = udp()
lost.connect(("10.9.0.2", 53))
lost.send(b"query without an answer")
stream = connect(5000, 60)
stream.sendall(bytes({SENT}))
stream.close()
print(connect(5001, 60))
flood = udp()
for _ in range(100):
    flood.sendto(bytes(1000), ("10.9.0.2", 6000))
waiting = [connect(5003, 1.5) for _ in range(3)]
connect(5002, 2.5)
udp().sendto(b"nobody", ("10.9.0.2", 9))
for address in ("192.0.2.1", "192.0.2.2", "10.9.0.77"):
    try:
        udp().sendto(b"x", (address, 9))
    except OSError:
        pass
# From B's own address: B refuses it.
mac = bytes.fromhex(open("/sys/class/net/ea/address").read().replace(":", ""))
packet = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 17, 0, *[socket.inet_aton("10.9.0.2")] * 2)
total = sum(struct.unpack("!10H", packet))
total = (total & 0xffff) + (total >> 16)
packet = packet[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + packet[12:]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("ea", 0))
wire.send(bytes([255] * 6) + mac + bytes([8, 0]) + packet + struct.pack("!HHHH", 9, 9, 8, 0))
"""


def traffic():
    servers = python(B, SERVERS)
    servers.stdout.readline()
    sh(f"ip netns exec {A} ping -q -c 20 -i 0.02 10.9.0.2; ip netns exec {C} ping -q -c 3 -i 0.2 10.8.0.2",
       stdout=subprocess.DEVNULL)
    clients = python(A, CLIENTS)
    clients.communicate("", timeout=PATIENCE)
    time.sleep(2)  # A's attempts to find 10.9.0.77 end after three tenths of a second
    sh(f"ip -n {B} link set eb down; ip -n {B} link set eb up")
    servers.communicate("", timeout=PATIENCE)


class Running:
    """An example under way, from "Attached" on."""

    def __init__(self, path):
        self.name = path.name
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([KNOWHY, "run", str(path)], stdout=self.output,
                                        stderr=subprocess.PIPE, text=True)

    def wait(self):
        self.errors = ""
        while "Attached" not in self.errors:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError(f"{self.name}: {self.errors}")
            self.errors += line

    def end(self):
        self.errors += self.process.communicate(timeout=PATIENCE)[1]
        with self.output:
            self.output.seek(0)
            return self.output.read()


def observed():
    """What each printed, by its name."""
    running = [Running(path) for path in scripts() if path.name not in ELSEWHERE]
    for each in running:
        each.wait()
    traffic()
    for each in running:
        each.process.send_signal(signal.SIGINT)
    return {each.name: each.end() for each in running}


class Facts(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        network()
        cls.b_inum = sh(f"ip netns exec {B} readlink /proc/self/ns/net", capture_output=True,
                        text=True).stdout.strip()[5:-1]
        cls.b_mac = sh(f"ip netns exec {B} cat /sys/class/net/eb/address", capture_output=True,
                       text=True).stdout.strip()
        cls.printed = observed()

    def has(self, name, *patterns):
        for pattern in patterns:
            self.assertRegex(self.printed[name], re.compile(pattern, re.M | re.I), name)

    def number(self, name, pattern):
        """The number that the pattern's group finds, all of them added."""
        found = re.findall(pattern, self.printed[name], re.M)
        self.assertTrue(found, f"{name}: {self.printed[name]}")
        return sum(map(int, found))

    def test_arp_watch(self):
        self.has("arp-watch.bt", r"^eb: request from 10\.9\.0\.1 \([0-9a-f:]{17}\) for 10\.9\.0\.2$",
                 rf"^ea: reply from 10\.9\.0\.2 \({self.b_mac}\) for 10\.9\.0\.1$")

    def test_bridge_forwarding(self):
        self.has("bridge-forwarding.bt", r"^@forwarded\[p0, p1\]: \d+$", r"^@forwarded\[p1, p0\]: \d+$",
                 r"^@flooded\[p0\]: \d+$")

    def test_carrier_changes(self):
        self.has("carrier-changes.stp", r"^ea: carrier off, by ip$", r"^ea: carrier on, by ip$",
                 r"veth")

    def test_conntrack_new(self):
        self.assertEqual(self.number("conntrack-new.bt", r"^@new\[10\.9\.0\.1, 5000, 6\]: (\d+)$"), 1)
        self.assertGreaterEqual(
            self.number("conntrack-new.bt", r"^@new\[10\.9\.0\.1, 6000, 17\]: (\d+)$"), 1)

    def test_dns_time(self):
        self.has("dns-time.bt", r"^1 queries without an answer$", r"^@us\[10\.9\.0\.2\]:")
        # It cannot be quicker than the 20 ms that its query waits.
        self.assertNotRegex(self.printed["dns-time.bt"], r"\n\[(\d+|[248]K|1K), ")

    def test_drops_by_netns(self):
        self.has("drops-by-netns.bt", rf"^@dropped\[{self.b_inum}, eb, .*\]: \d+$")

    def test_ip_input_path(self):
        steps = {step: self.number("ip-input-path.stp", rf"^eb: {step}: (\d+)$")
                 for step in ("1 received", "2 for this host", "3 to UDP", "3 to TCP", "3 to ICMP")}
        self.assertGreaterEqual(steps["3 to UDP"], 100)
        self.assertGreaterEqual(steps["3 to ICMP"], 3)
        self.assertGreater(steps["1 received"], steps["2 for this host"])  # the martian
        self.assertGreaterEqual(steps["2 for this host"], steps["3 to UDP"] + steps["3 to ICMP"])

    def test_listen_queue(self):
        self.has("listen-queue.bt", r"^port 5003: queue of 0 is full$", r"^@dropped\[5003\]: \d+$")
        self.assertNotIn("port 5000:", self.printed["listen-queue.bt"])

    def test_napi_polls(self):
        self.has("napi-polls.bt", r"^@packets\[\(no_device\)\]:")

    def test_neighbour_states(self):
        self.has("neighbour-states.bt", r"^10\.9\.0\.77 on ea: FAILED$", r"^10\.9\.0\.2 on ea: REACHABLE$",
                 r"^@failed\[ea, 10\.9\.0\.77\]: \d+$")

    def test_netfilter_verdicts(self):
        self.has("netfilter-verdicts.bt", r"^@dropped\[2, 1, eb\]: \d+$", r"^@passed\[2, 1, eb\]: \d+$")

    def test_packet_sizes(self):
        self.has("packet-sizes.stp", r"^eb received, bytes:$", r"^ea sent, bytes:$")
        sizes = self.printed["packet-sizes.stp"].split("ea sent, bytes:")[1]
        self.assertRegex(sizes, r"\n *(2048|4096|8192|16384|32768) \|@")  # beyond the MTU

    def test_qdisc_delay(self):
        of_a = self.printed["qdisc-delay.bt"].split("@us[ea]:")[1].split("@")[0]
        self.assertNotRegex(of_a, r"\n\[(\d+|[248]K|1K), ")  # none waited less than 16 ms
        self.assertRegex(of_a, r"\n\[(16|32|64)K, ")

    def test_route_failures(self):
        self.has("route-failures.bt", r"^@failed\[192\.0\.2\.1, -101, python3", r"^@failed\[192\.0\.2\.2, -13, ")

    def test_socket_full(self):
        self.has("socket-full.stp", r"^protocol 1: \d+ packets, \d+ bytes, did not fit into \d+$")

    def test_softirq_times(self):
        self.has("softirq-times.stp", r"^softirq 3: \d+ times, \d+ us on average, at most \d+ us$")

    def test_source_validation(self):
        self.has("source-validation.bt", r"source refused, martian$", r"^@refused\[-22\]: 1$")

    def test_tcp_accepts(self):
        self.has("tcp-accepts.bt", r"^python3\S* \(\d+\) port 5000 from 10\.9\.0\.1$",
                 r"^@accepted\[python3\S*, 5000\]: 1$")

    def test_tcp_connect_time(self):
        self.has("tcp-connect-time.bt", r"^10\.9\.0\.2:5000 established after \d+ us$",
                 r"^10\.9\.0\.2:5001 refused or given up after \d+ us$")
        took = re.findall(r"5000 established after (\d+) us", self.printed["tcp-connect-time.bt"])
        self.assertGreaterEqual(int(took[0]), 20_000)

    def test_tcp_retransmits(self):
        self.has("tcp-retransmits.bt", r"^10\.9\.0\.1:\d+ to 10\.9\.0\.2:5002, SYN sent$",
                 r"^@retransmits\[10\.9\.0\.1, 10\.9\.0\.2, 5002\]: \d+$")

    def test_top_senders(self):
        self.assertGreaterEqual(self.number("top-senders.stp", r"^\S+ on ea: (\d+) bytes in"), SENT)

    def test_udp_receive_errors(self):
        lost = self.number("udp-receive-errors.bt", r"^@lost\[6000, -12\]: (\d+)$")
        self.assertTrue(50 <= lost <= 100, lost)


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print(table(), end="")
        sys.exit()
    KNOWHY = sys.argv.pop(1)
    if "--check" in sys.argv:
        sys.argv.remove("--check")
        unittest.main(defaultTest="Texts", verbosity=2)
    elif "--guest" in sys.argv:
        sys.argv.remove("--guest")
        for module in ("bridge", "nf_conntrack", "sch_netem", "nft_ct"):
            sh(f"modprobe {module}")
        unittest.main(defaultTest="Facts", verbosity=2)
    else:
        sys.exit(subprocess.run([SOURCE / "lab/exec", "--limit", "500", __file__, KNOWHY, "--guest"],
                                check=False).returncode)
