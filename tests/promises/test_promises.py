#!/usr/bin/python3
"""What `knowhy drops` promises whatever the kernel, tried on the kernel that runs this.

Usage: test_promises.py KNOWHY FLOOD KW-INJECT [unittest arguments]. Needs root; makes its own namespaces.
"""
import bisect
import json
import os
import signal
import subprocess
import sys
import time
import unittest

from watch import Namespaces, Watch, snmp

KNOWHY, FLOOD, INJECT = sys.argv[1:4]


def bpf_objects():
    """Every BPF program, map and link in the kernel, as (kind, id)."""
    found = set()
    for kind in ("prog", "map", "link"):
        out = subprocess.run(["bpftool", "-j", kind, "list"], check=True, capture_output=True)
        found |= {(kind, entry["id"]) for entry in json.loads(out.stdout or b"[]")}
    return found


class ExactCounts(unittest.TestCase):
    PACKETS = 200_000

    def test_every_packet_is_counted_and_the_books_close(self):
        with Namespaces("kwexact") as ns, Watch(KNOWHY) as watch:
            before = snmp(ns, ns.b, "Udp", "NoPorts")
            ns.run(ns.b, FLOOD, "127.0.0.1", "9", str(self.PACKETS))
            refused = snmp(ns, ns.b, "Udp", "NoPorts") - before
            watch.stop()
            found = [f for f in watch.findings(ns.inum(ns.b)) if f["cause"] == "no-socket-udp"]
        self.assertEqual(sum(f["count"] for f in found), self.PACKETS)
        self.assertEqual(refused, self.PACKETS)
        counted = sum(f["count"] for f in watch.of_type("finding"))
        summary = watch.summary
        self.assertEqual(summary["events"], counted + summary.get("other", 0))
        self.assertEqual(summary["missed_probes"], 0)


class Kill(unittest.TestCase):
    def test_nothing_is_left_behind(self):
        before = bpf_objects()
        with Watch(KNOWHY) as watch:
            during = bpf_objects()
            watch.process.send_signal(signal.SIGKILL)
        self.assertGreater(len(during - before), 1, "the probes were never there")
        deadline = time.monotonic() + 20  # the kernel detaches in its own time
        while bpf_objects() - before and time.monotonic() < deadline:
            time.sleep(0.5)
        self.assertEqual(bpf_objects() - before, set())
        events = "/sys/kernel/tracing/kprobe_events"
        if os.path.exists(events):
            with open(events, encoding="utf-8") as lines:
                self.assertNotIn("knowhy", lines.read())


class Overload(unittest.TestCase):
    PACKETS = 60_000

    def test_details_are_shed_and_counts_kept(self):
        # A budget that counting alone stays within, else the run ends itself, as it should. Only our
        # own drops, or the sums below would count somebody else's.
        mine = "udp dst port 47909 and host 127.0.0.1"
        with Namespaces("kwover") as ns, Watch(KNOWHY, "--each", "--max-cpu", "20", mine) as watch:
            ns.run(ns.b, FLOOD, "127.0.0.1", "47909", str(self.PACKETS))
            time.sleep(1)
            watch.stop()
            found = [f for f in watch.findings(ns.inum(ns.b)) if f["cause"] == "no-socket-udp"]
        self.assertEqual(sum(f["count"] for f in found), self.PACKETS)
        shed = sum(watch.summary[key] for key in ("shed_samples", "untold_samples", "lost_events"))
        self.assertGreater(shed, 0)
        self.assertLess(len(watch.of_type("drop")), self.PACKETS)
        self.assertEqual(len(watch.of_type("drop")) + shed, self.PACKETS,
                         "a packet is told, shed, left untold or lost, nothing else")


class Filter(unittest.TestCase):
    def test_only_what_matches_is_counted_and_the_rest_is_known(self):
        with Namespaces("kwfilter") as ns, Watch(KNOWHY, "udp dst port 9 and host 10.1.0.2") as watch:
            ns.run(ns.a, FLOOD, "10.1.0.2", "9", "50")
            ns.run(ns.a, FLOOD, "10.1.0.2", "10", "70")
            ns.run(ns.b, FLOOD, "127.0.0.1", "9", "30")
            watch.stop()
            in_a, in_b = watch.findings(ns.inum(ns.a)), watch.findings(ns.inum(ns.b))
        lost = [f for f in in_b if f["verdict"] == "lost"]
        self.assertEqual([(f["cause"], f["count"]) for f in lost], [("no-socket-udp", 50)])
        self.assertEqual([f for f in in_a if f["verdict"] == "lost"], [])
        self.assertGreaterEqual(watch.summary["filtered_out"], 100)


