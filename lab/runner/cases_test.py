"""Case files: what is accepted, what is refused, and that ours are right."""
import unittest

from .cases import DIRECTORY, CaseError, load_cases, parse_case


def case(**fields):
    return {"name": "x", "title": "t", **fields}


class Refused(unittest.TestCase):
    def refuse(self, pattern, raw):
        with self.assertRaisesRegex(CaseError, pattern):
            parse_case(raw)

    def test_unknown_keys(self):
        self.refuse("neds", case(neds=[], sick={"run": "inj", "lost": 1}))
        self.refuse("conts", case(sick={"run": "inj", "conts": 1}))
        self.refuse("caus", case(sick={"run": "inj", "expect": [{"caus": "x"}]}))

    def test_a_variant_that_cannot_fail(self):
        self.refuse("nothing is expected", case(sick={"run": "inj"}))
        self.refuse("has failed", case(sick={"run": "inj", "exit_status": 1}))

    def test_nothing_to_run(self):
        self.refuse("no run", case(sick={"lost": 3}))
        self.refuse("no variant", case())


class Diagnose(unittest.TestCase):
    def test_needs_no_run_and_its_clean_twin_is_quiet(self):
        parsed = parse_case(case(name="diagnose-x", command="diagnose", sick={"found": {"d0": "certain"}},
                                 clean={}))
        sick, clean = parsed.variants
        self.assertEqual(parsed.cause, "x")
        self.assertEqual(sick.expect, [{"cause": "x", "verdict": "n/a", "device": "d0",
                                        "certainty": "certain"}])
        self.assertTrue(clean.quiet)

    def test_no_other_command(self):
        with self.assertRaisesRegex(CaseError, "no command"):
            parse_case(case(command="dorps", sick={"run": "inj", "lost": 1}))


class Ours(unittest.TestCase):
    def test_all_files_load(self):
        self.assertGreater(len(load_cases()), 50)

    def test_every_lost_cause_has_a_clean_twin(self):
        cases = load_cases().values()
        sick = {c.cause for c in cases for v in c.variants
                if any(f.get("cause") == c.cause and f.get("verdict") == "lost" for f in v.expect)}
        clean = {c.cause for c in cases for v in c.variants if v.none}
        self.assertEqual(sick - clean, set())

    def test_needs_are_known_to_the_agent(self):
        known = (DIRECTORY.parent / "guest/needs.py").read_text()
        for one in load_cases().values():
            for need in one.needs:
                self.assertIn(f'"{need}":', known)


if __name__ == "__main__":
    unittest.main()
