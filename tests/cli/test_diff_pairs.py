#!/usr/bin/python3
"""`knowhy diff` on recordings of functions, made in the lab's guest and compared here: hosts one knob
apart, of which the knob is the first thing told, by the function that reads it; equal hosts, of which
nothing is told; and incident 3. With KNOWHY_KNOBS=all each row of the table of what functions read
(docs/readers.md) is flipped; without it ten knobs are."""
import ipaddress
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

from harness import KNOWHY, SOURCE, Case, knowhy, main, records

sys.path.insert(0, str(SOURCE / "lab"))
# pylint: disable=wrong-import-position
from runner import modules  # noqa: E402
from runner.kernel import find_kernel  # noqa: E402

OUT = pathlib.Path("/run/lab")  # of the guest: the directory of its recordings

X, Y = "kwdiffx", "kwdiffy"  # the one that sends, and the one that is looked at
MAC_X, MAC_Y = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
RECEIVE = ("ip_rcv,ip_route_input_slow,fib_validate_source,ip_local_deliver,ip_forward,nf_hook_slow,"
           "nft_do_chain,__udp4_lib_rcv,arp_process,tcf_classify,napi_gro_receive")
SEND = ("ip_output,ip_do_fragment,ip_finish_output2,neigh_resolve_output,arp_solicit,"
        "fib_table_lookup,__dev_queue_xmit,dev_hard_start_xmit")
BRIDGE = "br_handle_frame_finish,br_forward,__br_forward,br_flood,br_dev_queue_push_xmit"
LACP = "ad_lacpdu_send,bond_3ad_state_machine_handler"



def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def x_ip(*arguments):
    run("ip", "-n", X, *arguments)


def y_ip(*arguments):
    run("ip", "-n", Y, *arguments)


def y_run(*command, **options):
    run("ip", "netns", "exec", Y, *command, **options)


def sysctl(*settings):
    y_run("sysctl", "-qw", *settings)


def frame(protocol, payload, destination=MAC_Y):
    macs = bytes.fromhex((destination + MAC_X).replace(":", ""))
    return macs + struct.pack("!H", protocol) + payload


def udp(source, destination, port=9, length=20):
    body = struct.pack("!HHHH", 1111, port, 8 + length, 0) + bytes(length)
    head = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0x4000, 64, 17, 0,
                                 ipaddress.ip_address(source).packed,
                                 ipaddress.ip_address(destination).packed))
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xffff) + (total >> 16)
    struct.pack_into("!H", head, 10, ~((total & 0xffff) + (total >> 16)) & 0xffff)
    return frame(0x0800, bytes(head) + body)


def who_has(target):
    mac = bytes.fromhex(MAC_X.replace(":", ""))
    return frame(0x0806, struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac,
                                     ipaddress.ip_address("10.1.0.1").packed, bytes(6),
                                     ipaddress.ip_address(target).packed), "ff:ff:ff:ff:ff:ff")


# Everything that comes in by v1; whatever a knob turns, some of these take another way.
FRAMES = [udp("10.1.0.1", "10.1.0.2"), udp("10.9.9.9", "10.1.0.2"), udp("10.1.0.2", "10.1.0.2"),
          udp("10.1.0.1", "10.20.0.1"), udp("10.1.0.1", "10.20.0.1", length=1300),
          udp("10.1.0.1", "127.0.0.1"), who_has("10.2.0.1"), who_has("10.20.0.1")]
SENDER = """
import socket, sys, time
sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sender.bind(("v0", 0))
for line in open(sys.argv[1]):
    sender.send(bytes.fromhex(line))
    time.sleep(0.01)
"""


def wire():
    """X and Y, joined by v0 and v1; IPv6 is off, nobody has to be asked for a MAC."""
    for name in (X, Y):
        run("ip", "netns", "add", name)
        run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
            "net.ipv6.conf.default.disable_ipv6=1")
        run("ip", "-n", name, "link", "set", "lo", "up")
    x_ip("link", "add", "v0", "address", MAC_X, "type", "veth", "peer", "name", "v1", "address",
         MAC_Y, "netns", Y)
    for at, device, own, other, mac in ((x_ip, "v0", "10.1.0.1", "10.1.0.2", MAC_Y),
                                        (y_ip, "v1", "10.1.0.2", "10.1.0.1", MAC_X)):
        at("addr", "add", own + "/24", "dev", device)
        at("link", "set", device, "up")
        at("neigh", "add", other, "lladdr", mac, "nud", "permanent", "dev", device)


