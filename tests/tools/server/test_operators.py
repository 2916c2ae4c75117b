"""What operators do beside a running server with PIN and keyboard: try the card again, judge the clock."""

import codecs
import os
import pty
import select
import shutil
import signal
import subprocess
import time
import unittest

from api import Client, Desktop
from installation import BIN, MODULE, PATIENCE_S, Failed, Installation
from rendered import check_rendered


class Terminal:
    """actledger on a terminal of its own; answers its questions in turn. An answer may be a function, which is called
    while the question waits. `before` is what it is run by."""

    def __init__(self, installation, *arguments, answers=(), before=()):
        master, slave = pty.openpty()
        command = [*before, os.path.join(BIN, "actledger"), "--config", installation / "actledgerd.toml", *arguments]
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()  # a read may end within a character
        process = subprocess.Popen(["setsid", "--ctty", "--wait", *command], env=installation.environment, stdin=slave,
                                   stdout=slave, stderr=slave, close_fds=True)
        os.close(slave)
        for question, answer in answers:
            self._read_until(master, question)
            os.write(master, (answer() if callable(answer) else answer).encode() + b"\n")
        self.status = process.wait(PATIENCE_S)
        self._read_until(master, None)
        os.close(master)
        check_rendered(self.text)

    def _read_until(self, master, question):
        seen = len(self.text)
        while question is None or question not in self.text[seen:]:
            ready, _, _ = select.select([master], [], [], PATIENCE_S if question else 0.2)
            if not ready:
                if question is None:
                    return
                raise Failed(f"never asked {question!r}: {self.text}")
            try:
                data = os.read(master, 4096)
            except OSError:  # the other end is closed
                data = b""
            if not data:
                if question is None:
                    return
                raise Failed(f"ended before it asked {question!r}: {self.text}")
            self.text += self._decoder.decode(data)


class Hsm(unittest.TestCase):
    def test_retry_goes_on_after_a_wrong_pin_without_a_restart(self):
        with Installation() as installation:
            server = installation.licensed(10)
            key = installation.enrolment_key()
            with open(installation / "pin", encoding="utf-8") as file:
                right = file.read()
            client = Client(server)
            installation.write("pin", "not-the-pin\n")
            for worker in server.children():
                os.kill(worker, signal.SIGKILL)
            for _ in range(PATIENCE_S * 10):
                refused = Desktop().activate(client, key)
                if refused.status == 503 and refused.code == "hsm-pin-wrong":
                    break
                time.sleep(0.1)
            # The cause and what to do about it, and not only that nothing is signed.
            self.assertEqual((refused.status, refused.code), (503, "hsm-pin-wrong"))
            self.assertIn("actledger hsm retry", refused.json["remedy"])
            absent = installation.actledger("enrolment", "create", "--pool", "p", check=False)
            self.assertEqual((absent.returncode, "(hsm-pin-wrong)" in absent.stderr), (7, True), absent.stderr)
            status = client.get("/v1/status").json
            self.assertEqual(status["hsm"]["state"], "pin_wrong")
            self.assertIn("hsm-pin-wrong", [problem["code"] for problem in status["problems"]])
            ready = client.get("/readyz")
            self.assertEqual((ready.status, ready.code, ready.json["facts"]), (503, "needs-operator", {"reason": "hsm-pin-wrong"}))
            self.assertIn("actledger hsm retry", ready.json["remedy"])

            again = installation.actledger("hsm", "retry", check=False)
            self.assertEqual(again.returncode, 7, again.stderr)
            self.assertIn("hsm retry", again.stderr)
            installation.write("pin", right)
            again = installation.actledger("hsm", "retry")
            self.assertIn("well again", again.stdout)
            self.assertEqual(Desktop().activate(client, key).status, 201)
            self.assertEqual(installation.actledger("hsm", "retry").returncode, 0)  # and when nothing is wrong
            client.close()
            self.assertEqual(server.stop(), 0)
            installation.write("pin", "not-the-pin\n")
            refused = installation.actledger("enrolment", "create", "--pool", "p", check=False)
            self.assertEqual((refused.returncode, "(hsm-pin-wrong)" in refused.stderr), (7, True), refused.stderr)
            absent = installation.actledger("hsm", "retry", check=False)
            self.assertEqual((absent.returncode, "server-not-running" in absent.stderr), (7, True))

    def test_whoever_meets_a_token_without_its_anchor_is_told_which_token_and_which_key(self):
        with Installation() as installation:
            installation.initialise()
            with open(installation / "pin", encoding="utf-8") as file:
                pin = file.read().strip()
            subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin", pin,
                            "--delete-object", "--type", "data", "--label", "actledger-1"],
                           env=installation.environment, capture_output=True, check=True)
            server = installation.start()
            (problem,) = Client(server).get("/v1/status").json["problems"]  # the client looks for names left in braces
            self.assertEqual(problem["code"], "hsm-anchor-lost")
            self.assertEqual(server.stop(), 0)
            for arguments in (("recover", "--dry-run"), ("--lang", "zh", "recover", "--dry-run"), ("license", "list"),
                              ("hsm", "rotate", "--request", installation / "next.req")):
                told = installation.actledger(*arguments, check=False).stderr
                self.assertIn("hsm-anchor-lost", told)
                self.assertIn("test", told)
            shutil.rmtree(installation / "ledger")
            self.assertIn("hsm-anchor-lost", installation.actledger("hsm", "init", "--root",
                                                                    installation / "vendor/root.crt",
                                                                    check=False).stderr)


