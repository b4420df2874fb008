"""What the generator of crashes writes down must be true by itself, before anything is judged by it."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import shapes
import spoil

HERE = pathlib.Path(__file__).resolve().parent
ADDRESS = re.compile(r"(?:virtual address|address:|BadVA :) *([0-9a-f]{16})")


class Shapes(unittest.TestCase):
    def test_each_crash_is_marked_once_and_named_once(self):
        made = list(shapes.cases())
        self.assertEqual(len({case.name for case in made}), len(made))
        for case in made:
            self.assertEqual(case.text.count(f"/*@{case.name}*/"), 1, case.text)

    def test_the_same_seed_makes_the_same_functions_and_another_makes_others(self):
        self.assertEqual(list(shapes.cases()), list(shapes.cases()))
        self.assertNotEqual([case.text for case in shapes.cases()],
                            [case.text for case in shapes.cases(2)])


class Keys(unittest.TestCase):
    def test_base_index_stride_and_field_make_the_printed_address(self):
        with tempfile.TemporaryDirectory() as name:
            done = subprocess.run([HERE / "generate", name, "--machine", "x86_64", "--keep", "3"],
                                  capture_output=True, text=True, check=False)
            if done.returncode == 77:
                self.skipTest(done.stderr)
            self.assertEqual(done.returncode, 0, done.stderr)
            folder = pathlib.Path(name, "x86_64")
            checked = sum(self._check(folder, key)
                          for key in json.loads((folder / "keys.json").read_text(encoding="ascii")))
        self.assertGreater(checked, 10)

    def _check(self, folder, key):
        printed = ADDRESS.search((folder / f"{key['name']}.txt").read_text(encoding="ascii"))
        if not printed or "field_offset" not in key:
            return 0
        address = key["base"] + key.get("index", 0) * key.get("stride", 0) + key["field_offset"]
        self.assertEqual(int(printed[1], 16), address % (1 << 64), key["name"])
        return 1


class Spoiling(unittest.TestCase):
    TEXT = ("[    1.000000] RIP: 0010:f+0x10/0x30\n[    1.000000] Code: 01 02 03 04 05 06 <07> 08\n"
            "[    1.000000] RAX: 0000000000000001 RBX: 0000000000000002 RCX: 0000000000000003\n")

    def test_every_way_changes_the_text_and_always_alike(self):
        first, second = dict(spoil.spoiled("a", self.TEXT)), dict(spoil.spoiled("a", self.TEXT))
        self.assertEqual(first, second)
        for way, text in first.items():
            self.assertNotEqual(text, self.TEXT, way)

    def test_a_shuffled_code_line_keeps_its_bytes_and_its_mark(self):
        code = spoil.CODE.search(dict(spoil.spoiled("b", self.TEXT))["shuffled"])[2].split()
        self.assertEqual(sorted(word.strip("<>") for word in code), [f"{n:02}" for n in range(1, 9)])
        self.assertEqual([word[0] == "<" for word in code], [False] * 6 + [True, False])


if __name__ == "__main__":
    sys.exit(unittest.main())
