#!/usr/bin/python3
"""Real output against the published schemas (docs/schema). Needs root and this kernel's BPF."""
import json

import jsonschema

from harness import NOBODY, SOURCE, Case, LiveJson, Net, knowhy, main, records


def schema(kind):
    return json.loads((SOURCE / "docs/schema" / f"{kind}.json").read_text(encoding="utf-8"))


class Schemas(Case):
    def assert_valid(self, lines):
        for line in lines:
            jsonschema.validate(line, schema(line["type"]))
        return [line["type"] for line in lines]

    def test_drops(self):
        with Net() as net, LiveJson("drops", "--json", "--each", "--interval", "200ms",
                                    "udp port 9") as live:
            net.lose(5)
            lines = live.lines()
        kinds = self.assert_valid(lines)
        self.assertEqual((kinds[0], kinds[-1]), ("armed", "summary"))
        self.assertEqual(kinds.count("summary"), 1)
        self.assertEqual(len([line for line in lines if line["type"] == "drop"
                              and line["netns"]["inum"] == net.inum]), 5)
        summary = lines[-1]
        last = {line["id"]: line["count"] for line in lines if line["type"] == "finding"}
        self.assertEqual(sum(last.values()) + summary["other"], summary["events"])
        parts = ("lost", "harmless", "unknown", "other")
        self.assertEqual(sum(summary[part] for part in parts), summary["events"])

    def test_doctor(self):
        for prefix in ([], NOBODY):
            done = knowhy("doctor", "--json", prefix=prefix)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(self.assert_valid(records(done.stdout)), ["doctor"])

    def test_symbol(self):
        done = knowhy("symbol", "--json", "--kallsyms", "/dev/stdin", "0xffffffff81459d10",
                      input="ffffffff81459cc0 T init_dummy_netdev\n"
                            "ffffffff81459d10 t net_tx_action\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.assert_valid(records(done.stdout)), ["symbol"])

    def test_demo(self):
        for prefix in ([], NOBODY):
            done = knowhy("demo", "--json", prefix=prefix)
            self.assertEqual(done.returncode, 0, done.stderr)
            lines = records(done.stdout)
            self.assertEqual(self.assert_valid(lines)[-1], "summary")
            self.assertEqual([line["cause"] for line in lines if line["type"] == "finding"
                              and line["verdict"] == "lost"], ["source-local"])


if __name__ == "__main__":
    main()