class TypedPin(unittest.TestCase):
    """No file and no credential: the person at the terminal is asked."""

    def setUp(self):
        self.installation = Installation()
        self.addCleanup(self.installation.close)
        with open(self.installation / "actledgerd.toml", encoding="utf-8") as file:
            text = file.read()
        self.installation.write("actledgerd.toml", text.replace('pin_file = "pin"\n', ""))
        self.installation.issuer("root", "--name", "Test Vendor")
        self.installation.issuer("certificate", "--purpose", "license-issuer")
        self.init = ("hsm", "init", "--root", self.installation / "vendor/root.crt", "--so-pin-file",
                     self.installation / "so-pin")

    def actledger(self, *arguments, answers):
        return Terminal(self.installation, *arguments, answers=answers)

    def test_everything_that_needs_the_token_asks_for_the_pin(self):
        absent = self.installation.actledger(*self.init, check=False)
        self.assertEqual(absent.returncode, 7, absent.stderr)
        self.assertIn("(hsm-pin-missing)", absent.stderr)
        differ = self.actledger(*self.init, answers=[("PIN", "typed-pin-1"), ("again", "typed-pin-2")])
        self.assertEqual(differ.status, 9, differ.text)
        self.assertFalse(os.path.exists(self.installation / "ledger/log"))

        typed = [("PIN", "typed-pin-1")]
        made = self.actledger(*self.init, answers=[*typed, ("again", "typed-pin-1")])
        self.assertEqual(made.status, 0, made.text)
        self.assertNotIn("typed-pin-1", made.text)
        checked = self.actledger("hsm", "check", answers=typed)
        self.assertEqual(checked.status, 0, checked.text)
        wrong = self.actledger("hsm", "check", answers=[("PIN", "not-the-pin")])
        self.assertEqual(wrong.status, 7, wrong.text)
        self.assertIn("hsm retry", wrong.text)
        request = self.installation / "typed.req"
        asked = self.actledger("license", "request", "--product", "vdi", "--quantity", "5", "--out", request,
                               answers=typed)
        self.assertEqual(asked.status, 0, asked.text)
        lic = self.installation / "typed.lic"
        self.installation.issuer("issue", request, "--match", "2", "--out", lic)
        imported = self.actledger("license", "import", lic, answers=typed)
        self.assertEqual(imported.status, 0, imported.text)
        self.assertEqual(self.installation.verify()["ledger"]["licenses"], 1)


