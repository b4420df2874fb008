"""Which entry a gap's record is held against, and what counts as a mismatch."""
import unittest

import judge as judging

PLAN = [{"symbol": "f", "image": "vmlinux", "points": [
    {"cfa": ["%sp", 0x20], "gaps": [
        {"bytes": 4, "entry": "%si", "entry_added": 0,
         "places": [{"fetch": "%bx", "added": 0}, {"fetch": "%r12", "added": -8}]}]}]}]
EVENTS = {"e0": [0, None], "e0_0": [0, 0]}
PROFILE = "  e0  3  0\n  e0_0  3  0\n"


def entry(stack, value, pid=7):
    return f" socat-{pid} [000] ..... 1.000001: e0: (f+0x5/0x90) cfa={stack:#x} si={value:#x}"


def gap(stack, first, second, pid=7):
    """`stack`: what it was at the entry."""
    return (f" <idle>-{pid} [001] ..... 1.000002: e0_0: (f+0x40/0x90) cfa={stack - 0x18:#x} "
            f"control=0x0 g0p0={first:#x} g0p1={second:#x}")


class Pairs(unittest.TestCase):
    def judged(self, *lines, profile=PROFILE):
        judge = judging.Judge(PLAN)
        judge.batch(EVENTS, lines, profile)
        return judge

    def counts(self, judge):
        return [(tally.hits, tally.mismatches) for _, tally in sorted(judge.tallies.items())]

    def test_low_bytes_and_added_constant(self):
        judge = self.judged(entry(0x1000, 0xff00000005), gap(0x1000, 0xee00000005, 13))
        self.assertEqual(self.counts(judge), [(1, 0), (1, 0)])

    def test_a_mismatch(self):
        judge = self.judged(entry(0x1000, 5), gap(0x1000, 6, 13))
        self.assertEqual(self.counts(judge), [(1, 1), (1, 0)])
        self.assertEqual(judge.tallies[0, 0, 0, 0].examples, ["0x5 at entry, read 0x6"])

    def test_recursion_and_interrupts_by_their_frames(self):
        judge = self.judged(entry(0x1000, 1), entry(0x800, 2), gap(0x800, 2, 10), gap(0x1000, 1, 9))
        self.assertEqual(self.counts(judge), [(2, 0), (2, 0)])

    def test_the_last_entry_of_a_frame(self):
        judge = self.judged(entry(0x1000, 1), entry(0x1000, 2), gap(0x1000, 2, 10))
        self.assertEqual(self.counts(judge), [(1, 0), (1, 0)])

    def test_no_entry_or_another_tasks(self):
        judge = self.judged(gap(0x1000, 1, 9), entry(0x800, 1), gap(0x800, 1, 9, pid=8))
        self.assertEqual((self.counts(judge), judge.unpaired), ([], 2))

    def test_a_missed_entry_sets_the_function_aside(self):
        judge = self.judged(entry(0x1000, 1), gap(0x1000, 2, 9), profile="  e0  1  1\n")
        self.assertEqual((self.counts(judge), judge.set_aside), ([], {0}))

    def test_a_buffer_that_was_too_small(self):
        with self.assertRaises(judging.Unusable):
            judging.check_lost("entries: 5\noverrun: 0\ndropped events: 3\n")


class Bound(unittest.TestCase):
    def test_rule_of_three(self):
        self.assertAlmostEqual(judging.upper_bound(0, 1000), 0.003, places=4)

    def test_more_with_a_mismatch(self):
        self.assertAlmostEqual(judging.upper_bound(1, 1000), 0.00473, places=4)
        self.assertEqual(judging.upper_bound(0, 0), 1.0)


if __name__ == "__main__":
    unittest.main()