def receiver(folder):
    """Y listens on UDP port 9, forwards 10.20.0.0/16 into d0, and takes what it may."""
    wire()
    run("ip", "netns", "exec", X, "ethtool", "-K", "v0", "tso", "off", stdout=subprocess.DEVNULL)
    y_ip("link", "add", "d0", "type", "dummy")
    y_ip("addr", "add", "10.2.0.1/24", "dev", "d0")
    y_ip("link", "set", "d0", "up")
    y_ip("route", "add", "10.20.0.0/16", "via", "10.2.0.2")
    y_ip("route", "add", "10.9.9.0/24", "via", "10.2.0.2")
    y_ip("neigh", "add", "10.2.0.2", "lladdr", "02:00:00:00:00:66", "nud", "permanent", "dev", "d0")
    sysctl("net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.v1.rp_filter=0",
           "net.ipv4.conf.v1.accept_local=1", "net.ipv4.conf.v1.route_localnet=1")
    y_run("nft", "add table ip f; add chain ip f in { type filter hook input priority 0; }; "
          "add rule ip f in udp dport 9 accept; add rule ip f in udp dport 1-100 drop")
    y_run("tc", "qdisc", "add", "dev", "v1", "clsact")
    (folder / "send.py").write_text(SENDER, encoding="utf-8")
    (folder / "frames").write_text("".join(each.hex() + "\n" for each in FRAMES), encoding="utf-8")


RECEIVER = ["ip", "netns", "exec", X, sys.executable, "-S", "send.py", "frames"]


def sender(_):
    wire()
    y_ip("route", "add", "10.30.0.0/16", "via", "10.1.0.1")


SENDER_RUN = ["ip", "netns", "exec", Y, "sh", "-c",
              "ping -q -c 2 -i 0.2 -W 1 -s 1300 -M dont 10.1.0.1; ping -q -c 1 -W 1 10.30.0.1; true"]


def tagged(_):
    wire()
    x_ip("link", "add", "v0.5", "link", "v0", "type", "vlan", "id", "5")
    y_ip("link", "add", "v1.5", "link", "v1", "type", "vlan", "id", "5")
    for at, device, own, other, mac in ((x_ip, "v0.5", "10.5.0.1", "10.5.0.2", MAC_Y),
                                        (y_ip, "v1.5", "10.5.0.2", "10.5.0.1", MAC_X)):
        at("addr", "add", own + "/24", "dev", device)
        at("link", "set", device, "up")
        at("neigh", "add", other, "lladdr", mac, "nud", "permanent", "dev", device)


TAGGED_RUN = ["ip", "netns", "exec", Y, "ping", "-q", "-c", "2", "-i", "0.2", "-W", "1", "10.5.0.1"]


def bridged(folder):
    """Y is a bridge between v1 and d0."""
    receiver(folder)
    y_ip("link", "add", "br0", "type", "bridge")
    for device in ("v1", "d0"):
        y_ip("addr", "flush", "dev", device)
        y_ip("link", "set", device, "master", "br0")
        # Two isolated ports would not talk; so far only one of them is.
    y_ip("link", "set", "d0", "type", "bridge_slave", "isolated", "on")
    y_ip("link", "set", "br0", "up")
    broadcast = udp("10.1.0.1", "10.1.0.255").hex()
    (folder / "frames").write_text("ff" * 6 + broadcast[12:] + "\n", encoding="utf-8")


def bonded(_):
    """Two bonds that speak LACP; each waits until the other has answered."""
    wire()
    for at, device in ((x_ip, "v0"), (y_ip, "v1")):
        at("link", "set", device, "down")
        at("link", "add", "bond0", "type", "bond", "mode", "802.3ad", "miimon", "100")
        at("link", "set", device, "master", "bond0")
        at("link", "set", "bond0", "up")
    wait_for_partner()


def wait_for_partner():
    y_run("sh", "-c", "for i in $(seq 300); do grep -q 'Partner Mac Address: 0[1-9a-f]' "
          "/proc/net/bonding/bond0 && exit; sleep 0.1; done; exit 1")


def ask_fast():
    y_ip("link", "set", "bond0", "down")
    y_ip("link", "set", "bond0", "type", "bond", "lacp_rate", "fast")
    y_ip("link", "set", "bond0", "up")
    wait_for_partner()


BONDED_RUN = ["sleep", "1"]


class Scenario:
    def __init__(self, build, functions, command):
        self.build, self.functions, self.command = build, functions, command


SCENARIOS = {
    "receive": Scenario(receiver, RECEIVE, RECEIVER),
    "send": Scenario(sender, SEND, SENDER_RUN),
    "tagged": Scenario(tagged, SEND, TAGGED_RUN),
    "bridge": Scenario(bridged, BRIDGE, RECEIVER),
    "bond": Scenario(bonded, LACP, BONDED_RUN),
}