class Annex(unittest.TestCase):
    @staticmethod
    def exported_names(installation, folder):
        """Whether a desktop's name is anywhere in an export, which has all that the log has."""
        installation.actledger("export", installation / folder)
        found = False
        for place, _, files in os.walk(installation / folder):
            for name in files:
                with open(os.path.join(place, name), "rb") as file:
                    found = found or b"desk-" in file.read()
        return found

    def test_a_value_is_erased_after_a_typed_confirmation_only_with_a_server_and_without(self):
        with Installation() as installation:
            server = installation.licensed(10)
            key = installation.enrolment_key()
            client = Client(server)
            indexes = []
            for name in ("desk-one", "desk-two"):
                body = Desktop().body()
                body["device"]["name"] = name
                made = client.send("POST", "/v1/activations", body, {"Authorization": f"Bearer {key}"})
                indexes.append(str(made.json["activation"]["index"]))
            first, second = indexes
            self.assertTrue(self.exported_names(installation, "before"))
            size = client.get("/v1/status").json["size"]
            sentence = f"erase device_name of event {first}"
            refused = Terminal(installation, "annex", "erase", first, "device_name", answers=[("Type:", "yes")])
            self.assertEqual(refused.status, 9, refused.text)
            self.assertEqual(client.get("/v1/status").json["size"], size)
            for _ in range(2):  # again: a success that changes nothing
                erased = Terminal(installation, "annex", "erase", first, "device_name", answers=[("Type:", sentence)])
                self.assertEqual(erased.status, 0, erased.text)
            self.assertEqual(client.get("/v1/status").json["size"], size + 1)
            unknown = Terminal(installation, "--lang", "zh", "annex", "erase", "0", "device_name",
                               answers=[("请输入：", "erase device_name of event 0")])
            self.assertEqual((unknown.status, "annex-value-unknown" in unknown.text), (6, True), unknown.text)
            client.close()
            self.assertEqual(server.stop(), 0)
            erased = Terminal(installation, "annex", "erase", second, "device_name",
                              answers=[("Type:", f"erase device_name of event {second}")])
            self.assertEqual(erased.status, 0, erased.text)
            self.assertEqual(installation.verify()["ledger"]["annex_erased"], 2)
            self.assertFalse(self.exported_names(installation, "after"))


class Clock(unittest.TestCase):
    def test_l11_a_confirmation_is_undone_with_the_pin_and_a_typed_sentence_only(self):
        with Installation() as installation:
            self.assertEqual(installation.licensed(10).stop(), 0)
            server = installation.start(clock="+60d")
            client = Client(server)
            status = client.get("/v1/status").json
            self.assertTrue(status["time"]["in_doubt"])
            self.assertEqual(status["time"]["confirmations"], [])
            # An alert in the status, with a remedy, and a line in the log; service goes on.
            doubt = [problem for problem in status["problems"] if problem["code"] == "time-in-doubt"]
            self.assertEqual(len(doubt), 1, status)
            self.assertIn("actledger time confirm", doubt[0]["remedy"])
            self.assertIn("time-in-doubt", [line["event"] for line in server.log()])
            self.assertEqual(client.get("/readyz").status, 200)
            with open(installation / "pin", encoding="utf-8") as file:
                pin = file.read().strip()

            refused = Terminal(installation, "time", "confirm", answers=[("type right", "wrong")])
            self.assertEqual(refused.status, 9, refused.text)
            confirmed = Terminal(installation, "--json", "time", "confirm", answers=[("type right", "right")])
            self.assertEqual(confirmed.status, 0, confirmed.text)
            self.assertFalse(client.get("/v1/status").json["time"]["in_doubt"])
            number = client.get("/v1/status").json["size"] - 1
            status = client.get("/v1/status").json
            self.assertNotIn("time-in-doubt", [problem["code"] for problem in status["problems"]])
            # What undoing needs a number of is found in the status, as the remedy says.
            (confirmation,) = status["time"]["confirmations"]
            self.assertEqual(confirmation["sequence_number"], number)
            self.assertGreater(confirmation["moved_forward_s"], 59 * 86_400)
            self.assertIn(f"sequence_number: {number}\n", installation.actledger("status").stdout)

            size = number + 1
            alone = installation.actledger("time", "undo", str(number), check=False)
            self.assertEqual((alone.returncode, "(person-needed)" in alone.stderr), (2, True), alone.stderr)
            for answers, status in (([("PIN", "not-the-pin")], 7),
                                    ([("PIN", pin), ("Type:", "undo everything")], 9)):
                refused = Terminal(installation, "time", "undo", str(number), answers=answers)
                self.assertEqual(refused.status, status, refused.text)
                self.assertEqual(client.get("/v1/status").json["size"], size)
            undone = Terminal(installation, "time", "undo", str(number),
                              answers=[("PIN", pin), ("Type:", f"undo confirmation {number}")])
            self.assertEqual(undone.status, 0, undone.text)
            self.assertNotIn(pin, undone.text)
            self.assertTrue(client.get("/v1/status").json["time"]["in_doubt"])
            self.assertEqual(client.get("/v1/status").json["time"]["confirmations"][0]["undone_by"], size)
            client.close()
            self.assertEqual(server.stop(), 0)
            installation.verify()


if __name__ == "__main__":
    unittest.main()
