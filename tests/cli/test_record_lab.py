#!/usr/bin/python3
"""`knowhy record` in the lab's guest, and what is made of its recordings here, by an ordinary user:
the same report to the byte, a pcapng file that tshark reads, and JSON by its schema."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import jsonschema

from harness import KNOWHY, NOBODY, SOURCE, Case, Live, Named, knowhy, main, records, wait_for

sys.path.insert(0, str(SOURCE / "lab"))
# pylint: disable=wrong-import-position
from runner import modules  # noqa: E402
from runner.kernel import find_kernel  # noqa: E402

OUT = pathlib.Path("/run/lab")
PATH = "ip_rcv,ip_local_deliver,udp_rcv,__udp4_lib_rcv,kfree_skb_reason,ip_rcv_finish_core"


def guest_record(net, name, *options):
    done = knowhy("record", str(OUT / f"{name}.knowhy"), "--ns", net.name, "--functions", PATH,
                  *options, "--", "nsenter", f"--net=/proc/{net.holder.pid}/ns/net", sys.executable,
                  "-c", "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                  "for i in range(200): s.sendto(b'lost', ('127.0.0.1', 9)); time.sleep(0.002)",
                  timeout=300)
    assert done.returncode == 0, done.stderr
    (OUT / f"{name}.err").write_text(done.stderr, encoding="utf-8")


def kill_while_recording(net):
    with Live("record", str(OUT / "killed.knowhy"), "--ns", net.name, "--functions",
              PATH) as live:
        def grown():
            net.lose(5)
            done = knowhy("report", str(OUT / "killed.knowhy"), "--summary")
            return "__udp4_lib_rcv" in done.stdout
        wait_for(grown, "a block in the file", 120)
        live.signal(signal.SIGKILL)
        live.process.wait()


def in_guest():
    subprocess.run([SOURCE / "lab/guest/record_link_up.sh", KNOWHY, OUT / "link/knowhy_link.ko",
                    OUT], check=True)
    with Named() as net:
        guest_record(net, "udp")
        guest_record(net, "small", "--max-size", "2k")
        guest_record(net, "ring", "--max-size", "4k", "--rotate", "2")
        kill_while_recording(net)
    for name in ("good", "bad", "udp", "ring", "killed"):
        done = knowhy("report", str(OUT / f"{name}.knowhy"), "--harmless")
        assert done.returncode == 0, done.stderr
        (OUT / f"{name}.txt").write_text(done.stdout, encoding="utf-8")
    for file in OUT.iterdir():
        os.chmod(file, 0o755 if file.is_dir() else 0o644)


class RecordLab(Case):
    @classmethod
    def setUpClass(cls):
        cls.share = pathlib.Path(cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix="knowhy-record-")))
        cls.share.chmod(0o755)
        modules.build_module("link", find_kernel(False), "amd64", cls.share / "link")
        done = subprocess.run([SOURCE / "lab/exec", "--limit", "600", "--share", cls.share,
                               __file__, KNOWHY, "in-guest"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def report(self, name, *options):
        done = knowhy("report", str(self.share / f"{name}.knowhy"), *options, prefix=NOBODY)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_report_is_the_same_here_as_there(self):
        for name in ("good", "bad", "udp", "ring", "killed"):
            with self.subTest(recording=name):
                there = (self.share / f"{name}.txt").read_text(encoding="utf-8")
                self.assertEqual(self.report(name, "--harmless"), there)

    def test_the_driver_that_never_took_the_carrier_away_is_told(self):
        good, bad = self.report("good"), self.report("bad")
        self.assertIn("netif_carrier_off(dev=kw0)", good)
        self.assertNotIn("netif_carrier_off(dev", bad)
        for call in ("__dev_open(dev=kw0", "netif_carrier_on(dev=kw0)"):
            self.assertIn(call, good)
            self.assertIn(call, bad)
        self.assertIn("[operstate-unknown]", bad)
        self.assertNotIn("[operstate-unknown]", good)

    def calls(self, name, *options):
        return [line for line in records(self.report(name, "--json", *options))
                if line["type"] == "call"]

    def test_every_packet_is_followed_with_its_bytes(self):
        entered = [call for call in self.calls("udp") if call["kind"] == "entered"]
        received = [call for call in entered if call["function"] == "ip_rcv"]
        lost = [call for call in entered if call["function"] == "__udp4_lib_rcv"]
        self.assertEqual(len(lost), 200)
        self.assertGreaterEqual(len(received), 200)
        for call in lost:
            self.assertTrue(call["packet"]["bytes"].startswith("45"), call)
            self.assertEqual(call["packet"]["length"], 32)
        returned = [call for call in self.calls("udp", "--function", "__udp4_lib_rcv")
                    if call["kind"] == "returned"]
        self.assertEqual(len(returned), 200)
        self.assertEqual(returned[0]["values"][0]["value"], 0)

    def test_a_clone_counts_as_its_function(self):
        calls = self.calls("udp", "--function", "ip_rcv_finish_core")
        self.assertGreaterEqual(len(calls), 400)

    def test_filters(self):
        self.assertEqual(self.calls("udp", "--dev", "nosuch"), [])
        self.assertEqual(self.calls("udp", "--errors"), [])
        everything = self.calls("udp")
        early = self.calls("udp", "--to", "50ms")
        late = self.calls("udp", "--from", "50ms")
        self.assertLess(len(early), len(everything))
        self.assertEqual(len(early) + len(late), len(everything))
        pid = everything[0]["pid"]
        self.assertEqual({call["pid"] for call in self.calls("udp", "--pid", str(pid))}, {pid})

    def test_json_is_by_its_schema(self):
        for line in records(self.report("udp", "--json")):
            schema = SOURCE / "docs/schema" / f"{line['type']}.json"
            jsonschema.validate(line, records(schema.read_text(encoding="utf-8").replace("\n", ""))[0])

    def test_bounds_are_kept_and_what_went_is_counted(self):
        whole = len(self.calls("udp"))
        for name in ("small", "ring"):
            last = records(self.report(name, "--json"))
            summary = next(line for line in last if line["type"] == "calls")
            with self.subTest(recording=name):
                kept = len(self.calls(name))
                self.assertGreater(summary["cut"], 0)
                self.assertGreater(kept, 0)
                self.assertLess(kept, whole)
                self.assertIn("left out", (self.share / f"{name}.err").read_text(encoding="utf-8"))
        self.assertTrue((self.share / "ring.knowhy.1").exists())
        self.assertFalse((self.share / "ring.knowhy.2").exists())

    def test_what_a_killed_recording_had_written_is_read(self):
        self.assertIn("__udp4_lib_rcv", self.report("killed"))

    @unittest.skipUnless(shutil.which("tshark"), "no tshark")
    def test_tshark_reads_the_packets(self):
        path = self.share / "udp.pcapng"
        done = knowhy("report", str(self.share / "udp.knowhy"), "--pcap", str(path))
        self.assertEqual(done.returncode, 0, done.stderr)
        fields = subprocess.run(["tshark", "-r", path, "-T", "fields", "-e", "udp.dstport", "-Y",
                                 "udp.dstport == 9"], capture_output=True, text=True, check=True)
        self.assertGreaterEqual(len(fields.stdout.split()), 200)


if __name__ == "__main__":
    if sys.argv[2:] == ["in-guest"]:
        in_guest()
    else:
        main()
