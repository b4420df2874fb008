"""Expectations against findings."""
import unittest

from . import check
from .cases import parse_case

NETNS = {"A": 10, "B": 11}


def finding(**fields):
    return {"type": "finding", "id": fields.pop("id", "1"), "cause": "rp-filter", "count": 3,
            "certainty": "certain", "verdict": "lost", "device": "vb", "netns": {"inum": 11},
            "sentence": "the source 10.77.0.1 is not reached by vb",
            "evidence": [{"name": "__fib_validate_source", "value": "-EXDEV (-18)"}],
            "set_by": [{"kind": "sysctl", "name": "net.ipv4.conf.vb.rp_filter", "value": "1"}],
            **fields}


def problems(variant, *findings, kernel="guest", name="sick"):
    case = parse_case({"name": "rp-filter", "title": "t", name: {"run": "inj", **variant}})
    return check.check_findings(case, case.variants[0], NETNS, findings, kernel)


class Diagnosed(unittest.TestCase):
    def problems(self, *findings, **variant):
        case = parse_case({"name": "diagnose-x", "title": "t", "command": "diagnose", "clean": variant})
        return check.check_findings(case, case.variants[0], NETNS, findings, "guest")

    def test_a_clean_twin_has_no_fault_of_any_kind(self):
        self.assertEqual(self.problems(), [])
        self.assertEqual(self.problems(finding(verdict="harmless")), [])
        self.assertIn("nothing is wrong here", self.problems(finding(verdict="n/a"))[0])
        self.assertEqual(self.problems(finding(verdict="n/a"), quiet=False), [])


class Expected(unittest.TestCase):
    def test_the_short_form_wants_cause_count_verdict_and_certainty(self):
        self.assertEqual(problems({"lost": 3}, finding()), [])
        self.assertIn("count is 2", problems({"lost": 3}, finding(count=2))[0])
        self.assertIn("certainty is likely", problems({"lost": 3}, finding(certainty="likely"))[0])
        self.assertIn("verdict is harmless", problems({"lost": 3}, finding(verdict="harmless"))[0])

    def test_certainty_is_asked_of_the_guest_only(self):
        likely = finding(certainty="likely")
        self.assertEqual(problems({"lost": 3}, likely, kernel="native"), [])

    def test_counts_of_one_cause_add_up(self):
        self.assertEqual(problems({"lost": 3}, finding(count=1), finding(id="2", count=2)), [])

    def test_a_later_finding_replaces_the_earlier_of_its_id(self):
        self.assertEqual(problems({"lost": 3}, finding(count=1), finding(count=3)), [])

    def test_other_namespaces_do_not_count(self):
        elsewhere = finding(netns={"inum": 99})
        self.assertIn("no finding rp-filter", problems({"lost": 3}, elsewhere)[0])

    def test_a_namespace_can_be_demanded(self):
        variant = {"expect": [{"cause": "rp-filter", "in": "A"}]}
        self.assertIn("no finding", problems(variant, finding())[0])

    def test_a_finding_of_no_known_namespace_counts_where_the_case_says_so(self):
        nowhere = finding(netns={"inum": 0})
        variant = {"expect": [{"cause": "rp-filter", "in": "B?"}]}
        self.assertEqual(problems(variant, nowhere), [])
        self.assertIn("no finding", problems({"lost": 3}, nowhere)[0])

    def test_evidence_and_set_by_are_patterns(self):
        variant = {"expect": [{"cause": "rp-filter", "evidence": {"fib_validate": "EXDEV"},
                               "set_by": {r"\.rp_filter": "^1$"}}]}
        self.assertEqual(problems(variant, finding()), [])
        variant["expect"][0]["set_by"] = {r"\.rp_filter": "^2$"}
        self.assertIn("set_by", problems(variant, finding())[0])


class Forbidden(unittest.TestCase):
    def test_never(self):
        self.assertIn("never", problems({"never": ["rp-filter"]}, finding())[0])
        self.assertEqual(problems({"never": ["source-local"]}, finding()), [])

    def test_a_clean_twin_must_not_lose_by_the_case_s_cause(self):
        self.assertIn("clean twin", problems({}, finding(), name="clean")[0])
        self.assertEqual(problems({}, finding(verdict="harmless"), name="clean"), [])
        self.assertEqual(problems({}, finding(cause="no-route"), name="clean"), [])

    def test_quiet_allows_only_harmless_frees(self):
        self.assertIn("nothing is wrong", problems({"quiet": True}, finding(cause="unknown"))[0])
        self.assertEqual(problems({"quiet": True}, finding(verdict="harmless")), [])


class Counters(unittest.TestCase):
    def test_namespace_b_unless_named(self):
        raw = {"name": "x", "title": "t",
               "sick": {"run": "inj", "counters": {"UdpNoPorts": 3, "A.IpInReceives": ">=1"}}}
        variant = parse_case(raw).variants[0]
        moved = {"A": {"IpInReceives": 4}, "B": {"UdpNoPorts": 3}}
        self.assertEqual(check.check_counters(variant, moved, "guest"), [])
        moved["B"]["UdpNoPorts"] = 2
        self.assertIn("UdpNoPorts moved by 2", check.check_counters(variant, moved, "guest")[0])


if __name__ == "__main__":
    unittest.main()