class VlanFilter(unittest.TestCase):
    """The kernel takes a frame's VLAN tag out of its bytes; `vlan N` matches it all the same."""

    def lost(self, prepare, *frame):
        """What `vlan 77` finds in B of three frames each in VLAN 77 and 78, and the summary."""
        with Namespaces("kwvlan") as ns:
            ns.run(ns.b, "sh", "-ec", prepare)
            with Watch(KNOWHY, "--each", "vlan 77") as watch:
                for vlan in ("77", "78"):
                    ns.run(ns.a, INJECT, "send", f"vlan={vlan}", *frame)
                time.sleep(1)
                watch.stop()
            inum = ns.inum(ns.b)
        drops = [d for d in watch.of_type("drop") if d["netns"]["inum"] == inum]
        self.assertEqual([d["packet"]["vlans"] for d in drops], [[77]] * len(drops))
        return sum(f["count"] for f in watch.findings(inum)), watch.summary

    def test_a_tag_beside_the_bytes(self):
        # A bridge that has no port to send them to.
        count, summary = self.lost("""
            ip link add br0 type bridge
            ip link set vb master br0
            ip link set br0 up
            sleep 2""", "dmac=02:00:00:00:00:99")
        self.assertEqual(count, 3)
        self.assertGreaterEqual(summary["filtered_out"], 3)

    def test_a_tag_that_was_taken_off(self):
        count, summary = self.lost("true")
        armed = {p["point"] for p in summary["points"] if p["rung"]}
        self.assertEqual(count, 3 if "vlan_do_receive" in armed else 0)


class Symbols(unittest.TestCase):
    """What is printed as a symbol is what a plain scan of /proc/kallsyms says covers the call."""

    @staticmethod
    def starts():
        """Of each address where text starts, the names that start there, as (name, module)."""
        found = {}
        with open("/proc/kallsyms", encoding="utf-8") as lines:
            for line in lines:
                address, kind, name, *module = line.split()
                if kind in "tTwW":
                    found.setdefault(int(address, 16), set()).add(
                        (name, module[0].strip("[]") if module else None))
        return found

    def test_every_symbol_is_the_one_that_covers_the_call(self):
        with Namespaces("kwsym") as ns, Watch(KNOWHY, "--each") as watch:
            ns.run(ns.b, FLOOD, "127.0.0.1", "9", "20")
            ns.run(ns.a, INJECT, "send", "src=10.1.0.2", "n=5", "gap=0")
            ns.run(ns.a, FLOOD, "10.1.0.2", "10", "20")
            time.sleep(2)
            starts = self.starts()  # while our own programs are there too
            watch.stop()
        sorted_starts = sorted(starts)
        drops = watch.of_type("drop")
        places = [place for drop in drops for place in [drop["where"], *drop["stack"]]]
        checked = set()
        for place in places:
            address = int(place["address"], 16)
            # A return address: the call before it is what was executed.
            start = sorted_starts[bisect.bisect_right(sorted_starts, address - 1) - 1]
            self.assertIn((place["symbol"], place["module"]), starts[start], place)
            self.assertEqual(place["offset"], address - start, place)
            checked.add(address)
        self.assertGreater(len(checked), 20)


class Stop(unittest.TestCase):
    def test_the_summary_is_complete_after_either_signal(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number), Namespaces("kwstop") as ns, Watch(KNOWHY) as watch:
                ns.run(ns.b, FLOOD, "127.0.0.1", "9", "10")
                watch.stop(number)
                self.assertEqual(watch.process.returncode, 0)
                self.assertEqual(watch.records[0]["type"], "armed")
                self.assertEqual(watch.records[-1]["type"], "summary")


class NotSwapped(unittest.TestCase):
    """A drop in softirq while a drop in task context is under way on the same CPU: each keeps its
    own facts. Local output refused by nft runs in the task; martians sent from the other CPU are
    steered to this one (RPS) and are dropped in softirq, in the middle of the task's work."""

    @staticmethod
    def enough(watch):
        ports = [drop["packet"].get("destination_port") for drop in watch.of_type("drop")]
        return ports.count(4000) > 500 and ports.count(9) > 500

    def test_facts_stay_with_their_packet(self):
        if os.cpu_count() < 2:
            self.skipTest("needs two CPUs")
        with Namespaces("kwswap") as ns:
            ns.run(ns.b, "sh", "-ec", """
                nft add table inet f
                nft add chain inet f out '{ type filter hook output priority 0; }'
                nft add rule inet f out udp dport 4000 drop""")
            # sysfs shows the namespace of whoever mounted it.
            ns.run(ns.b, "unshare", "-m", "sh", "-ec",
                   "mount -t sysfs none /sys; echo 1 > /sys/class/net/vb/queues/rx-0/rps_cpus")
            # A budget that lets it tell of enough packets of both kinds.
            with Watch(KNOWHY, "--each", "--max-cpu", "90") as watch:
                task = ns.popen(ns.b, "taskset", "1", FLOOD, "10.1.0.1", "4000", "4000")
                soft = ns.popen(ns.a, "taskset", "2", INJECT, "send", "src=10.1.0.2", "n=4000",
                                "gap=0")
                task.wait()
                soft.wait()
                # Telling of them takes longer than losing them.
                deadline = time.monotonic() + 60
                while time.monotonic() < deadline and not self.enough(watch):
                    time.sleep(0.5)
                watch.stop()
        wrong = {"nft": 0, "martian": 0}
        seen = {"nft": 0, "martian": 0}
        for drop in watch.of_type("drop"):
            port = drop["packet"].get("destination_port")
            points = {fact["point"] for fact in drop["facts"]}
            if port == 4000:
                seen["nft"] += 1
                wrong["nft"] += "fib_validate_source" in points
            elif port == 9 and drop["netns"]["inum"]:
                seen["martian"] += 1
                wrong["martian"] += bool({"nft_do_chain", "nft_immediate_eval"} & points)
        self.assertGreater(seen["nft"], 100)
        self.assertGreater(seen["martian"], 100)
        self.assertEqual(wrong, {"nft": 0, "martian": 0})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
