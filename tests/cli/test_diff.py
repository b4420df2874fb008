#!/usr/bin/python3
"""`knowhy diff` from the outside: two network namespaces of our own, a knob apart. Needs root."""
import json
import pathlib
import subprocess
import tempfile

import jsonschema

from harness import NOBODY, SOURCE, Case, Named, knowhy, main, records


def ip(net, *arguments):
    subprocess.run(["ip", "-n", net.name, *arguments], check=True)


class Host(Named):
    """A namespace with a pair of devices and a route, as every other one has it."""

    def __enter__(self):
        net = super().__enter__()
        net.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                "net.ipv6.conf.default.disable_ipv6=1")
        ip(net, "link", "add", "v0", "type", "veth", "peer", "name", "v1")
        for device, address in (("v0", "10.7.0.1/24"), ("v1", "10.7.1.1/24")):
            ip(net, "addr", "add", address, "dev", device)
            ip(net, "link", "set", device, "up")
        ip(net, "route", "add", "10.8.0.0/16", "via", "10.7.0.2")
        return net


class Diff(Case):
    def setUp(self):
        # pylint: disable-next=consider-using-with
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        # Any user may read these.
        pathlib.Path(self.folder.name).chmod(0o755)

    def record(self, net, name):
        path = pathlib.Path(self.folder.name, name)
        done = knowhy("diagnose", "--ns", net.name, "--record", str(path))
        self.assertEqual(done.returncode, 0, done.stderr)
        path.chmod(0o644)
        return str(path)

    def pair(self, turn):
        """Recordings of two equal hosts, once turn() was called with the second one."""
        with Host() as good, Host() as bad:
            turn(bad)
            return self.record(good, "good"), self.record(bad, "bad")

    def lines(self, *args, status=0, **options):
        done = knowhy("diff", "--json", *args, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        lines = records(done.stdout)
        for line in lines:
            schema = SOURCE / "docs/schema" / f"{line['type']}.json"
            jsonschema.validate(line, json.loads(schema.read_text(encoding="utf-8")))
        self.assertEqual(lines[-1]["type"], "comparison")
        return lines

    def named(self, turn):
        """The differences that are told, and the books."""
        lines = self.lines(*self.pair(turn), "--exit-code", status=3)
        return [line for line in lines if line["type"] == "state_difference"], lines[-1]

    def test_equal_hosts(self):
        good, bad = self.pair(lambda net: None)
        lines = self.lines(good, bad, "--exit-code")
        self.assertEqual(len(lines), 1)
        self.assertFalse(lines[0]["differs"])
        self.assertGreater(lines[0]["equal_facts"], 100)
        # The MACs, which every host has its own of.
        self.assertIn(("link", "mac", "v0"), [(each["kind"], each["name"], each["device"])
                                              for each in lines[0]["identity"]])
        text = knowhy("diff", good, bad).stdout
        self.assertIn("no difference", text)
        self.assertNotIn("DIFFERS", text)

    def test_a_sysctl(self):
        def turn(net):
            net.run("sysctl", "-qw", "net.ipv4.conf.v1.rp_filter=1")
        found, _ = self.named(turn)
        self.assertEqual([each["name"] for each in found], ["net.ipv4.conf.v1.rp_filter"])
        self.assertEqual((found[0]["rank"], found[0]["bad"]), ("setting", "1"))
        self.assertIn("sysctl -w net.ipv4.conf.v1.rp_filter=", found[0]["try"]["command"])

    def test_forwarding_is_told_once(self):
        found, books = self.named(lambda net: net.run("sysctl", "-qw", "net.ipv4.ip_forward=1"))
        self.assertEqual([each["name"] for each in found], ["net.ipv4.ip_forward"])
        self.assertGreater(books["following"], 0)

    def test_a_route_with_the_command_that_mends_it(self):
        def turn(net):
            ip(net, "route", "change", "10.8.0.0/16", "via", "10.7.1.2")
        with Host() as good, Host() as bad:
            turn(bad)
            paths = self.record(good, "good"), self.record(bad, "bad")
            lines = self.lines(*paths)
            self.assertEqual((lines[0]["kind"], lines[0]["good"], lines[0]["bad"]),
                             ("route", "via 10.7.0.2 dev v0", "via 10.7.1.2 dev v1"))
            subprocess.run(lines[0]["try"]["command"], shell=True, check=True)
            mended = self.record(bad, "mended")
            self.assertFalse(self.lines(paths[0], mended)[-1]["differs"])

    def test_an_mtu_a_feature_and_an_address(self):
        def turn(net):
            ip(net, "link", "set", "v0", "mtu", "1400")
            net.run("ethtool", "-K", "v1", "gro", "on")
            ip(net, "addr", "add", "10.7.9.1/32", "dev", "v1")
        found, _ = self.named(turn)
        self.assertEqual([(each["kind"], each["name"]) for each in found[:3]],
                         [("address", "10.7.9.1/32"), ("link", "mtu"), ("feature", "rx-gro")])

    def test_a_device_that_is_missing_takes_the_rest_with_it(self):
        def turn(net):
            ip(net, "link", "add", "more0", "type", "bridge")
            ip(net, "addr", "add", "10.9.0.1/24", "dev", "more0")
            ip(net, "link", "set", "more0", "up")
        found, books = self.named(turn)
        self.assertEqual([(each["kind"], each["device"]) for each in found], [("link", "more0")])
        self.assertGreater(books["following"], 10)

    def test_pages_fit(self):
        def turn(net):
            net.run("sysctl", "-qw", "net.ipv4.conf.v1.rp_filter=1", "net.ipv4.ip_forward=1")
            ip(net, "route", "del", "10.8.0.0/16")
        good, bad = self.pair(turn)
        done = knowhy("diff", good, bad, "--all")
        self.assertIn("DIFFERS", done.stdout)
        self.assertIn("one host from another", done.stdout)
        for line in done.stdout.splitlines():
            # A command is never broken, so that it can be pasted.
            if "try " not in line:
                self.assertLessEqual(len(line), 100, line)

    def test_needs_no_privilege(self):
        good, bad = self.pair(lambda net: None)
        done = knowhy("diff", good, bad, prefix=NOBODY)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_files_that_are_no_recordings(self):
        good, _ = self.pair(lambda net: None)
        with tempfile.NamedTemporaryFile() as other:
            other.write(b"not one\n")
            other.flush()
            self.assert_one_error(knowhy("diff", good, other.name), 2, other.name)
        self.assert_one_error(knowhy("diff", good, "/nonexistent"), 2, "/nonexistent")
        self.assert_one_error(knowhy("diff", good), 2, "BAD")

    def test_a_recording_of_losses_against_one_of_state(self):
        good, _ = self.pair(lambda net: None)
        lines = self.lines(str(SOURCE / "share/demo/martian.knowhy"), good)
        self.assertFalse(lines[-1]["losses_compared"])
        self.assertIn("losses: only the good side looked for them", lines[-1]["uncompared"])


if __name__ == "__main__":
    main()
