#!/usr/bin/python3
"""knowhy show against what the kernel says of itself elsewhere: ip, /sys, /proc, ss. Needs root.

In the lab's guest also bonds, and everything that needs the addresses of the kernel's variables.
"""
import functools
import json
import pathlib
import socket
import subprocess
import unittest

import jsonschema

from harness import NOBODY, SOURCE, Case, Named, knowhy, main, records


@functools.cache
def schema():
    return json.loads((SOURCE / "docs/schema/shown.json").read_text(encoding="utf-8"))


def shown(*args):
    """The objects, each held to the schema."""
    done = knowhy("show", "--json", *args)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    lines = records(done.stdout)
    for line in lines:
        jsonschema.validate(line, schema())
    return lines


def members(line):
    return {member["name"]: member for member in line["members"]}


def values(line):
    return {name: member["value"] for name, member in members(line).items()}


def sys_of(device, name):
    return pathlib.Path("/sys/class/net", device, name).read_text(encoding="ascii").strip()


def symbol(name):
    """Its address, or None where the kernel tells none."""
    for line in pathlib.Path("/proc/kallsyms").read_text(encoding="ascii").splitlines():
        if line.split()[2] == name:
            return int(line.split()[0], 16) or None
    return None


class Devices(Case):
    def test_loopback_is_what_sysfs_says(self):
        (line,) = shown("dev", "lo")
        told = values(line)
        self.assertEqual(line["c_type"], "struct net_device")
        self.assertEqual(told["name"], "lo")
        self.assertEqual(told["ifindex"], int(sys_of("lo", "ifindex")))
        self.assertEqual(told["mtu"], int(sys_of("lo", "mtu")))
        self.assertEqual(told["type"], "LOOPBACK")
        flags = members(line)["flags"]
        self.assertIn("LOOPBACK", flags["value"])
        self.assertEqual(flags["number"] & 0xffff, int(sys_of("lo", "flags"), 16) & 0xffff)
        self.assertEqual(flags["names_from"], "enum net_device_flags")
        self.assertEqual(told["reg_state"], "REGISTERED")

    def test_text_names_flags_and_reads_at_100_columns(self):
        done = knowhy("show", "dev", "lo")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r'(?m)^struct net_device at 0xff[0-9a-f]+$')
        self.assertRegex(done.stdout, r'(?m)^  name +"lo"$')
        self.assertRegex(done.stdout, r"(?m)^  flags +.*\bLOOPBACK\b")
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 100, line)

    def test_paths_go_through_pointers(self):
        (line,) = shown("dev", "lo", "ip_ptr->ifa_list->ifa_address", "nd_net.net->ifindex", "mtu")
        told = members(line)
        self.assertEqual(told["ip_ptr->ifa_list->ifa_address"]["value"], "127.0.0.1")
        self.assertEqual(told["ip_ptr->ifa_list->ifa_address"]["kind"], "ip")
        self.assertEqual(list(told)[2], "mtu")

    def test_the_address_it_told_gives_the_same_by_its_type(self):
        (by_name,) = shown("dev", "lo", "name", "mtu")
        for written in ("struct net_device", "net_device"):
            (by_address,) = shown(written, by_name["address"], "name", "mtu")
            self.assertEqual(values(by_address), values(by_name))

    def test_depth_opens_what_is_nested(self):
        (line,) = shown("dev", "lo")
        address = line["address"]
        flat = members(shown("net_device", address)[0])["dev"]
        deep = members(shown("net_device", address, "--depth", "2")[0])["dev"]
        self.assertNotIn("members", flat)
        self.assertIn("kobj", [member["name"] for member in deep["members"]])

    def test_a_list_is_followed_to_every_device(self):
        (line,) = shown("dev", "lo")
        head = [member for member in shown("struct net_device", line["address"])[0]["members"]
                if member["name"] == "dev_list"][0]
        self.assertEqual(head["c_type"], "struct list_head")
        devices = {path.name for path in pathlib.Path("/sys/class/net").iterdir()
                   if (path / "ifindex").exists()}
        (net,) = shown("dev", "lo", "nd_net.net")
        namespace = net["members"][0]["value"]
        (base,) = shown("struct net", namespace, "dev_base_head")
        lines = shown("struct net_device", base["members"][0]["address"], "--head", "--list",
                      "dev_list", "name")
        self.assertEqual({values(one)["name"] for one in lines}, devices)

    def test_another_namespace(self):
        with Named() as net:
            (line,) = shown("dev", "lo", "--ns", net.name, "name", "nd_net.net")
        self.assertEqual(values(line)["name"], "lo")
        self.assertEqual(members(line)["nd_net.net"]["to"], f"netns {net.inum}")

    def test_a_namespace_that_is_not_there(self):
        done = knowhy("show", "dev", "lo", "--ns", "knowhy-nowhere")
        self.assert_one_error(done, 2, "knowhy-nowhere")


