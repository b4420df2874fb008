#!/usr/bin/python3
"""The examples for the write-ups, in a guest with debug files: what they found by hand is what comes out.

Usage: test_incidents.py KNOWHY; it boots the lab's guest and runs itself there (--guest). Skipped (77)
where the kernel's debug files are not unpacked (lab/kernel --dbg).
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = SOURCE / "examples"
SKIPPED = 77
NETNS = "kwincidents"
PATIENCE = 120
LACP_ENABLED = 0x2  # AD_PORT_LACP_ENABLED of sm_vars, drivers/net/bonding/bond_3ad.c
BOND = "bond0 type bond mode 802.3ad miimon 100 lacp_rate fast"


def ip(*words):
    subprocess.run(["ip", "-n", NETNS, *" ".join(words).split()], check=True)


class Script:
    """A script under way; armed once it says so."""

    def __init__(self, *words):
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen([KNOWHY, "run", *words], stdout=self.output,
                                        stderr=subprocess.PIPE)
        self.errors = b""
        while b"Attached" not in self.errors:
            line = self.process.stderr.readline()
            if not line:
                raise AssertionError(f"{words}: {self.errors.decode()}")
            self.errors += line
            # What it says later is little; the pipe holds it.

    def lines(self):
        self.process.communicate(timeout=PATIENCE)
        with self.output:
            self.output.seek(0)
            return self.output.read().decode().splitlines()


class Incidents(unittest.TestCase):
    def setUp(self):
        subprocess.run(["ip", "netns", "add", NETNS], check=True)

    def tearDown(self):
        subprocess.run(["ip", "netns", "del", NETNS], check=True)

    def ports(self, lines):
        """{device: (sm_vars, oper key)} as last printed"""
        found = (re.match(r"(\w+): sm_vars (\w+), .* oper key (\d+)", line) for line in lines)
        return {m[1]: (int(m[2], 16), int(m[3])) for m in found if m}

    def test_a_bond_of_dummies_has_no_key_and_sends_nothing(self):
        ip("link add", BOND)
        ip("link add d0 type dummy")
        ip("link set d0 master bond0")
        ip("link set bond0 up")
        lines = Script(str(EXAMPLES / "lacp-silent.stp")).lines()
        sm_vars, key = self.ports(lines)["d0"]
        self.assertEqual((sm_vars & LACP_ENABLED, key), (0, 0))
        self.assertFalse([line for line in lines if "LACPDU" in line])

    def test_what_the_driver_does_not_tell(self):
        script = Script(str(EXAMPLES / "lacp-silent.stp"))
        ip("link add", BOND)
        ip("link add d0 type dummy")
        ip("link set d0 master bond0")
        ip("link set bond0 up")
        mac = subprocess.run(["ip", "-n", NETNS, "-br", "link", "show", "bond0"], check=True,
                             capture_output=True, text=True).stdout.split()[2]
        lines = script.lines()
        self.assertTrue([line for line in lines if line.startswith("d0 tells no speed and duplex")
                         and "EOPNOTSUPP" in line], lines)
        systems = {line.rsplit(" ", 1)[1].lower() for line in lines if "is of the system" in line}
        self.assertEqual(systems, {mac})

    def test_a_bond_of_veths_sends(self):
        ip("link add v0 type veth peer name v1")
        ip("link set v1 up")
        ip("link add", BOND)
        ip("link set v0 master bond0")
        script = Script(str(EXAMPLES / "lacp-silent.stp"))
        ip("link set bond0 up")
        lines = script.lines()
        sm_vars, key = self.ports(lines)["v0"]
        self.assertEqual(sm_vars & LACP_ENABLED, LACP_ENABLED)
        self.assertNotEqual(key, 0)
        self.assertIn("v0 sends an LACPDU", lines)
        self.assertTrue([line for line in lines if "ad_lacpdu_send" in line], lines)

    def test_the_port_is_the_bonds_own(self):
        ip("link add", BOND)
        ip("link add d0 type dummy")
        ip("link set d0 master bond0")
        ip("link set bond0 up")
        shown = subprocess.run(["ip", "-n", NETNS, "-br", "link", "show", "bond0"], check=True,
                               capture_output=True, text=True).stdout.split()
        lines = Script(str(EXAMPLES / "lacp-port.bt")).lines()
        macs = [re.match(r"@aggregator\[([\w:]+)\]", line) for line in lines]
        self.assertEqual([m[1].lower() for m in macs if m], [shown[2]])

    def test_which_way_operstate_takes(self):
        script = Script("--for", "8s", str(EXAMPLES / "operstate.stp"))
        ip("link add v0 type veth peer name v1")
        ip("link set v0 up")
        ip("link set v1 up")
        time.sleep(1)
        lines = script.lines()
        self.assertEqual(lines.count("calling netif_carrier_on for v0"), 1)
        self.assertEqual(lines.count("calling netif_carrier_off for v0"), 1)
        self.assertGreaterEqual(lines.count("calling default_operstate"), 2)
        self.assertIn("calling linkwatch_do_dev", lines)

    def test_a_dummy_never_reports_its_carrier(self):
        script = Script("--for", "8s", str(EXAMPLES / "operstate.stp"))
        ip("link add d0 type dummy")
        ip("link set d0 up")
        time.sleep(1)
        lines = script.lines()
        self.assertFalse([line for line in lines if "netif_carrier" in line])
        self.assertIn("calling linkwatch_init_dev", lines)

    def test_parameters_by_name(self):
        ip("link set lo up")
        lines = Script("-c", f"ip netns exec {NETNS} ping -q -c 2 -i 0.2 127.0.0.1", "-e",
                       'kprobe:icmp_echo { printf("%s %d\\n", $skb->dev->name, $skb->len); }').lines()
        self.assertEqual(len([line for line in lines if re.match(r"lo \d+$", line)]), 2, lines)


    def pinged(self, script):
        """What the script prints while the namespace pings itself twice."""
        ip("link set lo up")
        lines = Script("-c", f"ip netns exec {NETNS} ping -q -c 2 -i 0.2 127.0.0.1", "--lang",
                       "stap", "-e", script).lines()
        return [line for line in lines if line and not re.match(r"PING|---|rtt|\d+ packets", line)]

    def test_a_return_knows_its_entry(self):
        lines = self.pinged(
            'probe kernel.function("icmp_rcv").return { '
            'printf("%s %d %d %s\\n", kernel_string(@entry($skb->dev)->name), $skb->len, $return, '
            '$$return) }')
        said = [line for line in lines if re.match(r"lo \d+ ([01]) return=0x\1$", line)]
        self.assertEqual(said, lines)
        self.assertEqual(len(lines), 4, lines)  # two requests, two replies

    def test_calls_within_calls_have_their_own_entries(self):
        lines = self.pinged(
            'probe kernel.function("__netif_receive_skb_core").return, '
            'kernel.function("__dev_queue_xmit").return, kernel.function("ip_local_deliver").return '
            '{ printf("%s %d\\n", probefunc(), @entry(register("sp")) + 8 == register("sp")) }')
        self.assertTrue(lines)
        self.assertFalse([line for line in lines if line.endswith(" 0")], lines)
        self.assertGreater(len({line.split()[0] for line in lines}), 1, lines)

    def test_structures_and_all_variables_as_text(self):
        lines = self.pinged(
            'probe kernel.function("icmp_rcv") { println($$parms); println($skb$); '
            'println($skb->dev$$); println(@defined($skb->nope), @defined($skb->len)) }')
        for said in (r"skb=0xff[0-9a-f]{14}$", r"\{.*\.len=\d+, .*\.truesize=\d+.*\}$",
                     r'\{\.name="lo", .*\}$', "01$"):
            self.assertTrue([line for line in lines if re.match(said, line)], (said, lines))

    def test_lines_of_a_function(self):
        lines = self.pinged(
            'probe kernel.statement("icmp_rcv@net/ipv4/icmp.c:*") { println(pp(), " ", $$vars) }')
        self.assertGreater(len({line.split()[0] for line in lines}), 5, lines)
        self.assertTrue([line for line in lines if "skb=0xff" in line], lines)

    def test_points_of_the_tapset(self):
        lines = self.pinged(
            'probe netdev.receive { printf("%s %s %d %x\\n", pn(), dev_name, length, '
            'ntohs(protocol)) } probe syscall.sendto { printf("%s %d\\n", name, fd) } '
            'probe syscall.sendto.return { printf("%s gave %d\\n", name, retval) }')
        for said in (r"netdev\.receive lo \d+ 800$", r"sendto \d+$", r"sendto gave \d+$"):
            self.assertTrue([line for line in lines if re.match(said, line)], (said, lines))

    def test_what_there_is_to_probe(self):
        def listed(*words):
            return subprocess.run([KNOWHY, "list", *words], check=True, capture_output=True,
                                  text=True).stdout
        self.assertIn("kernel.function(\"ip_rcv@net/ipv4/ip_input.c:",
                      listed('kernel.function("ip_rcv*")'))
        machine = listed("-v", 'module("bonding").statement("ad_tx_machine@*:*")')
        self.assertIn("ad_tx_machine@drivers/net/bonding/bond_3ad.c", machine)
        self.assertIn("struct port * $port", machine)
        self.assertIn("kernel.trace(\"kfree_skb\")", listed('kernel.trace("*")'))
        self.assertIn("struct sk_buff * $skb", listed("-v", 'kernel.trace("netif_receive_skb")'))


def has_debug_files():
    sys.path.insert(0, str(SOURCE / "lab"))
    from runner.kernel import find_kernel, has_debug_files as has
    return has(find_kernel())


if __name__ == "__main__":
    KNOWHY = sys.argv.pop(1)
    if "--guest" not in sys.argv:
        if not has_debug_files():
            print("no debug files; lab/kernel --dbg downloads them")
            sys.exit(SKIPPED)
        sys.exit(subprocess.run([SOURCE / "lab/exec", "--dbg", "--limit", "500", __file__, KNOWHY,
                                 "--guest"], check=False).returncode)
    sys.argv.remove("--guest")
    for module in ("bonding", "dummy"):
        subprocess.run(["modprobe", module], check=True)
    unittest.main(verbosity=2)
