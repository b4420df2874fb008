#!/usr/bin/python3
"""Runs a batch of recipes on this machine: the guest, or natively the machine itself.

Usage: agent.py PLAN_DIRECTORY. Reads plan.json there; writes results.json, findings.jsonl (what the
watcher printed) and progress. Everything happens in network namespaces of its own, which are gone
when it ends. It imports nothing but the standard library: Python starts slowly in the guest.
"""
import concurrent.futures
import glob
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import netns
from needs import is_met
from watcher import Watcher

PREFIX = "kwl"  # of every namespace the lab makes
SETUP_LIMIT = 180  # seconds a variant; not what a case is about
SETTLE = 1.5  # seconds: a link just set up still drops its own first frames
LAB = pathlib.Path(__file__).resolve().parent.parent
HELPERS = LAB / "guest/helpers.sh"
# The base lab: va 10.1.0.1/24 in A <-> vb 10.1.0.2/24 in B, who know each other's MAC addresses, so
# that no case begins with ARP. helpers.sh has the same addresses.
MAC_A, MAC_B = "02:00:00:00:0a:01", "02:00:00:00:0b:01"
SIDE = """link set lo up
addr add {ip}/24 dev {dev}
link set {dev} up
neigh add {peer} lladdr {mac} nud permanent dev {dev}
"""
SIDE6 = """addr add {ip} dev {dev} nodad
neigh add {peer} lladdr {mac} nud permanent dev {dev}
"""


class Variant:
    """One recipe under way, in namespaces of its own."""

    def __init__(self, plan, number, directory):
        self.plan = plan
        self.netns = {letter: f"{PREFIX}{number}{letter.lower()}" for letter in "ABC"}
        self.log = open(directory / f"log.{number}", "wb")
        self.undo = directory / f"undo.{number}"  # settings of the machine as they were
        self.nics = {f"NIC{i}": device_of(mac) for i, mac in enumerate(plan["nics"])}
        self.started = []
        self.problem = None
        self.before = {}
        self.after = {}
        self.diagnosed = []

    def environment(self):
        return {**os.environ, **self.netns, **self.nics, "IPV6": str(int(self.plan["ipv6"])),
                "UNDO": str(self.undo)}

    def shell(self, lines, what, limit):
        """Runs lines with the helpers; what they leave running lives until the batch ends."""
        if self.problem or not lines:
            return
        script = f". {HELPERS}\n{lines}"
        process = subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=self.log,
                                   stderr=self.log, env=self.environment(), start_new_session=True)
        self.started.append(process.pid)
        try:
            status = process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            self.problem = f"{what}: over its limit of {limit} s"
            self.kill()
            return
        if status != 0:
            self.log.flush()
            words = pathlib.Path(self.log.name).read_text(errors="replace").strip()[-400:]
            self.problem = f"{what}: exit status {status}: {words}"

    def base_lab(self):
        a, b = self.netns["A"], self.netns["B"]
        for name in (a, b):
            netns.create(name, self.plan["ipv6"])
        pair = f"link add va address {MAC_A} type veth peer name vb address {MAC_B} netns {b}\n"
        here = {"ip": "10.1.0.1", "dev": "va", "peer": "10.1.0.2", "mac": MAC_B}
        there = {"ip": "10.1.0.2", "dev": "vb", "peer": "10.1.0.1", "mac": MAC_A}
        self.ip(a, pair + SIDE.format(**here))
        self.ip(b, SIDE.format(**there))
        if self.plan["ipv6"]:
            self.ip(a, SIDE6.format(**here | {"ip": "fd00::1/64", "peer": "fd00::2"}))
            self.ip(b, SIDE6.format(**there | {"ip": "fd00::2/64", "peer": "fd00::1"}))

    def ip(self, name, lines):
        done = subprocess.run(["ip", "-n", name, "-batch", "-"], input=lines, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            self.problem = f"base lab: {done.stderr.strip()}"

    def diagnose(self):
        """What `knowhy diagnose` says of B."""
        if self.problem:
            return
        command = ["knowhy", "diagnose", "--ns", self.netns["B"], "--json", "--harmless",
                   *self.plan["options"]]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)
        self.log.write(f"{done.stdout}{done.stderr}".encode())
        if done.returncode != 0:
            self.problem = f"diagnose: exit status {done.returncode}: {done.stderr.strip()[-400:]}"
            return
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.diagnosed = [line for line in lines if line["type"] == "finding"]

    def counters(self):
        if self.problem:
            return {}
        return {letter: netns.read_counters(name) for letter, name in self.netns.items()
                if netns.exists(name)}

    def put_back(self):
        """The machine's settings; the first value noted of each is the one from before."""
        for setting in reversed(self.undo.read_text().splitlines()):
            subprocess.run(["sysctl", "-qw", setting], check=False)

    def kill(self):
        for pid in self.started:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def result(self):
        inums = {letter: netns.inum(name) for letter, name in self.netns.items()
                 if netns.exists(name)}
        moved = {letter: {name: value - self.before.get(letter, {}).get(name, 0)
                          for name, value in after.items()
                          if value != self.before.get(letter, {}).get(name, 0)}
                 for letter, after in self.after.items()}
        return {"problem": self.problem, "netns": inums, "counters": moved,
                "diagnosed": self.diagnosed}


