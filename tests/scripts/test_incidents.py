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