class Sockets(Case):
    def test_a_listening_socket(self):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen(7)
            port = listening.getsockname()[1]
            line, more = shown("sock", f"tcp:{port}")
        told = {name.rsplit(".", 1)[-1]: value for name, value in values(line).items()}
        self.assertEqual((line["c_type"], more["c_type"]), ("struct sock", "struct tcp_sock"))
        self.assertEqual(line["note"], f"tcp LISTEN 127.0.0.1:{port}")
        self.assertIn("snd_cwnd", values(more))
        self.assertEqual(told["skc_state"], "LISTEN")
        self.assertEqual(told["skc_family"], "INET")
        self.assertEqual(told["skc_num"], port)
        self.assertEqual(told["skc_rcv_saddr"], "127.0.0.1")
        self.assertEqual(told["sk_max_ack_backlog"], 7)
        self.assertEqual(told["sk_protocol"], "TCP")

    def test_a_bound_datagram_socket(self):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as bound:
            bound.bind(("::1", 0))
            port = bound.getsockname()[1]
            line, more = shown("sock", f"udp:{port}")
        told = {name.rsplit(".", 1)[-1]: value for name, value in values(line).items()}
        self.assertEqual((more["c_type"], told["skc_num"]), ("struct udp_sock", port))
        self.assertIsNone(members(more)["encap_rcv"]["to"])
        self.assertEqual(told["skc_v6_rcv_saddr"], "::1")

    def test_a_connection_in_both_orders(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            with socket.create_connection(listening.getsockname()) as connected:
                own, there = connected.getsockname()[1], listening.getsockname()[1]
                lines = shown("sock", f"tcp:{own}")
        told = [{name.rsplit(".", 1)[-1]: one for name, one in members(line).items()}
                for line in lines if line["c_type"] == "struct sock"]
        (one,) = [each for each in told if each["skc_dport"]["value"] == there]
        self.assertTrue(one["skc_dport"]["big_endian"])
        self.assertEqual(one["skc_state"]["value"], "ESTABLISHED")

    def test_nobody_there(self):
        with Named() as net:
            self.assert_one_error(knowhy("show", "sock", "9", "--ns", net.name), 2, "port 9")
        self.assert_one_error(knowhy("show", "sock", "http"), 2, "'http' is no port")


class Wrong(Case):
    def test_a_bad_address_is_one_line(self):
        self.assert_one_error(knowhy("show", "net_device", "0x318"), 1, "struct net_device at 0x318",
                              "0x318 cannot be read")

    def test_what_can_be_read_is_not_lost(self):
        done = knowhy("show", "dev", "lo", "name", "ip_ptr->mc_hash->next_hash->interface")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn('"lo"', done.stdout)
        self.assertIn("is NULL", done.stdout)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_names_that_are_near(self):
        self.assert_one_error(knowhy("show", "struct net_devise", "0x318"), 2,
                              "did you mean 'struct net_device'?")
        self.assert_one_error(knowhy("show", "net_devise", "0x318"), 2,
                              "did you mean 'net_device'?")
        self.assert_one_error(knowhy("show", "dev", "l0"), 2, "no device 'l0'", "'lo'?")

    def test_a_wrong_path_is_shown_where_it_is_wrong(self):
        done = knowhy("show", "dev", "lo", "ip_ptr->ifa_lisd->ifa_mask")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        lines = done.stderr.splitlines()
        self.assertEqual(lines[0], "  ip_ptr->ifa_lisd->ifa_mask")
        self.assertEqual(lines[1].index("^"), 2 + len("ip_ptr->"))
        self.assertIn("has no member 'ifa_lisd'; did you mean 'ifa_list'?", lines[2])

    def test_what_is_no_object(self):
        self.assert_one_error(knowhy("show", "net_device"), 2, "name an object")
        self.assert_one_error(knowhy("show", "net_device", "0xnonsense"), 2, "is no address")
        self.assert_one_error(knowhy("show", "bond", "lo"), 2, "'lo' is no bond")
        self.assert_one_error(knowhy("show", "--core", "/etc/hostname", "dev", "lo"), 2, "--vmlinux")

    def test_without_privilege(self):
        self.assert_one_error(knowhy("show", "dev", "lo", prefix=NOBODY), 1, "needs root")


def link_details(name):
    done = subprocess.run(["ip", "-d", "-j", "link", "show", name], capture_output=True, text=True,
                          check=True)
    return json.loads(done.stdout)[0]


@unittest.skipUnless(symbol("init_net"), "the kernel hides its variables")
class Variables(Case):
    def test_a_symbol_stands_for_its_address(self):
        (line,) = shown("struct net", "init_net", "loopback_dev")
        self.assertEqual(int(line["address"], 16), symbol("init_net"))
        self.assertEqual(line["members"][0]["to"], "lo")

    def test_a_cpus_own_copy(self):
        first = values(shown("struct softnet_data", "softnet_data", "--cpu", "0", "processed")[0])
        rows = pathlib.Path("/proc/net/softnet_stat").read_text(encoding="ascii").splitlines()
        self.assertLessEqual(first["processed"], int(rows[0].split()[0], 16))
        addresses = {shown("struct softnet_data", "softnet_data", "--cpu", str(cpu),
                           "processed")[0]["address"] for cpu in range(len(rows))}
        self.assertEqual(len(addresses), len(rows))

    def test_the_list_of_modules(self):
        loaded = {line.split()[0] for line in
                  pathlib.Path("/proc/modules").read_text(encoding="ascii").splitlines()}
        lines = shown("module", "modules", "--head", "--list", "list", "--max", "1000", "name")
        self.assertEqual({values(line)["name"] for line in lines}, loaded)


@unittest.skipUnless(symbol("init_net") and subprocess.run(
    ["modprobe", "-q", "-a", "bonding", "dummy"], check=False).returncode == 0, "no bonding here")
class Bonds(Case):
    """Incident 1: a driver that gives no speed. Its twin over veths does."""

    @classmethod
    def setUpClass(cls):
        subprocess.run(["sh", "-ec", """
            ip link add kwb0 type bond mode 802.3ad miimon 100 lacp_rate fast
            for port in kwd0 kwd1; do ip link add $port type dummy; ip link set $port master kwb0; done
            ip link set kwb0 up
            ip link add kwb1 type bond mode 802.3ad miimon 100
            ip link add kwv0 type veth peer name kwv1
            ip link set kwv1 up
            ip link set kwv0 master kwb1
            ip link set kwb1 up"""], check=True)

    @classmethod
    def tearDownClass(cls):
        for device in ("kwb0", "kwb1", "kwd0", "kwd1", "kwv0"):
            subprocess.run(["ip", "link", "del", device], check=False)

    def port(self, bond, slave):
        lines = shown("bond", bond)
        at = [line["note"] for line in lines].index(f"{slave} of {bond}")
        return lines[0], lines[at], lines[at + 1]

    def test_the_sick_port(self):
        bond, slave, port = self.port("kwb0", "kwd0")
        told, link = values(port), link_details("kwb0")
        self.assertEqual(port["module"], "bonding")
        self.assertEqual(values(bond)["params.mode"], "8023AD")
        self.assertEqual(values(slave)["speed"], "UNKNOWN")
        self.assertEqual(told["actor_system"], link["address"])
        self.assertEqual(told["actor_oper_port_key"], 0)
        self.assertNotIn("LACP_ENABLED", told["sm_vars"])
        self.assertEqual(members(port)["sm_vars"]["names_from"], "drivers/net/bonding/bond_3ad.c")
        state = link_details("kwd0")["linkinfo"]["info_slave_data"]
        self.assertEqual(members(port)["actor_oper_port_state"]["number"],
                         state["ad_actor_oper_port_state"])

    def test_the_healthy_port(self):
        _, slave, port = self.port("kwb1", "kwv0")
        told = values(port)
        self.assertEqual(values(slave)["speed"], 10000)
        self.assertIn("LACP_ENABLED", told["sm_vars"])
        proc = pathlib.Path("/proc/net/bonding/kwb1").read_text(encoding="ascii")
        self.assertIn(f"port key: {told['actor_oper_port_key']}\n", proc)
        self.assertIn(f"system mac address: {told['actor_system']}\n", proc)

    def test_the_device_is_what_ip_says(self):
        told, link = values(shown("dev", "kwb0")[0]), link_details("kwb0")
        self.assertEqual((told["dev_addr"], told["mtu"], told["ifindex"]),
                         (told["dev_addr"], link["mtu"], link["ifindex"]))
        self.assertEqual(members(shown("dev", "kwb0")[0])["dev_addr"]["to"], link["address"])
        self.assertEqual(told["operstate"], link["operstate"])

    def test_types_of_modules(self):
        (line,) = shown("dev", "kwd0", "rx_handler", "rx_handler_data")
        told = members(line)
        self.assertEqual(told["rx_handler"]["to"], "bond_handle_frame [bonding]")
        (slave,) = shown("struct slave", told["rx_handler_data"]["value"], "dev", "bond->dev")
        self.assertEqual([member["to"] for member in slave["members"]], ["kwd0", "kwb0"])

    def test_modules_that_have_a_type_of_one_name(self):
        _, _, port = self.port("kwb0", "kwd0")
        subprocess.run(["modprobe", "virtio_console"], check=True)
        self.assert_one_error(knowhy("show", "struct port", port["address"]), 2,
                              "bonding, virtio_console", "--module")
        (line,) = shown("struct port", port["address"], "--module", "bonding", "slave->dev->name")
        self.assertEqual(line["members"][0]["value"], "kwd0")

    def test_diagnose_cites_the_ports_own_values(self):
        done = knowhy("diagnose", "kwb0", "--json")
        findings = [line for line in records(done.stdout) if line.get("cause") == "bond-no-speed"]
        self.assertEqual({line["device"] for line in findings}, {"kwd0", "kwd1"})
        for finding in findings:
            self.assertEqual(finding["certainty"], "certain")
            memory = {each["name"].rpartition(": ")[2]: each["value"]
                      for each in finding["evidence"] if each["kind"] == "memory"}
            self.assertEqual(memory["actor_oper_port_key"], "0")
            self.assertIn("LACP is disabled", memory["sm_vars"])
        healthy = records(knowhy("diagnose", "kwb1", "--json").stdout)
        self.assertNotIn("bond-no-speed", [line.get("cause") for line in healthy])


if __name__ == "__main__":
    main()
