"""Damaged pages of the two LMDB files: of the log every program says so with a code, whatever stands in the page; the
read models, which can be made again, are made again. Never a signal."""

import http.client
import json
import os
import random
import re
import shutil
import time
import unittest

from api import Client, Desktop
from installation import PATIENCE_S, Failed, Installation
from lmdb_pages import DUPDATA, FLAGS_AT, PAGE, Pages

# tools/terminal/terminal.hpp: found nothing (the bit is one that nobody reads), or found something, or cannot be read.
AUDIT_CODES = {0, 4, 8, *range(20, 26)}
CODES = {0, 3, 4, 5, 8, *range(20, 26)}
SEATS = 300
SEED = 20261126


def grow(installation, key, count):
    client = Client(installation.server)
    for _ in range(count):
        answer = Desktop().activate(client, key)
        if answer.status != 201:
            raise Failed(f"no seat: {answer.status} {answer.body}")
    client.close()


def exit_status(failed):
    """Of a server that never was ready; a signal is below 0."""
    return int(re.search(r"the server ended with (-?\d+):", str(failed)).group(1))


class Ledger(unittest.TestCase):
    """A ledger to spoil; not a test."""

    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(more="[snapshot]\nevery_events = 100\n")
        cls.addClassCleanup(cls.installation.close)
        cls.installation.licensed(5000)
        grow(cls.installation, cls.installation.enrolment_key(), SEATS)
        cls.installation.server.stop()
        cls.path = cls.installation / "ledger/log/data.mdb"
        cls.pages = Pages(cls.path)
        shutil.copytree(cls.installation / "ledger", cls.installation / "good")

    def put(self, changed):
        shutil.rmtree(self.installation / "ledger")
        shutil.copytree(self.installation / "good", self.installation / "ledger")
        with open(self.path, "wb") as file:
            file.write(changed)

    def verify(self, changed, what):
        with open(self.path, "wb") as file:
            file.write(changed)
        done = self.installation.program("actledger-verify", "ledger", "--root", "vendor/root.crt", check=False)
        self.assertIn(done.returncode, AUDIT_CODES, f"{what}: {done.stderr}")
        return done.returncode

    def nodes(self):
        """Of each table one leaf and, if it has one, one branch: the newest, which is written next. Its last node."""
        for table in self.pages.tables():
            for kind in ("leaf", "branch"):
                pages = self.pages.of(table, kind)
                if pages:
                    yield table, kind, pages[-1].nodes[-1]


class DamagedLog(Ledger):
    def test_each_flag_of_a_node_in_each_table_is_judged_by_the_verifier(self):
        found = list(self.nodes())
        self.assertEqual(self.pages.tables(), ["annex", "events", "heads", "main", "meta", "nodes"])
        self.assertGreater(sum(kind == "branch" for _, kind, _ in found), 2)
        noticed = 0
        for table, kind, node in found:
            for bit in range(16):
                at, mask = node + FLAGS_AT + bit // 8, 1 << bit % 8
                noticed += self.verify(self.pages.flipped(at, mask), f"{table} {kind} bit {bit}") != 0
        self.assertGreater(noticed, 40)

    def test_each_node_that_claims_a_tree_of_its_own_is_judged_by_the_verifier(self):
        # LMDB follows it to a cursor that it has not made.
        for table in ("events", "nodes", "heads"):
            for page in self.pages.of(table, "leaf")[::3]:
                for node in (page.nodes[0], page.nodes[-1]):
                    code = self.verify(self.pages.flipped(node + FLAGS_AT, DUPDATA), f"{table} page {page.number}")
                    self.assertNotEqual(code, 0)

    def test_random_bits_are_judged_by_the_verifier(self):
        chance = random.Random(SEED)
        codes = {}
        for _ in range(60):
            at, mask = chance.randrange(2 * PAGE, self.pages.used * PAGE), 1 << chance.randrange(8)
            code = self.verify(self.pages.flipped(at, mask), f"byte {at} mask {mask}")
            codes[code] = codes.get(code, 0) + 1
        self.assertGreater(sum(count for code, count in codes.items() if code != 0), 10, codes)


