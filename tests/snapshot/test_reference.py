#!/usr/bin/python3
"""Exports that the real program wrote, proven by the independent reference in tests/reference:
   test_reference.py REFERENCE_FOLDER BIN_FOLDER"""

import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

REFERENCE, BIN = sys.argv[1:3]
sys.path.insert(0, REFERENCE)

import tiles  # noqa: E402

SEED = random.SystemRandom().randrange(1 << 32)


class Tiles(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="actledger-tiles-")
        self.folder = pathlib.Path(self.temporary.name)
        self.random = random.Random(SEED)

    def tearDown(self):
        self.temporary.cleanup()

    def make(self, name, activations, group):
        subprocess.run([f"{BIN}/make-test-ledger", self.folder / name, str(activations), str(group)], check=True,
                       capture_output=True)
        (self.folder / f"{name}.toml").write_text(f'[ledger]\nfolder = "{self.folder / name / "ledger"}"\n')

    def export(self, name, *options):
        subprocess.run([f"{BIN}/actledger", "--config", self.folder / f"{name}.toml", "export", self.folder / "out",
                        *options], check=True, capture_output=True)
        return self.folder / "out"

    def test_the_specifications_numbers(self):
        self.assertEqual(tiles.number_path(1234067), "x001/x234/067")
        self.assertEqual(tiles.number_path(5), "005")
        self.assertEqual(tiles.number_path(1000), "x001/000")

    def test_exports_of_several_sizes_are_proven_from_their_events(self):
        for activations, group in ((1, 1), (253, 7), (254, 256), (900, 300), (66_000, 1_000)):
            with self.subTest(activations=activations, group=group):
                name = f"l{activations}"
                self.make(name, activations, group)
                proven = tiles.prove(self.export(name))
                self.assertEqual(proven["size"], activations + 3)
                self.assertEqual(proven["annex"], activations)
                subprocess.run(["rm", "-r", self.folder / "out"], check=True)

    def test_without_personal_data(self):
        self.make("ledger", 500, 50)
        proven = tiles.prove(self.export("ledger", "--without-personal-data"))
        self.assertIsNone(proven["annex"])
        self.assertFalse((self.folder / "out/annex").exists())

    def test_a_changed_byte_in_any_file_is_noticed(self):
        self.make("ledger", 700, 40)
        out = self.export("ledger")
        files = [f for f in out.rglob("*") if f.is_file() and f.name not in (".lock", "chain.pem", "erased-through")]
        self.assertGreater(len(files), 12)
        for file in files:
            if "annex" in file.parts:
                continue  # personal values are held against their commitments by actledger verify
            whole = file.read_bytes()
            at = self.random.randrange(len(whole))
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            with self.subTest(file=str(file.relative_to(out)), at=at, seed=SEED), \
                    self.assertRaises((tiles.Refused, UnicodeDecodeError)):
                tiles.prove(out)
            file.write_bytes(whole)
        tiles.prove(out)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
