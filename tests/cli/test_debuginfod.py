#!/usr/bin/python3
"""Debug files from a debuginfod server: a real one, serving a folder in a namespace of its own.

Usage: test_debuginfod.py KNOWHY IMAGE. IMAGE: any linked ELF file with debug information of a
function outer(); it stands for vmlinux.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from harness import SKIPPED, Case, Net, knowhy, main, records

IMAGE = pathlib.Path(sys.argv.pop(2))
PORT = "8765"
URL = f"http://127.0.0.1:{PORT}"


class Server:
    """debuginfod over a folder, in the network namespace that a process of ours holds."""

    def __init__(self, net, folder):
        self.inside = ["nsenter", f"--net=/proc/{net.holder.pid}/ns/net"]
        # No -f as a daemon, no database on disk, no scan but the first.
        self.process = subprocess.Popen(
            [*self.inside, "debuginfod", "-F", "-d", ":memory:", "-p", PORT, "-t", "0", str(folder)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "serving" in line or "started http server" in line:
                break
        self.wait_for_scan()

    def wait_for_scan(self):
        for _ in range(200):
            done = subprocess.run([*self.inside, "curl", "-s", f"{URL}/metrics"],
                                  capture_output=True, text=True, check=False)
            if 'thread_work_total{role="traverse"} 1' in done.stdout and \
                    not re.search(r'thread_(busy|work_pending){role="scan"} [1-9]', done.stdout):
                return
            time.sleep(0.1)

    def end(self):
        self.process.terminate()
        self.process.communicate()


class Debuginfod(Case):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(
            tempfile.TemporaryDirectory(prefix="knowhy-debuginfod-")))
        self.served = self.folder / "served"
        self.here = self.folder / "here"
        self.served.mkdir()
        self.here.mkdir()
        # What is installed has code and a build-id, and no debug information.
        subprocess.run(["strip", "-g", IMAGE, "-o", self.here / "vmlinux"], check=True)
        self.net = self.enterContext(Net())

    def locate(self, *words):
        environment = {**os.environ, "DEBUGINFOD_URLS": URL, "DEBUGINFOD_TIMEOUT": "10",
                       "DEBUGINFOD_CACHE_PATH": str(self.folder / "cache"),
                       "XDG_CACHE_HOME": str(self.folder)}
        return knowhy("locate", "outer", "--json", "--release", "1.2.3-test", "--debug-dir",
                      str(self.here), *words, env=environment,
                      prefix=["nsenter", f"--net=/proc/{self.net.holder.pid}/ns/net"])

    def test_is_asked_for_the_build_that_is_installed(self):
        shutil.copy(IMAGE, self.served / "anything")
        server = Server(self.net, self.served)
        done = self.locate()
        server.end()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("asking the debuginfod servers", done.stderr)
        line, = records(done.stdout)
        self.assertIn(str(self.folder / "cache"), line["debug_file"])
        self.assertTrue(line["instances"])
        # Once fetched it is there, and no server is needed.
        again = self.locate()
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_that_does_not_have_it_is_one_error(self):
        server = Server(self.net, self.served)
        done = self.locate()
        server.end()
        self.assertEqual(done.returncode, 2, done.stderr)
        said = [line for line in done.stderr.splitlines() if not line.startswith("asking ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertIn("do not have it", said[0])

    def test_that_is_down_is_one_error(self):
        done = self.locate()
        self.assertEqual(done.returncode, 2, done.stderr)
        said = [line for line in done.stderr.splitlines() if not line.startswith("asking ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertIn("Connection refused", said[0])


if __name__ == "__main__":
    if not all(map(shutil.which, ("debuginfod", "curl"))):
        print("needs debuginfod and curl")
        sys.exit(SKIPPED)
    main()
