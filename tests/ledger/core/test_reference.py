#!/usr/bin/python3
"""Activation files that the C++ code wrote, read by the independent reference in tests/reference:
   test_reference.py REFERENCE_FOLDER EMIT_PROGRAM"""

import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

REFERENCE, EMIT = sys.argv[1:3]
sys.path.insert(0, REFERENCE)

from cryptography import x509  # noqa: E402

import activation_file  # noqa: E402
import merkle  # noqa: E402
import note  # noqa: E402

SEED = random.SystemRandom().randrange(1 << 32)


class Reference(unittest.TestCase):
    """The reference itself, against published vectors."""

    def test_tree_of_eight_inputs(self):
        inputs = "|00|10|2021|3031|40414243|5051525354555657|606162636465666768696a6b6c6d6e6f"
        leaves = [bytes.fromhex(text) for text in inputs.split("|")]
        self.assertEqual(
            merkle.root(leaves).hex(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        )
        self.assertEqual(
            [h.hex() for h in merkle.path(1, leaves[:5])],
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        )
        for size in range(1, 9):
            for index in range(size):
                path = merkle.path(index, leaves[:size])
                found = merkle.root_from_path(merkle.leaf_hash(leaves[index]), index, size, path)
                self.assertEqual(found, merkle.root(leaves[:size]))

    def test_checkpoint_of_a_public_log(self):
        key = note.load_key(
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/"
            "9A/bY2LhC30M9+RYtw=="
        )
        text = (
            "rekor.sigstore.dev - 2605736670972794746\n93750551\nKgKiXoOl8rM5d4y6Xlbm2QLftvj/FYvTs6z7dJlNO60=\n\n"
            "\u2014 rekor.sigstore.dev wNI9ajBEAiBkLzdjY8A9HReU7rmtjwZ+JpSuYtEr9SmvSwUIW7FBjgIgKo+vhkW3tqc+gc8fw9gza3x"
            "LoncA8a+MTaJYCaLGA9c=\n"
        )
        note.verify_note(*note.parse_note(text), "rekor.sigstore.dev", key)
        with self.assertRaises(note.Refused):
            note.verify_note(*note.parse_note(text.replace("93750551", "93750552")), "rekor.sigstore.dev", key)


class Emitted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="actledger-reference-")
        cls.addClassCleanup(cls.folder.cleanup)
        subprocess.run([EMIT, cls.folder.name, str(SEED)], check=True)
        path = pathlib.Path(cls.folder.name)
        cls.root = x509.load_pem_x509_certificate((path / "root.crt").read_bytes())
        cls.files = sorted(path.glob("*.tlog-proof"))
        cls.texts = [file.read_bytes().decode() for file in cls.files]

    def test_each_file_verifies_and_says_what_was_meant(self):
        self.assertEqual(len(self.files), 12)
        for file, text in zip(self.files, self.texts):
            with self.subTest(seed=SEED, file=file.name):
                found = activation_file.verify(text, self.root)
                event, seat = found["event"], found["event"]["seat"]
                said = [("kind", event["kind"]), ("index", event["sequence_number"]), ("size", found["size"])]
                said += [("time", event["time"]), ("origin", found["origin"])]
                names = ["activation_id", "license_id", "product", "lease_ends", "grace_ends", "device_public_key"]
                said += [(name, seat[name]) for name in names]
                said += [("component", "=".join(component)) for component in seat["components"]]
                lines = "".join("%s %s\n" % fact for fact in said)
                self.assertEqual(lines, file.with_suffix(".facts").read_text())

    def test_changed_files_are_refused(self):
        chance = random.Random(SEED)
        for text in self.texts[:4]:
            accepted = activation_file.verify(text, self.root)
            for _ in range(60):
                at = chance.randrange(len(text))
                changed = text[:at] + chance.choice("AZaz09+/=\n ") + text[at + 1 :]
                with self.subTest(seed=SEED, at=at):
                    try:
                        self.assertEqual(activation_file.verify(changed, self.root), accepted)
                    except note.Refused:
                        pass

    def test_files_do_not_verify_under_another_root(self):
        with tempfile.TemporaryDirectory(prefix="actledger-reference-") as other:
            subprocess.run([EMIT, other, str(SEED)], check=True)
            root = x509.load_pem_x509_certificate((pathlib.Path(other) / "root.crt").read_bytes())
            with self.assertRaises(note.Refused):
                activation_file.verify(self.texts[0], root)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
