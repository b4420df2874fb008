"""What bpftrace prints, and how it is compared."""
import unittest

from . import oracle


class Parsing(unittest.TestCase):
    def test_reasons_come_from_the_format_file(self):
        text = 'REC->reason, { 1, "NOT_SPECIFIED" }, { 2, "NO_SOCKET" })'
        self.assertEqual(oracle.parse_reasons(text), {1: "NOT_SPECIFIED", 2: "NO_SOCKET"})

    def test_drops(self):
        lines = ['"armed"', "", "@drops[4, 2, __udp4_lib_rcv, 4026532312]: 3",
                 "@drops[0, 77, ip_rcv_core+566, 0]: 1"]
        self.assertEqual(list(oracle.parse_drops(lines, {2: "NO_SOCKET"})),
                         [(4, "NO_SOCKET __udp4_lib_rcv", 4026532312, 3),
                          (0, "77 ip_rcv_core", 0, 1)])


class Comparing(unittest.TestCase):
    def test_exact(self):
        self.assertEqual(oracle.compare({"A b": 3}, {"A b": 3}), [])
        self.assertEqual(len(oracle.compare({"A b": 3}, {"A b": 2})), 1)

    def test_a_drop_nobody_expected(self):
        self.assertEqual(oracle.compare({}, {"A b": 1}), ["oracle: A b: 1, not expected"])

    def test_at_least(self):
        self.assertEqual(oracle.compare({"A b": ">=0"}, {}), [])
        self.assertEqual(oracle.compare({"A b": ">=2"}, {"A b": 5}), [])


if __name__ == "__main__":
    unittest.main()