class DamagedLogPrograms(Ledger):
    def test_every_program_says_it_with_a_code(self):
        programs = [("replay", "--check"), ("snapshot",), ("export", "copy"), ("recover", "--dry-run"), ("license", "list")]
        told = 0
        for table, kind, node in self.nodes():
            if kind != "leaf":
                continue
            changed = self.pages.flipped(node + FLAGS_AT, DUPDATA)
            for program in programs:
                self.put(changed)
                shutil.rmtree(self.installation / "copy", ignore_errors=True)
                done = self.installation.actledger(*program, check=False)
                self.assertIn(done.returncode, CODES, f"{table} {program}: {done.stdout}{done.stderr}")
                told += "(log-damaged)" in done.stderr
            self.put(changed)
            told += self.start_and_stop(table)
        self.assertGreater(told, 15)

    def test_nothing_is_written_onto_a_page_that_a_disk_has_damaged(self):
        # What only the pages' own headers tell: where the nodes begin, and the page's number. LMDB looks at neither.
        for table in self.pages.tables():
            for at in (0, 14):
                number = self.pages.of(table, "leaf")[-1].number
                changed = self.pages.flipped(number * PAGE + at, 0x02)
                self.put(changed)
                with self.assertRaises(Failed) as ended:
                    self.installation.start()
                self.assertEqual(exit_status(ended.exception), 8, table)
                self.assertIn("(log-damaged)", str(ended.exception))
                done = self.installation.actledger("recover", "--dry-run", check=False)
                self.assertEqual(done.returncode, 8, f"{table} {done.stdout}{done.stderr}")
                self.assertIn("(log-damaged)", done.stderr)
                with open(self.path, "rb") as file:
                    self.assertEqual(file.read(), changed, table)

    def start_and_stop(self, table):
        """Whatever it does, it ends with a code. @return whether it said that the log is damaged"""
        try:
            server = self.installation.start()
        except Failed as ended:
            self.assertIn(exit_status(ended), CODES, f"{table}: {ended}")
            return "(log-damaged)" in str(ended)
        try:
            Desktop().activate(Client(server), "no key")
        except (OSError, http.client.HTTPException):
            pass  # it ends here
        self.assertIn(server.stop(), CODES, f"{table}: {self.read_console()}")
        return False

    def read_console(self):
        with open(self.installation / "console.log", encoding="utf-8") as console:
            return console.read()[-2000:]


