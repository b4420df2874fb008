#!/usr/bin/python3
"""`knowhy diagnose` from the outside: in namespaces of our own, and on a recording. Needs root."""
import json
import pathlib
import tempfile

import jsonschema

from harness import NOBODY, SOURCE, Case, Named, knowhy, main, records


def faults(lines):
    return [line["cause"] for line in lines
            if line["type"] == "finding" and line["verdict"] != "harmless"]


class Diagnose(Case):
    def lines(self, *args, status=0, **options):
        done = knowhy("diagnose", "--json", *args, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        lines = records(done.stdout)
        for line in lines:
            schema = SOURCE / "docs/schema" / f"{line['type']}.json"
            jsonschema.validate(line, json.loads(schema.read_text(encoding="utf-8")))
        self.assertEqual(lines[-1]["type"], "summary")
        return lines

    def test_a_namespace_with_lo_up_has_no_fault(self):
        with Named() as net:
            lines = self.lines("--ns", net.name, "--exit-code")
            self.assertEqual([line["type"] for line in lines], ["summary"])
            self.assertEqual((lines[0]["faults"], lines[0]["watched"]), (0, False))
            self.assertGreater(lines[0]["normal"], 0)

    def test_what_is_normal_is_told_when_asked_for(self):
        with Named() as net:
            for how in ("--harmless", "lo"):
                found = self.lines("--ns", net.name, how)[0]
                self.assertEqual((found["cause"], found["verdict"], found["device"]),
                                 ("operstate-unknown", "harmless", "lo"))

    def test_lo_down(self):
        with Named() as net:
            net.run("ip", "link", "set", "lo", "down")
            lines = self.lines("--ns", net.name, "--exit-code", status=3)
            self.assertEqual(faults(lines), ["loopback-down"])
            self.assertIn(f"ip netns exec {net.name} ip link set lo up",
                          [each["command"] for each in lines[0]["try"]])
            self.assertEqual(faults(self.lines("--ns", net.name)), ["loopback-down"])

    def test_a_watch_says_so(self):
        with Named() as net:
            self.assertTrue(self.lines("--ns", net.name, "--watch", "100ms")[-1]["watched"])

    def test_a_recording_is_diagnosed_as_the_host_was(self):
        with Named() as net, tempfile.TemporaryDirectory() as folder:
            net.run("ip", "link", "set", "lo", "down")
            path = str(pathlib.Path(folder, "state.knowhy"))
            live = knowhy("diagnose", "--ns", net.name, "--record", path)
            self.assertEqual(live.returncode, 0, live.stderr)
            self.assertIn("127.0.0.1", live.stdout)
            self.assertEqual(knowhy("diagnose", "--from", path).stdout, live.stdout)
            self.assert_one_error(knowhy("diagnose", "--from", path, "nodev0"), 2, "nodev0")
            self.assert_one_error(knowhy("diagnose", "--from", path, "--watch", "1s"), 2, "--watch")

    def test_redacted_the_findings_stay_and_the_addresses_go(self):
        with Named() as net, tempfile.TemporaryDirectory() as folder:
            for line in ("link add v0 type veth peer name v1", "link set v0 up", "link set v1 up",
                         "addr add 10.77.1.1/24 dev v0", "addr add 10.77.2.1/24 dev v1",
                         "route add 10.88.0.0/16 via 10.77.1.9",
                         "neigh add 10.77.1.9 dev v0 nud failed", "link set v0 mtu 1400"):
                net.run("ip", *line.split())
            path = str(pathlib.Path(folder, "state.knowhy"))
            real = self.lines("--ns", net.name)
            redacted = self.lines("--ns", net.name, "--redact", "--record", path)
            self.assertEqual([(line["cause"], line["device"]) for line in redacted[:-1]],
                             [(line["cause"], line["device"]) for line in real[:-1]])
            self.assertEqual(faults(real), faults(self.lines("--from", path)))
            self.assertIn("10.77.1.9", json.dumps(real))
            for lines in (redacted, self.lines("--from", path)):
                # Whole ones: by chance a /16 may become itself, or another one's.
                self.assertNotIn("10.77.1.9", json.dumps(lines))

    def test_shipped_recordings_mean_the_same_without_their_addresses(self):
        for path in (SOURCE / "share/demo").glob("*.knowhy"):
            real, other = (records(knowhy("report", str(path), "--json", *how).stdout)
                           for how in ((), ("--redact",)))
            self.assertEqual([(line.get("cause"), line.get("certainty")) for line in real],
                             [(line.get("cause"), line.get("certainty")) for line in other])

    def test_without_privilege_the_own_namespace_is_read_as_far_as_it_goes(self):
        done = knowhy("diagnose", prefix=NOBODY)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("SUMMARY", done.stdout)

    def test_a_rule_explained(self):
        done = knowhy("diagnose", "--explain", "bond-no-speed")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("get_link_ksettings", done.stdout)
        self.assert_one_error(knowhy("diagnose", "--explain", "x"), 2, "'x'", "bond-no-speed")

    def test_no_such_device_or_namespace(self):
        self.assert_one_error(knowhy("diagnose", "nodev0"), 2, "nodev0")
        self.assert_one_error(knowhy("diagnose", "--ns", "nons0"), 2, "nons0")


if __name__ == "__main__":
    main()
