"""Which cases of a batch are left out before anything is booted."""
import pathlib
import unittest
from unittest import mock

from . import batch
from .cases import parse_case

PLAIN = parse_case({"name": "plain", "title": "t", "sick": {"run": "inj", "lost": 1}})
DBG = parse_case({"name": "wants", "title": "t", "dbg": True, "sick": {"run": "x", "exit_status": 0}})


class WithoutDebugFiles(unittest.TestCase):
    def left_out(self, unpacked, **options):
        with mock.patch.object(batch, "find_kernel", return_value=pathlib.Path("/k")), \
                mock.patch.object(batch, "has_debug_files", return_value=unpacked):
            return batch.without_debug_files([PLAIN, DBG], batch.Options(**options))

    def test_all_of_them_downloads_nothing(self):
        report = self.left_out(False, fetch_dbg=False)
        self.assertEqual(list(report), ["wants"])
        self.assertEqual(report["wants"]["outcome"], "cannot run here")

    def test_what_is_there_or_was_named_runs(self):
        self.assertEqual(self.left_out(True, fetch_dbg=False), {})
        self.assertEqual(self.left_out(False, fetch_dbg=True), {})
        self.assertEqual(self.left_out(False, fetch_dbg=False, kernel="native"), {})


if __name__ == "__main__":
    unittest.main()