def move_rule():
    y_run("nft", "flush chain ip f in; add rule ip f in udp dport 1-100 drop; "
          "add rule ip f in udp dport 9 accept")


def add_chain():
    y_run("nft", "add chain ip f early { type filter hook prerouting priority -300; }; "
          "add rule ip f early ip saddr 10.9.9.9 drop")


# What is turned: the scenario, how, the first difference that must be told (kind, name), and whether
# it is told as read at the point where the paths part.
KNOBS = {
    "rp_filter": ("receive", lambda: sysctl("net.ipv4.conf.v1.rp_filter=1"),
                  "sysctl", "net.ipv4.conf.v1.rp_filter", True),
    "accept_local": ("receive", lambda: sysctl("net.ipv4.conf.v1.accept_local=0"),
                     "sysctl", "net.ipv4.conf.v1.accept_local", True),
    "route_localnet": ("receive", lambda: sysctl("net.ipv4.conf.v1.route_localnet=0"),
                       "sysctl", "net.ipv4.conf.v1.route_localnet", True),
    "ip_forward": ("receive", lambda: sysctl("net.ipv4.ip_forward=0"),
                   "sysctl", "net.ipv4.ip_forward", True),
    "forwarding": ("receive", lambda: sysctl("net.ipv4.conf.v1.forwarding=0"),
                   "sysctl", "net.ipv4.conf.v1.forwarding", True),
    "route": ("receive", lambda: y_ip("route", "replace", "unreachable", "10.20.0.0/16"),
              "route", "10.20.0.0/16", True),
    "rule": ("receive", lambda: y_ip("rule", "add", "to", "10.20.0.0/16", "prohibit"),
             "rule", "prohibit", True),
    "address": ("receive", lambda: y_ip("addr", "add", "10.20.0.1/32", "dev", "d0"),
                "address", "10.20.0.1/32", True),
    "mtu": ("receive", lambda: y_ip("link", "set", "d0", "mtu", "1200"), "link", "mtu", True),
    "nft rule": ("receive", move_rule, "nft rule", "ip f in: udp dport", True),
    "nft policy": ("receive", lambda: y_run(
        "nft", "flush chain ip f in; chain ip f in { policy drop; }"), "nft ", "ip f in", True),
    "nft chain": ("receive", add_chain, "nft chain", "ip f early", False),
    "arp_ignore": ("receive", lambda: sysctl("net.ipv4.conf.v1.arp_ignore=1"),
                   "sysctl", "net.ipv4.conf.v1.arp_ignore", False),
    "proxy_arp": ("receive", lambda: sysctl("net.ipv4.conf.v1.proxy_arp=1"),
                  "sysctl", "net.ipv4.conf.v1.proxy_arp", False),
    "tc filter": ("receive", lambda: y_run(
        "tc", "filter", "add", "dev", "v1", "ingress", "pref", "7", "matchall", "action", "drop"),
        "tc filter", "pref 7", True),
    "gro": ("receive", lambda: y_run("ethtool", "-K", "v1", "gro", "on"),
            "feature", "rx-gro", True),
    "mtu out": ("send", lambda: y_ip("link", "set", "v1", "mtu", "1200"), "link", "mtu", True),
    "route out": ("send", lambda: y_ip("route", "del", "10.30.0.0/16"),
                  "route", "10.30.0.0/16", False),
    "neighbour": ("send", lambda: y_ip("neigh", "replace", "10.1.0.1", "lladdr",
                                       "00:00:5e:00:53:01", "nud", "permanent", "dev", "v1"),
                  "neighbour", "10.1.0.1", True),
    "qdisc": ("send", lambda: y_run("tc", "qdisc", "add", "dev", "v1", "root", "pfifo",
                                    "limit", "7"), "qdisc", "root", False),
    "vlan offload": ("tagged", lambda: y_run("ethtool", "-K", "v1", "txvlan", "off",
                                             stdout=subprocess.DEVNULL),
                     "feature", "tx-vlan-hw-insert", False),
    "isolated": ("bridge", lambda: y_ip("link", "set", "v1", "type", "bridge_slave",
                                        "isolated", "on"),
                 "link", "bridge port isolated", False),
    "lacp_rate": ("bond", ask_fast, "bond", "lacp_rate", False),
}


USUAL = ("rp_filter", "accept_local", "mtu out", "nft rule", "ip_forward", "route", "gro",
         "vlan offload", "lacp_rate", "neighbour")
