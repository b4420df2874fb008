"""Which kernel is chosen."""
import pathlib
import tempfile
import unittest

from . import kernel


class Choice(unittest.TestCase):
    def test_the_highest_number_of_the_plain_flavour(self):
        names = ["linux-image-6.1.0-9-amd64", "linux-image-6.1.0-31-amd64",
                 "linux-image-6.1.0-56-cloud-amd64", "linux-image-6.1.0-57-rt-amd64",
                 "linux-image-6.1.0-58-amd64-unsigned", "linux-image-6.1.0-59-amd64-dbg",
                 "linux-image-6.12.9-amd64"]
        self.assertEqual(kernel.newest_package(names), "linux-image-6.1.0-31-amd64")
        self.assertIsNone(kernel.newest_package(["linux-image-6.12.9-amd64"]))
        self.assertIsNone(kernel.newest_package(names, "arm64"))

    def test_a_flavour_that_is_not_named_after_its_architecture(self):
        names = ["linux-image-6.1.0-50-octeon", "linux-image-6.1.0-50-5kc-malta",
                 "linux-image-6.1.0-50-5kc-malta-dbg"]
        self.assertEqual(kernel.newest_package(names, "mips64el"), "linux-image-6.1.0-50-5kc-malta")

    def test_the_cache_directory(self):
        self.assertEqual(kernel.cache_dir({"KNOWHY_LAB_CACHE": "/x"}), pathlib.Path("/x"))
        self.assertEqual(kernel.cache_dir({"XDG_CACHE_HOME": "/y", "HOME": "/h"}),
                         pathlib.Path("/y/knowhy-lab"))
        self.assertEqual(kernel.cache_dir({"HOME": "/h"}), pathlib.Path("/h/.cache/knowhy-lab"))

    def test_an_earlier_download_serves_without_package_lists(self):
        with tempfile.TemporaryDirectory() as name:
            cache = pathlib.Path(name)
            self.assertIsNone(kernel.newest_unpacked(cache))
            for folder in ["linux-image-6.1.0-9-amd64_6.1.1-1", "linux-image-6.1.0-31-amd64_6.1.2-1",
                           "linux-image-6.1.0-40-arm64_6.1.3-1", ".unpack-abc"]:
                (cache / folder).mkdir()
            found = kernel.newest_unpacked(cache)
        self.assertEqual(found.name, "linux-image-6.1.0-31-amd64_6.1.2-1")
        self.assertEqual(kernel.release_of(found), "6.1.0-31-amd64")


if __name__ == "__main__":
    unittest.main()
