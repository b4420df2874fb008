#!/usr/bin/python3
"""The bpftrace scripts of somebody whose RoCE packets vanished between two NICs of one host, as they
were written down, with the packet they were written for: from one of the host's own addresses.

Usage: test_vanished.py KNOWHY, in the lab's guest: it needs root and kprobes.
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

from harness import Live, knowhy, main

PACKETS = 3
INCLUDES = "#include <linux/netdevice.h>\n#include <linux/udp.h>\n#include <linux/skbuff.h>\n"
LOOKUP = r'''kprobe:__udp4_lib_lookup { printf("saddr=0x%x,sport=0x%x,daddr=0x%x,dport=0x%x\n",arg1, arg2, arg3, arg4); @[kstack]=count(); }'''
# As written down but for the field gro_enabled, which this kernel's udp_sock has no more.
SOCKET = r'''kretprobe:udp4_lib_lookup2 { printf("sock=0x%x\n",retval); if(retval != 0) { printf("encap_recv = 0x%x, gro_receive= 0x%x\n", ((struct udp_sock *)retval)->encap_rcv, ((struct udp_sock *)retval)->gro_receive); } }'''
RECEIVED = r'''kprobe:ip_rcv { if(arg1 == %s) { printf("get eth2 packet\n"); @[kstack]=count(); } }'''
ROUTED = r'''kretprobe:ip_route_input_slow { printf("ip_route_input_slow, ret=%d\n", retval); }'''

# A RoCEv2 frame 10.9.0.1 -> 10.9.0.2:4791 from v0, whose other end is v1, in one namespace.
SEND = f'''
import pathlib, socket, struct
def mac(device):
    return bytes.fromhex(pathlib.Path(f"/sys/class/net/{{device}}/address").read_text().replace(":", ""))
udp = struct.pack("!HHHH", 4791, 4791, 8 + 12, 0) + bytes(12)
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                 socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2"))
total = sum(struct.unpack("!10H", ip))
total = (total & 0xffff) + (total >> 16)
ip = ip[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + ip[12:]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("v0", 0))
for _ in range({PACKETS}):
    wire.send(mac("v1") + mac("v0") + bytes([8, 0]) + ip + udp)
'''
ASK = f'''
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taker.bind(("127.0.0.1", 4792))
for _ in range({PACKETS}):
    s.sendto(b"x", ("127.0.0.1", 4792))
'''


class Script(Live):
    ARMED = "Attached"


class Host:
    """One namespace with both NICs."""

    def __enter__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-ec",
             "mount -t sysfs none /sys; ip link add v0 type veth peer name v1;"
             "ip addr add 10.9.0.1/24 dev v0; ip addr add 10.9.0.2/24 dev v1;"
             "ip link set lo up; ip link set v0 up; ip link set v1 up; echo up; exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "up\n"
        return self

    def __exit__(self, *_):
        self.holder.communicate("")

    def python(self, code):
        subprocess.run(["nsenter", f"--target={self.holder.pid}", "--net", "--mount",
                        sys.executable, "-c", code], check=True)


def told(host, script, traffic):
    """What the script says of the traffic; it is read from a file, with its includes."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "script.bt"
        path.write_text(INCLUDES + script, encoding="utf-8")
        with Script("run", str(path)) as live:
            host.python(traffic)
            return live.stop()


class Vanished(unittest.TestCase):
    def test_routing_refuses_the_packets(self):
        with Host() as host:
            out = told(host, ROUTED, SEND)
        self.assertEqual(out.count("ip_route_input_slow, ret=-22\n"), PACKETS, out)

    def test_they_come_as_far_as_ip_rcv(self):
        ask = 'kprobe:ip_rcv { printf("%s 0x%lx\\n", ((struct net_device *)arg1)->name, arg1); }'
        with Host() as host:
            device = next(line.split()[1] for line in told(host, ask, SEND).splitlines()
                          if line.startswith("v1 "))
            out = told(host, RECEIVED % device, SEND)
            others = told(host, RECEIVED % device, ASK)
        self.assertEqual(out.count("get eth2 packet\n"), PACKETS, out)
        self.assertRegex(out, r"(?s)@\[\n    ip_rcv\+.*\n\]: \d")
        self.assertNotIn("get eth2 packet", others)

    def test_no_socket_is_looked_for(self):
        with Host() as host:
            vanished, arrived = told(host, LOOKUP, SEND), told(host, LOOKUP, ASK)
        self.assertNotIn("daddr=0x200090a", vanished)
        self.assertEqual(arrived.count("saddr=0x100007f,"), PACKETS, arrived)
        self.assertEqual(arrived.count("daddr=0x100007f,dport=0xb812\n"), PACKETS, arrived)
        self.assertRegex(arrived, r"(?s)@\[\n    __udp4_lib_lookup\+.*udp_sendmsg\+")

    def test_the_socket_that_is_found(self):
        with Host() as host:
            out = told(host, SOCKET, ASK)
        self.assertGreaterEqual(out.count("encap_recv = 0x0, gro_receive= 0x0\n"), PACKETS, out)

    def test_a_field_that_this_kernel_has_no_more(self):
        done = knowhy("run", "-e", SOCKET.replace("gro_receive)", "gro_enabled)"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("no field 'gro_enabled' in struct udp_sock", done.stderr)


if __name__ == "__main__":
    main()
