#!/usr/bin/python3
"""An export takes little memory, and not all that it writes: test_export_memory.py BIN_FOLDER

The system gives the program 8 MiB of memory of its own (RLIMIT_DATA: all that is neither shared nor a file); the log is
a mapped file, and an export of this ledger has ten times as many bytes."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv[1])
EVENTS = 100_003  # 100,000 activations and what a ledger begins with
LIMIT = 8 << 20


def limited(*command):
    return subprocess.run(["/usr/bin/prlimit", f"--data={LIMIT}", *command], capture_output=True, text=True,
                          check=False, timeout=120)


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="actledger-memory-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        subprocess.run([BIN / "make-test-ledger", cls.folder, str(EVENTS - 3), "1000"], check=True, capture_output=True)
        cls.config = cls.folder / "actledgerd.toml"
        cls.config.write_text(f'[ledger]\nfolder = "{cls.folder / "ledger"}"\n', encoding="utf-8")

    def export(self, name, *options):
        done = limited(BIN / "actledger", "--config", self.config, "export", self.folder / name, *options)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertIn(str(EVENTS), done.stdout)
        return self.folder / name

    def test_the_limit_holds(self):
        done = limited("/bin/dd", "if=/dev/zero", "of=/dev/null", f"bs={2 * LIMIT}", "count=1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("memory", done.stderr)

    def test_tiles(self):
        exported = self.export("tiles")
        size = sum(path.stat().st_size for path in exported.rglob("*") if path.is_file())
        self.assertGreater(size, 8 * LIMIT)
        # Looked through again, for what is new since.
        self.export("tiles")

    def test_tables(self):
        for table in ("jsonl", "csv"):
            with self.subTest(table=table):
                self.assertGreater(self.export(f"events.{table}", "--format", table).stat().st_size, 2 * LIMIT)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
