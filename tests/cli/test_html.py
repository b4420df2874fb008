#!/usr/bin/python3
"""`knowhy report --html`, `--chrome` and `knowhy diff --html` from the outside: pages that are
well-formed, complete and quiet, whatever names are in them; a trace that its viewers can nest.

Usage: test_html.py KNOWHY SAMPLE_PAGE. What a browser makes of the pages: test_html_browser.py.
Needs root: a namespace has a device whose name is markup.
"""
import base64
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import html5lib

from harness import SOURCE, Case, Named, knowhy, main

SAMPLE_PAGE = sys.argv.pop(2)
DEMO = SOURCE / "share/demo/martian.knowhy"


def parsed(text):
    """The document; a mistake in it is an exception."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


def hash_source(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class Page(Case):
    def setUp(self):
        # pylint: disable-next=consider-using-with
        folder = tempfile.TemporaryDirectory(prefix="knowhy-html-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def read(self, name):
        return (self.folder / name).read_text(encoding="utf-8")

    def report(self, recording, *args):
        page = self.folder / "page.html"
        done = knowhy("report", str(recording), "--html", str(page), *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return self.read("page.html")

    def samples(self, calls):
        subprocess.run([SAMPLE_PAGE, self.folder, str(calls)], check=True, timeout=120)

    def assert_complete(self, text):
        """Well-formed, and nothing in it is fetched, run or linked that is not in it."""
        page = parsed(text)
        ids = [node.get("id") for node in page.iter() if node.get("id")]
        self.assertEqual(len(ids), len(set(ids)))
        for node in page.iter():
            self.assertNotIn(node.tag, ("img", "iframe", "object", "embed", "link", "base"))
            for name, value in node.attrib.items():
                self.assertFalse(name.startswith("on") or name in ("src", "style", "action"), name)
                if name == "href":
                    self.assertIn(value.removeprefix("#"), ids)
            if node.tag == "th":
                self.assertIn(node.get("scope"), ("row", "col"))
        self.assertEqual(len(list(page.iter("h1"))), 1)
        policy = next(node.get("content") for node in page.iter("meta")
                      if node.get("http-equiv") == "Content-Security-Policy")
        self.assertIn("default-src 'none'", policy)
        self.assertIn(hash_source(next(page.iter("style")).text), policy)
        code = [node for node in page.iter("script") if node.get("type") is None]
        self.assertEqual(len(code), 1)
        self.assertIn(hash_source(code[0].text), policy)
        self.assertIsNone(re.search(r"https?://", text))
        return page

    def assert_nested(self, events):
        """Of each thread ascending, and each call within the one around it."""
        open_until = collections.defaultdict(list)
        last = collections.defaultdict(float)
        for event in events:
            if event["ph"] == "M":
                continue
            thread = (event["pid"], event["tid"])
            self.assertGreaterEqual(event["ts"], last[thread])
            last[thread] = event["ts"]
            around = open_until[thread]
            while around and around[-1] <= event["ts"]:
                around.pop()
            if event["ph"] == "X":
                end = event["ts"] + event["dur"]
                if around:
                    self.assertLessEqual(end, around[-1] + 0.0005)
                around.append(end)


class Report(Page):
    def test_a_recording_of_losses(self):
        page = self.assert_complete(self.report(DEMO))
        text = " ".join(page.itertext())
        self.assertIn("the source 10.9.0.1 is one of this host's own addresses", text)
        headings = {node.text for node in page.iter("th") if node.get("scope") == "col"}
        self.assertLessEqual({"device", "MTU", "address", "destination"}, headings)

    def test_the_page_is_the_same_wherever_it_is_made(self):
        self.assertEqual(self.report(DEMO), self.report(DEMO))

    def test_names_of_devices_cannot_leave_their_place(self):
        name = "<i>\"&'x"
        recording = self.folder / "state.knowhy"
        with Named() as net:
            net.run("ip", "link", "add", "name", name, "type", "bridge")
            done = knowhy("diagnose", "--ns", net.name, "--record", str(recording))
            self.assertEqual(done.returncode, 0, done.stderr)
        page = self.assert_complete(self.report(recording))
        self.assertEqual(list(page.iter("i")), [])
        self.assertIn(name, [node.text for node in page.iter("th")])

    def test_hostile_names_of_everything(self):
        self.samples(30)
        page = self.assert_complete(self.read("page.html"))
        data = next(node for node in page.iter("script") if node.get("id") == "data")
        self.assertIn("</script><img src=x onerror=document.title='owned'>",
                      json.loads(data.text)["functions"])
        self.assert_complete(self.read("diff.html"))

    def test_of_many_calls_the_page_has_the_first(self):
        self.samples(100_000)
        text = self.read("page.html")
        self.assertLess(len(text), 8_000_000)
        self.assertIn("The first 20000 of 100002 calls are in this page", text)

    def test_a_file_that_cannot_be_written(self):
        done = knowhy("report", str(DEMO), "--html", str(self.folder / "no/where.html"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("where.html", done.stderr)


class Trace(Page):
    def test_losses(self):
        path = self.folder / "trace.json"
        done = knowhy("report", str(DEMO), "--chrome", str(path))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        events = json.loads(self.read("trace.json"))["traceEvents"]
        self.assert_nested(events)
        lost = [event for event in events if event["ph"] == "i"]
        self.assertEqual({event["name"] for event in lost}, {"source-local"})
        self.assertIn("10.9.0.1", lost[0]["args"]["packet"])

    def test_calls(self):
        self.samples(3000)
        events = json.loads(self.read("trace.json"))["traceEvents"]
        self.assert_nested(events)
        phases = collections.Counter(event["ph"] for event in events)
        self.assertEqual(phases["X"], 2000)
        names = {event["args"]["name"] for event in events if event["name"] == "thread_name"}
        self.assertIn("idle, CPU 0", names)


class Diff(Page):
    def test_two_recordings(self):
        path = self.folder / "diff.html"
        other = SOURCE / "share/demo/firewall.knowhy"
        done = knowhy("diff", str(DEMO), str(other), "--html", str(path))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        page = self.assert_complete(self.read("diff.html"))
        self.assertIn("martian.knowhy", " ".join(page.itertext()))


if __name__ == "__main__":
    main()