EVERYTHING = os.environ.get("KNOWHY_KNOBS") == "all" or "all" in sys.argv
TURNED = KNOBS if EVERYTHING else {name: KNOBS[name] for name in USUAL}
# How often each scenario is recorded again, as it is: any two of one are a pair of equal hosts.
AGAIN = ({"receive": 3, "send": 2, "tagged": 1, "bridge": 1, "bond": 1} if EVERYTHING else
         {"receive": 2, "send": 1, "tagged": 1, "bond": 1})


def tear_down():
    for name in (X, Y):
        subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)


def record(name, scenario, turn=lambda: None):
    """The scenario in a world made for it, once turn() was called."""
    what = SCENARIOS[scenario]
    with tempfile.TemporaryDirectory() as folder:
        try:
            what.build(pathlib.Path(folder))
            turn()
            done = knowhy("record", str(OUT / name), "--ns", Y, "--functions", what.functions, "--",
                          *what.command, cwd=folder, timeout=300)
            assert done.returncode == 0, f"{name}: {done.stderr}"
        finally:
            tear_down()
    (OUT / name).chmod(0o644)


def in_guest():
    """All recordings, by the name of the knob; of scenarios as they are with a number."""
    # What a scenario would load by itself, and the next one would have from the start.
    run("modprobe", "-a", "veth", "dummy", "8021q", "bonding", "bridge", "nf_tables", "sch_ingress",
        "cls_matchall", "act_gact")
    (OUT / "link-up").mkdir()
    run(SOURCE / "lab/guest/record_link_up.sh", KNOWHY, OUT / "link/knowhy_link.ko", OUT / "link-up")
    for scenario, count in AGAIN.items():
        for number in range(1 + count):
            record(f"{scenario} {number}", scenario)
    for name, (scenario, turn, _, _, _) in TURNED.items():
        record(name, scenario, turn)


class Pairs(Case):
    @classmethod
    def setUpClass(cls):
        cls.share = pathlib.Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="knowhy-diff-")))
        modules.build_module("link", find_kernel(False), "amd64", cls.share / "link")
        done = subprocess.run([SOURCE / "lab/exec", "--limit", "1200", "--share", cls.share,
                               __file__, KNOWHY, "in-guest", *(["all"] if EVERYTHING else [])],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def compare(self, good, bad):
        done = knowhy("diff", "--json", str(self.share / good), str(self.share / bad))
        self.assertEqual(done.returncode, 0, done.stderr)
        return records(done.stdout)

    def told(self, good, bad):
        """The same, for whoever reads a failure."""
        return "\n" + knowhy("diff", str(self.share / good), str(self.share / bad)).stdout

    def test_each_knob_is_the_first_thing_told(self):
        for name, (scenario, _, kind, what, is_read) in TURNED.items():
            with self.subTest(knob=name):
                good = f"{scenario} 0"
                lines = self.compare(good, name)
                told = [line for line in lines if line["type"] == "state_difference"]
                self.assertTrue(told, self.told(good, name))
                self.assertIn(kind, told[0]["kind"], self.told(good, name))
                self.assertIn(what, told[0]["name"], self.told(good, name))
                if is_read:
                    self.assertEqual(told[0]["rank"], "read", self.told(good, name))

    def test_of_equal_pairs_nothing_is_told(self):
        for scenario, count in AGAIN.items():
            for one in range(1 + count):
                for other in range(one + 1, 1 + count):
                    with self.subTest(scenario=scenario, pair=(one, other)):
                        good, bad = f"{scenario} {one}", f"{scenario} {other}"
                        lines = self.compare(good, bad)
                        self.assertEqual([line["type"] for line in lines], ["comparison"],
                                         self.told(good, bad))
                        self.assertGreater(lines[0]["equal_facts"], 100)
                        if scenario != "bond":
                            self.assertGreater(lines[0]["calls_alike"], 0)

    def test_the_driver_that_never_takes_the_carrier_away(self):
        lines = self.compare("link-up/good.knowhy", "link-up/bad.knowhy")
        self.assertEqual(lines[0]["type"], "divergence")
        self.assertEqual((lines[0]["kind"], lines[0]["function"], lines[0]["lacking"]),
                         ("missing_call", "netif_carrier_off", "bad"), json.dumps(lines[0]))
        told = [line for line in lines if line["type"] == "state_difference"]
        self.assertEqual((told[0]["kind"], told[0]["name"], told[0]["device"], told[0]["good"],
                          told[0]["bad"], told[0]["rank"]),
                         ("link", "operstate", "kw0", "UP", "UNKNOWN", "read"))


if __name__ == "__main__":
    if "in-guest" in sys.argv:
        in_guest()
    else:
        main()
