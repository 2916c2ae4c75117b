"""Every way in which a ledger can stand to the HSM's anchor at a start, and to what clients saw: what is served, what /readyz
and /v1/status say. The table is in docs/formats/anchor.md, and each of its rows is met here or where it says (invariant L8)."""

import json
import os
import shutil
import subprocess
import unittest

from api import Client, Desktop
from installation import BIN, MODULE, Failed, Installation
from test_operators import Terminal
from test_recover import pin_of, put_back
from test_survival import check_refused, wait_until

FAULTY_MODULE = os.path.join(BIN, "../tests/hsm/faulty_module.so")  # SoftHSM, until it is told otherwise
LABELS = ("--type", "data", "--label", "actledger-1", "--application-label", "activation-ledger")


def token_tool(installation, *arguments):
    """On the token, as the PIN's owner."""
    subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin", pin_of(installation),
                    *arguments], env=installation.environment, capture_output=True, check=True)


def read_anchor(installation, name):
    token_tool(installation, "--read-object", *LABELS, "--output-file", installation / name)
    return installation / name


def add_anchor(installation, file):
    token_tool(installation, "--write-object", file, *LABELS, "--private")


def remove_anchors(installation):
    token_tool(installation, "--delete-object", *LABELS)


class Standing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One machine, with its ledger and token at three moments: "early", "late", and "other": from "early" on another way."""
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        server = cls.installation.licensed(1000)
        cls.key = cls.installation.enrolment_key()
        cls.held = Desktop()
        client = Client(server)
        cls.first = cls.held.activate(client, cls.key)
        client.close()
        server.stop()
        cls.keep("early")
        cls.early_size = cls.installation.verify()["ledger"]["size"]
        cls.late_checkpoint, cls.late_size = cls.go_on("late", 4)
        cls.set_to("early", "early")
        cls.other_checkpoint, _ = cls.go_on("other", 7)
        cls.other_at_late_size = cls.checkpoints[cls.late_size]

    @classmethod
    def keep(cls, moment):
        for name in ("ledger", "tokens"):
            shutil.copytree(cls.installation / name, cls.installation / f"{name}-{moment}")

    @classmethod
    def set_to(cls, ledger, tokens):
        put_back(cls.installation, f"ledger-{ledger}")
        put_back(cls.installation, f"tokens-{tokens}", "tokens")

    @classmethod
    def go_on(cls, moment, count):
        """@return the newest checkpoint and its size; all on the way are in `checkpoints`, by size"""
        server = cls.installation.start()
        client = Client(server)
        cls.checkpoints = {}
        for _ in range(count):
            assert Desktop().activate(client, cls.key).status == 201
            checkpoint = client.get("/v1/checkpoint").body.decode()
            cls.checkpoints[int(checkpoint.split("\n")[1])] = checkpoint
        client.close()
        assert server.stop() == 0
        cls.keep(moment)
        return checkpoint, max(cls.checkpoints)

    def tearDown(self):
        self.installation.server.kill()

    def serve(self, size):
        """It serves, says that nothing is wrong, and gives a seat. @return the server"""
        server = self.installation.start()
        client = Client(server)
        ready = client.get("/readyz")
        self.assertEqual((ready.status, ready.json), (200, {"status": "serving"}))
        status = client.get("/v1/status").json
        self.assertEqual((status["status"], status["problems"], status["size"]), ("serving", [], size))
        again = self.held.activate(client, self.key)
        self.assertEqual((again.status, again.body), (200, self.first.body))
        self.assertEqual(Desktop().activate(client, self.key).status, 201)
        client.close()
        return server

    def check_degraded(self, code):
        """A server that runs and decides nothing: who has a seat gets its file, and nobody else. @return the server"""
        server = self.installation.start()
        client = Client(server)
        ready = client.get("/readyz")
        self.assertEqual((ready.status, ready.code, ready.json["facts"]), (503, "degraded", {"reason": code}))
        status = client.get("/v1/status").json
        self.assertEqual((status["status"], [problem["code"] for problem in status["problems"]]), ("degraded", [code]))
        self.assertTrue(ready.json["remedy"])
        self.assertEqual(ready.json["remedy"], status["problems"][0]["remedy"])
        self.assertIsNone(status["anchor"])
        self.assertEqual(Desktop().activate(client, self.key).status, 503)
        again = self.held.activate(client, self.key)
        self.assertEqual((again.status, again.body), (200, self.first.body))
        client.close()
        return server

    def refuse(self, code):
        before = subprocess.check_output(["sha256sum", self.installation / "ledger/log/data.mdb"])
        problem = check_refused(self, self.installation, code, self.key)
        self.assertTrue(problem["remedy"])
        self.assertEqual(subprocess.check_output(["sha256sum", self.installation / "ledger/log/data.mdb"]), before)

    def test_equal_the_anchor_names_the_newest_head(self):
        self.set_to("late", "late")
        server = self.serve(self.late_size)
        self.assertEqual(server.stop(), 0)

    def test_ahead_the_ledger_went_on_after_the_anchor_was_written(self):
        self.set_to("late", "late")
        server = self.serve(self.late_size)
        client = Client(server)
        anchored = client.get("/v1/status").json["anchor"]["size"]
        client.close()
        server.kill()  # the anchor is written now and then, and at a stop
        size = self.installation.verify()["ledger"]["size"]
        self.assertLess(anchored, size)
        server = self.serve(size)
        self.assertEqual(server.stop(), 0)

    def test_ahead_what_a_killed_server_gave_is_in_the_anchor_before_the_next_one_serves(self):
        for nobody_asks in (lambda server: server.kill(), lambda server: self.assertEqual(server.stop(), 0)):
            self.set_to("late", "late")
            server = self.installation.start()
            client = Client(server)
            given = Desktop().activate(client, self.key)
            self.assertEqual(given.status, 201)
            client.close()
            server.kill()
            nobody_asks(self.installation.start())
            put_back(self.installation, "ledger-late")
            self.refuse("log-behind-anchor")

    def test_ahead_an_anchor_folder_that_is_new_or_empty_has_the_anchor_before_the_server_serves(self):
        self.set_to("late", "late")
        plain = self.installation / "actledgerd.toml"
        with open(plain, encoding="utf-8") as file:
            settings = file.read()
        self.addCleanup(self.installation.write, "actledgerd.toml", settings)
        self.installation.write("actledgerd.toml", settings.replace("[hsm]", '[hsm]\nanchor_folder = "anchor"', 1))
        notes = []
        for _ in range(2):
            self.installation.start().kill()
            (name,) = os.listdir(self.installation / "anchor")
            with open(os.path.join(self.installation / "anchor", name), encoding="utf-8") as file:
                notes.append(file.read())
            self.assertIn(f"\nhead {self.late_size} ", notes[-1])
            os.unlink(os.path.join(self.installation / "anchor", name))
        put_back(self.installation, "ledger-early")
        put_back(self.installation, "tokens-early", "tokens")
        with open(self.installation / "anchor/anchor-1.note", "w", encoding="utf-8") as file:
            file.write(notes[-1])
        self.refuse("log-behind-anchor")  # the second witness, which is why it is there

    def test_behind_the_ledger_lacks_what_the_anchor_names(self):
        self.set_to("early", "late")
        self.refuse("log-behind-anchor")

    def test_inconsistent_the_ledger_has_another_history_than_the_anchor(self):
        self.set_to("other", "late")
        self.refuse("log-contradicts-anchor")
        recover = self.installation.actledger("recover", "--dry-run", check=False)
        self.assertEqual(recover.returncode, 5)
        self.assertIn("(log-contradicts-anchor)", recover.stderr)

    def test_unfinished_a_recovery_was_killed_between_the_ledger_and_the_anchor(self):
        answers = [("PIN", pin_of(self.installation)), ("type the server id", self.late_checkpoint.split("/")[0])]
        met = set()
        for nth in range(1, 40):
            self.set_to("early", "late")
            strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=sendmsg", "-e",
                      f"inject=sendmsg:signal=KILL:when={nth}")  # to the token
            try:
                if Terminal(self.installation, "recover", answers=answers, before=strace).status == 0:
                    break
            except Failed:  # killed before it asked
                continue
            dry = self.installation.actledger("--json", "recover", "--dry-run", check=False)
            if dry.returncode != 0:  # killed after its last step
                self.assertIn("nothing-to-recover", dry.stderr)
                continue
            code = {"behind": "log-behind-anchor", "unfinished": "recovery-unfinished"}[json.loads(dry.stdout)["found"]]
            if code in met:
                continue
            met.add(code)
            self.refuse(code)
            again = Terminal(self.installation, "recover", answers=answers)
            self.assertEqual(again.status, 0, again.text)
        self.assertEqual(met, {"log-behind-anchor", "recovery-unfinished"})
        server = self.serve(self.early_size + 1)
        self.assertEqual(server.stop(), 0)

    def test_lost_the_key_is_there_and_no_anchor(self):
        self.set_to("late", "late")
        remove_anchors(self.installation)
        self.refuse("hsm-anchor-lost")
        refused = self.installation.actledger("hsm", "init", "--root", self.installation / "vendor/root.crt", "--so-pin-file",
                                              self.installation / "so-pin", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("(hsm-anchor-lost)", refused.stderr)

    def test_of_a_later_version_an_anchor_is_told_from_one_that_is_lost(self):
        self.set_to("late", "late")
        with open(read_anchor(self.installation, "anchor.now"), "rb") as file:
            text = file.read()
        with open(self.installation / "anchor.later", "wb") as file:
            file.write(text.replace(b"actledger-anchor/2\n", b"actledger-anchor/9\n", 1))
        remove_anchors(self.installation)
        add_anchor(self.installation, self.installation / "anchor.later")
        self.refuse("hsm-anchor-version-unknown")
        remove_anchors(self.installation)
        add_anchor(self.installation, self.installation / "anchor.now")
        server = self.serve(self.late_size)
        self.assertEqual(server.stop(), 0)

    def test_full_an_anchor_that_must_be_written_and_cannot_be_is_waited_for(self):
        self.set_to("late", "late")
        server = self.installation.start()
        client = Client(server)
        self.assertEqual(Desktop().activate(client, self.key).status, 201)
        client.close()
        server.kill()  # the anchor does not know of it
        with open(self.installation / "actledgerd.toml", encoding="utf-8") as file:
            settings = file.read()
        self.addCleanup(self.installation.write, "actledgerd.toml", settings)
        self.installation.write("actledgerd.toml", settings.replace(MODULE, FAULTY_MODULE))
        self.installation.write("mode", "token is full")
        self.installation.environment["FAULTY_MODULE_MODE"] = self.installation / "mode"
        self.addCleanup(self.installation.environment.pop, "FAULTY_MODULE_MODE")
        server = self.check_degraded("hsm-token-failed")
        self.installation.write("mode", "")
        client = Client(server)
        wait_until(lambda: client.get("/readyz").status == 200, "it never began to serve")
        self.assertEqual(client.get("/v1/status").json["anchor"]["size"], self.late_size + 1)
        client.close()
        self.assertEqual(server.stop(), 0)

    def test_of_another_ledger_an_anchor_that_this_key_did_not_sign_is_none(self):
        with Installation() as other:
            other.initialise()
            foreign = read_anchor(other, "anchor")
            self.set_to("late", "late")
            add_anchor(self.installation, foreign)
            server = self.serve(self.late_size)
            self.assertEqual(server.stop(), 0)
            self.set_to("late", "late")
            remove_anchors(self.installation)
            add_anchor(self.installation, foreign)
            self.refuse("hsm-anchor-lost")

    def test_two_after_an_interrupted_replacement_the_newer_one_holds(self):
        self.set_to("early", "early")
        older = read_anchor(self.installation, "older")
        self.set_to("late", "late")
        add_anchor(self.installation, older)
        server = self.serve(self.late_size)
        self.assertEqual(server.stop(), 0)
        self.set_to("early", "late")
        add_anchor(self.installation, older)
        self.refuse("log-behind-anchor")

    def test_away_what_is_not_known_is_waited_for_and_judged_when_the_token_is_there(self):
        self.set_to("late", "late")
        os.rename(self.installation / "tokens", self.installation / "away")
        os.makedirs(self.installation / "tokens")
        server = self.check_degraded("hsm-token-not-found")
        os.rmdir(self.installation / "tokens")
        os.rename(self.installation / "away", self.installation / "tokens")
        client = Client(server)
        wait_until(lambda: client.get("/readyz").status == 200, "it never began to serve")
        self.assertEqual(Desktop().activate(client, self.key).status, 201)
        client.close()
        self.assertEqual(server.stop(), 0)

        # And if the ledger is behind what the token then shows, the server ends, and its next start says why.
        self.set_to("early", "late")
        os.rename(self.installation / "tokens", self.installation / "away")
        os.makedirs(self.installation / "tokens")
        server = self.check_degraded("hsm-token-not-found")
        os.rmdir(self.installation / "tokens")
        os.rename(self.installation / "away", self.installation / "tokens")
        self.assertEqual(server.wait(), 8)
        self.assertTrue(any(line["event"] == "stopping" and "log-behind-anchor" in line["error"] for line in server.log()))
        self.refuse("log-behind-anchor")

    def test_another_token_the_ledgers_key_is_not_on_it(self):
        with Installation() as other:
            other.initialise()
            self.set_to("late", "late")
            shutil.rmtree(self.installation / "tokens")
            shutil.copytree(other / "tokens", self.installation / "tokens")
            with open(self.installation / "pin", encoding="utf-8") as file:
                pin = file.read()
            self.addCleanup(self.installation.write, "pin", pin)
            self.installation.write("pin", pin_of(other) + "\n")
            server = self.check_degraded("hsm-wrong-key")
            self.assertEqual(server.stop(), 0)

    def test_the_second_place_is_not_there(self):
        self.set_to("late", "late")
        with open(self.installation / "actledgerd.toml", encoding="utf-8") as file:
            config = file.read()
        self.addCleanup(self.installation.write, "actledgerd.toml", config)
        self.installation.write("actledgerd.toml", config.replace("[hsm]\n", '[hsm]\nanchor_folder = "disk/anchor"\n'))
        told = self.installation.program("actledgerd", "--config", self.installation / "actledgerd.toml", check=False)
        self.assertEqual(told.returncode, 7, told.stderr)
        self.assertIn("(hsm-anchor-folder-failed)", told.stderr)

    def test_no_ledger_at_all_beside_a_key_with_a_history(self):
        self.set_to("late", "late")
        shutil.rmtree(self.installation / "ledger")
        server = self.installation.start()
        client = Client(server)
        ready = client.get("/readyz")
        self.assertEqual((ready.status, ready.code), (501, "not-initialised"))
        self.assertEqual(client.get("/v1/status").json["status"], "not_initialised")
        client.close()
        self.assertEqual(server.stop(), 0)
        refused = self.installation.actledger("hsm", "init", "--root", self.installation / "vendor/root.crt", "--so-pin-file",
                                              self.installation / "so-pin", check=False)
        self.assertIn("(hsm-in-use)", refused.stderr)

    def test_clients_what_they_saw_is_part_of_it_or_an_alarm(self):
        for shown, what in ((self.late_checkpoint, "more"), (self.other_at_late_size, "another history")):
            with self.subTest(what=what):
                set_back = "early" if what == "more" else "late"
                self.set_to(set_back, set_back)
                server = self.serve(self.early_size if what == "more" else self.late_size)
                client = Client(server)
                own = client.get("/v1/checkpoint").body.decode()
                known = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": own})
                self.assertEqual(known.status, 200)
                forged = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": shown.replace("\n— ", "\n— x", 1)})
                self.assertEqual(forged.status, 422)
                self.assertEqual(client.get("/readyz").status, 200)  # nobody raises an alarm without a signature of ours
                told = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": shown})
                self.assertEqual((told.status, told.code), (409, "checkpoint-unknown"))
                client.close()
                self.assertEqual(server.stop(), 0)
                # The next start remembers.
                server = self.installation.start()
                client = Client(server)
                ready = client.get("/readyz")
                self.assertEqual((ready.status, ready.code, ready.json["facts"]),
                                 (503, "needs-operator", {"reason": "checkpoint-unknown"}))
                self.assertEqual([problem["code"] for problem in client.get("/v1/status").json["problems"]],
                                 ["checkpoint-unknown"])
                self.assertEqual(Desktop().activate(client, self.key).status, 503)
                again = self.held.activate(client, self.key)
                self.assertEqual((again.status, again.json["file"]), (200, self.first.json["file"]))
                client.close()
                self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
