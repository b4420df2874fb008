#!/usr/bin/python3
"""knowhy show of a vmcore: the lab's guest, dumped by QEMU, against what it said while it lived.

Skipped where the lab's kernel has no debug files unpacked.
"""
import json
import pathlib
import subprocess
import tempfile
import unittest

from harness import SOURCE, Case, knowhy, lab_files, main, records

SETUP = """
modprobe -a bonding dummy
ip link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast
ip link add d0 type dummy
ip link set d0 master bond0
ip link set bond0 up
ip -d -j link show bond0
ip -d -j link show d0
grep -w init_net /proc/kallsyms
grep -w bond_setup /proc/kallsyms
"""
FOLDER = tempfile.TemporaryDirectory(prefix="knowhy-core-")


class Core(Case):
    @classmethod
    def setUpClass(cls):
        lab, release = lab_files()
        cls.debug = lab / "usr/lib/debug"
        cls.vmlinux = cls.debug / "boot" / f"vmlinux-{release}"
        cls.core = pathlib.Path(FOLDER.name, "core")
        done = subprocess.run([SOURCE / "lab/vmcore", cls.core, SETUP], check=True,
                              capture_output=True, text=True)
        lines = done.stdout.splitlines()
        cls.bond, cls.slave = (json.loads(line)[0] for line in lines if line.startswith("["))
        cls.symbols = {line.split()[2]: int(line.split()[0], 16) for line in lines
                       if not line.startswith("[") and len(line.split()) >= 3}

    def show(self, *args, vmlinux=None):
        return knowhy("show", "--json", "--core", self.core, "--vmlinux", vmlinux or self.vmlinux,
                      "--debug-dir", self.debug, *args)

    def shown(self, *args):
        done = self.show(*args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return records(done.stdout)

    def test_a_device_is_what_ip_said(self):
        (line,) = self.shown("dev", "bond0")
        told = {member["name"]: member for member in line["members"]}
        self.assertEqual(line["core"], str(self.core))
        self.assertEqual(told["ifindex"]["value"], self.bond["ifindex"])
        self.assertEqual(told["mtu"]["value"], self.bond["mtu"])
        self.assertEqual(told["dev_addr"]["to"], self.bond["address"])

    def test_a_bond_by_the_types_of_its_module(self):
        lines = self.shown("bond", "bond0")
        self.assertEqual([line["c_type"] for line in lines],
                         ["struct bonding", "struct slave", "struct port", "struct aggregator"])
        port = {member["name"]: member for member in lines[2]["members"]}
        self.assertEqual(port["actor_system"]["value"], self.bond["address"])
        self.assertEqual(port["actor_oper_port_key"]["value"], 0)
        self.assertNotIn("LACP_ENABLED", port["sm_vars"]["value"])
        self.assertEqual(port["actor_oper_port_state"]["number"],
                         self.slave["linkinfo"]["info_slave_data"]["ad_actor_oper_port_state"])

    def test_symbols_moved_with_the_kernel(self):
        (line,) = self.shown("struct net", "init_net", "loopback_dev")
        self.assertEqual(int(line["address"], 16), self.symbols["init_net"])
        self.assertEqual(line["members"][0]["to"], "lo")

    def test_symbols_of_modules_come_from_the_dump(self):
        (line,) = self.shown("dev", "bond0", "rtnl_link_ops->setup")
        (setup,) = line["members"]
        self.assertEqual(setup["to"], "bond_setup [bonding]")
        self.assertEqual(int(setup["value"], 16), self.symbols["bond_setup"])

    def test_another_kernels_image_is_refused(self):
        other = next(self.debug.glob("lib/modules/*/kernel/drivers/net/bonding/bonding.ko"))
        self.assert_one_error(self.show("dev", "bond0", vmlinux=other), 2, "is another kernel",
                              "build-id")

    def test_a_bad_address(self):
        done = knowhy("show", "--core", self.core, "--vmlinux", self.vmlinux, "net_device", "0x318")
        self.assert_one_error(done, 1, "0x318 cannot be read")


if __name__ == "__main__":
    lab_files()
    main()