class DamagedReadModels(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.installation.licensed(5000)
        cls.key = cls.installation.enrolment_key()
        grow(cls.installation, cls.key, 60)
        cls.wait_applied()
        cls.installation.server.stop()
        cls.path = cls.installation / "ledger/read/data.mdb"
        shutil.copytree(cls.installation / "ledger", cls.installation / "good")
        shutil.copytree(cls.installation / "tokens", cls.installation / "good-tokens")  # the anchor knows of no more
        cls.good = Pages(cls.path)

    @classmethod
    def wait_applied(cls):
        """Until the models have all events, and the status nothing to say of them. @return False: the server ended"""
        server = cls.installation.server
        for _ in range(PATIENCE_S * 20):
            try:
                client = Client(server)
                status = client.get("/v1/status").json
                client.close()
                models = status["read_models"]
                if models and models["size"] == status["size"] and not cls.trouble(status):
                    return True
            except (OSError, http.client.HTTPException):
                pass
            if server.process.poll() is not None:
                return False
            time.sleep(0.05)
        raise Failed(f"the read models never followed: {status}")

    @staticmethod
    def trouble(status):
        return [problem for problem in status["problems"] if problem["code"].startswith("read-models")]

    def put_back(self):
        for name, good in (("ledger", "good"), ("tokens", "good-tokens")):
            shutil.rmtree(self.installation / name)
            shutil.copytree(self.installation / good, self.installation / name)

    def replay(self, *arguments):
        done = self.installation.actledger("--json", "replay", "--only", "read-models", *arguments, check=False)
        return done.returncode, json.loads(done.stdout)["read_models"] if done.stdout else done.stderr

    def check_server(self, what, starts=1):
        """After at most so many starts, as a supervisor makes them, the models are what the log gives."""
        for _ in range(starts):
            self.installation.start()
            if self.wait_applied():
                break
            self.assertEqual(self.installation.server.wait(), 8, what)
        self.assertIsNone(self.installation.server.process.poll(), what)
        self.assertEqual(self.installation.server.stop(), 0, what)
        code, models = self.replay("--check")
        self.assertEqual((code, models["old"]), (0, "same"), what)

    def test_a_file_that_was_cut_is_made_again(self):
        end = len(self.good.bytes)
        cuts = [*range(0, end, PAGE), 1, 40, 4095, 5000, 8193, end // 2 + 7, end - 1]
        for cut in cuts:
            self.put_back()
            os.truncate(self.path, cut)
            code, told = self.replay("--check")
            self.assertEqual((code, told["old"]), (8, "differs"), cut)
            if cut % 3 == 0:
                code, models = self.replay()
                self.assertEqual((code, models["swapped"]), (0, True), cut)
                self.assertEqual(self.replay("--check")[1]["old"], "same")
                self.put_back()
                os.truncate(self.path, cut)
            self.check_server(f"cut to {cut}")
        with open(self.installation / "actledgerd.log", encoding="utf-8") as file:
            log = file.read()
        for line in ("read-models-begun-anew", "read-models-made-again", "took_ms"):
            self.assertGreater(log.count(line), len(cuts) // 2, line)

    def test_random_bits_are_found_and_the_file_is_made_again(self):
        for seed in range(12):
            chance = random.Random(SEED + seed)
            self.put_back()
            changed = bytearray(self.good.bytes)
            for _ in range(1 if seed % 2 else 200):
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            with open(self.path, "wb") as file:
                file.write(changed)
            self.assertEqual(self.replay("--check")[0], 8, seed)
            self.check_server(f"seed {SEED + seed}")

    def test_what_a_killed_server_left_and_the_disk_damaged_costs_one_restart_at_most(self):
        told = 0
        for table in ("meta", "seats", "names", "changes", "main"):
            for mask in (DUPDATA, 0x01):
                self.put_back()
                server = self.installation.start()
                self.assertTrue(self.wait_applied())
                server.kill()
                pages = Pages(self.path)
                changed = bytearray(pages.bytes)
                for page in pages.of(table, "leaf"):
                    for node in page.nodes:
                        changed[node + FLAGS_AT] ^= mask
                with open(self.path, "wb") as file:
                    file.write(changed)
                told += self.meet_damage()
                self.check_server(f"{table} {mask}")
        self.assertGreater(told, 0)

    def meet_damage(self):
        """A start on a file that nobody closed. @return whether it ended by it, with a code"""
        try:
            self.installation.start()
        except Failed as ended:  # before it was ready
            self.assertEqual(exit_status(ended), 8, ended)
            self.assertIn("(read-models-damaged)", str(ended))
            return True
        try:
            grow(self.installation, self.key, 2)  # so that rows are looked up
        except (Failed, OSError, http.client.HTTPException):
            pass  # it ends here
        if self.wait_applied():
            self.installation.server.kill()  # what nobody came across is found by the next
            return False
        self.assertEqual(self.installation.server.wait(), 8)
        with open(self.installation / "console.log", encoding="utf-8") as console:
            self.assertIn("(read-models-damaged)", console.read()[-1000:])
        return True

    def test_replay_says_that_it_has_made_them_again_and_no_more(self):
        self.put_back()
        os.truncate(self.path, len(self.good.bytes) - 1)
        done = self.installation.actledger("replay", "--only", "read-models", check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Read models: were bad, and were made again", done.stdout)
        self.assertIn("read-models-damaged", done.stderr)
        self.assertNotIn("Stop the server", done.stderr)  # what there was to do is done


if __name__ == "__main__":
    unittest.main()