def device_of(mac):
    """The extra NIC with this address, or nothing when the guest has no driver for it."""
    for path in glob.glob("/sys/class/net/*/address"):
        if pathlib.Path(path).read_text(encoding="ascii").strip() == mac:
            return path.split("/")[4]
    return ""


class Batch:
    """All variants of a plan, from set-up to results."""

    def __init__(self, directory):
        self.directory = directory
        self.plan = json.loads((directory / "plan.json").read_text())
        self.progress_file = open(directory / "progress", "w", encoding="utf-8", buffering=1)
        self.unmet = {}
        self.variants = {}

    def progress(self, text):
        self.progress_file.write(f"{time.monotonic():.1f} {text}\n")

    def choose(self):
        """Leaves out what cannot run here, and says why."""
        needs = {need for plan in self.plan["variants"] for need in plan["needs"]}
        unmet = {need for need in sorted(needs) if not is_met(need, f"{PREFIX}need")}
        for number, plan in enumerate(self.plan["variants"]):
            missing = sorted(unmet & set(plan["needs"]))
            if missing:
                self.unmet[plan["id"]] = missing
            else:
                self.variants[plan["id"]] = Variant(plan, number, self.directory)

    def on_all(self, what, action, workers):
        self.progress(what)
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(action, self.variants.values()))

    def set_up(self):
        self.on_all("base labs", Variant.base_lab, 4)
        self.on_all("setup", lambda v: v.shell(v.plan["setup"], "setup", SETUP_LIMIT), 4)
        time.sleep(SETTLE)

    def run_one(self, variant):
        self.progress(f"run {variant.plan['id']}")
        mark = self.plan.get("mark")
        if mark:  # tells the oracle whose drops come now
            number = list(self.variants.values()).index(variant)
            netns.LIBC.kill(mark + number, 0)
        variant.before = variant.counters()
        variant.shell(variant.plan["run"], "run", variant.plan["limit"])
        if variant.plan["command"] == "diagnose" and not mark:  # the oracle knows drops only
            variant.diagnose()
        time.sleep(0.2)
        variant.after = variant.counters()

    def run(self, watcher):
        together = [v for v in self.variants.values() if not v.plan["alone"]]
        alone = [v for v in self.variants.values() if v.plan["alone"]]
        with concurrent.futures.ThreadPoolExecutor(self.plan["workers"]) as pool:
            list(pool.map(self.run_one, together))
        for variant in alone:
            self.run_one(variant)
            if variant.undo.exists():
                watcher.settle()  # it reads settings while a loss is news
                variant.put_back()
        time.sleep(SETTLE)

    def whole(self):
        netns.remove_all(PREFIX)
        self.choose()
        self.set_up()
        watcher = Watcher(self.plan["watcher"], self.directory)
        self.progress("arming")
        problem = watcher.start()
        status = None
        if problem is None:
            self.run(watcher)
            self.progress("stopping the watcher")
            status = watcher.stop()
        results = {"watcher": {"problem": problem, "status": status}, "cannot": self.unmet,
                   "variants": {name: v.result() for name, v in self.variants.items()}}
        (self.directory / "results.json").write_text(json.dumps(results))
        self.progress("done")

    def clean_up(self):
        for variant in self.variants.values():
            variant.kill()
        netns.remove_all(PREFIX)


def main():
    batch = Batch(pathlib.Path(sys.argv[1]))
    os.environ["PATH"] = ":".join(batch.plan["path"] + [os.environ["PATH"]])
    try:
        batch.whole()
    finally:
        if batch.plan["kernel"] == "native":  # the guest's power is off in a moment anyway
            batch.clean_up()


if __name__ == "__main__":
    main()
