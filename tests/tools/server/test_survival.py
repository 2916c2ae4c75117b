"""What was answered stands: over restarts, SIGKILL under load, SIGTERM with work in hand (L2, L5), and an old disk (L8)."""

import json
import os
import shutil
import signal
import struct
import subprocess
import threading
import time
import unittest

from api import Client, Desktop
from installation import PATIENCE_S, Failed, Installation


def wait_until(condition, what):
    for _ in range(PATIENCE_S * 20):
        if condition():
            return
        time.sleep(0.05)
    raise Failed(what)


def metric(server, name):
    text = Client(server).get("/metrics").body.decode()
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith(f"actledger_{name} ")))


def check_refused(test, installation, code, key=""):
    """The server says why it does not serve its ledger, wherever it is asked, and serves nothing of it."""
    server = installation.start()
    test.assertIn(f"STATUS=The ledger is not served: {code}", server.notified)
    client = Client(server)
    ready = client.get("/readyz")
    test.assertEqual((ready.status, ready.code, ready.json["facts"]), (503, "needs-operator", {"reason": code}))
    status = client.get("/v1/status").json
    (problem,) = status["problems"]
    test.assertEqual(ready.json["remedy"], problem["remedy"])
    test.assertEqual((status["status"], problem["code"]), ("degraded", code))
    test.assertTrue(any(line["event"] == "ledger-refused" and line["code"] == code for line in server.log()))
    for path in ("/v1/checkpoint", "/v1/activations/" + 26 * "a"):
        absent = client.get(path)
        test.assertEqual((absent.status, absent.code, absent.json["remedy"]), (503, "needs-operator", problem["remedy"]))
    chinese = client.get("/readyz", headers={"Accept-Language": "zh"}).json
    test.assertIn("不会自动恢复", chinese["detail"])
    told = client.get("/v1/status", headers={"Accept-Language": "zh"}).json["problems"]
    test.assertEqual(chinese["remedy"], told[0]["remedy"])
    client.close()
    refused = Desktop().activate(Client(server), key)
    test.assertEqual((refused.status, refused.code, refused.json["remedy"]), (503, "needs-operator", problem["remedy"]))
    test.assertEqual(server.stop(), 0)
    return problem


class Load:
    """Connections that activate new desktops until the server is gone. `given` holds each 201 that arrived."""

    def __init__(self, server, key, connections):
        self.given = []
        self.stopping = False
        self._server, self._key = server, key
        self._threads = [threading.Thread(target=self._run) for _ in range(connections)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        client = Client(self._server)
        while not self.stopping:
            desktop = Desktop()
            try:
                answer = desktop.activate(client, self._key)
            except OSError:  # the server is gone: http.client's own errors are OSErrors or HTTPExceptions
                return
            except Exception as problem:  # pylint: disable=broad-except
                if type(problem).__module__ != "http.client":
                    raise
                return
            if answer.status == 201:
                self.given.append((desktop, answer))

    def join(self):
        for thread in self._threads:
            thread.join()


def lead_pages_astray(path):
    """Every entry of the newest pages lies behind the end of the file, as if their offsets were damaged (LMDB 0.9: a
    page begins with number 8, pad 2, flags 2, end of the offsets 2, end of the free space 2, offsets of 2 each)."""
    size = 4096
    with open(path, "r+b") as file:
        # The last page that is used, as the newer of both headers has it: behind magic, version, address, map size and
        # two databases of 48.
        headers = [struct.unpack("<QQ", os.pread(file.fileno(), 16, page * size + 16 + 24 + 96)) for page in (0, 1)]
        used = max((transaction, last) for last, transaction in headers)[1] + 1
        file.truncate(used * size)
        for number in range(max(2, used - 15), used):
            flags, lower = struct.unpack("<HH", os.pread(file.fileno(), 4, number * size + 10))
            if flags & 3 and lower <= size:
                os.pwrite(file.fileno(), b"\xf0\xff" * ((lower - 16) // 2), number * size + 16)


class Damage(unittest.TestCase):
    def test_a_page_that_leads_out_of_the_file_ends_the_start_with_a_code_and_not_by_a_signal(self):
        with Installation() as installation:
            installation.initialise()
            lead_pages_astray(installation / "ledger/log/data.mdb")
            for _ in range(2):  # the first leaves everything as it was
                with self.assertRaises(Failed) as failed:
                    installation.start()
                self.assertEqual(installation.program("actledgerd", "--config", installation / "actledgerd.toml",
                                                      check=False).returncode, 8)
                self.assertIn("ended with 8", str(failed.exception))
                self.assertIn("(log-damaged)", str(failed.exception))
            done = installation.actledger("--lang", "zh", "license", "list", check=False)
            self.assertEqual(done.returncode, 8)
            self.assertIn("中的账本已损坏。 (log-damaged)", done.stderr)


class Survival(unittest.TestCase):
    def check_all(self, server, key, given):
        """Every answer is given again, byte for byte, and the file fetched is the file answered."""
        client = Client(server)
        for desktop, first in given:
            again = desktop.activate(client, key)
            self.assertEqual((again.status, again.body), (200, first.body))
            file = client.get(first.header("Location") + "/file")
            self.assertEqual(file.body.decode(), first.json["file"])
        client.close()

    def test_l2_l5_sigkill_under_load_loses_no_answer_and_a_restart_repeats_every_one(self):
        with Installation() as installation:
            server = installation.licensed(100_000)
            key = installation.enrolment_key()
            given = []
            for _ in range(3):
                load = Load(server, key, 8)
                wait_until(lambda load=load: len(load.given) >= 40, "the load never got 40 activations")
                server.kill()
                load.join()
                given += load.given
                server = installation.start()
                self.check_all(server, key, load.given[-40:])
            self.check_all(server, key, given[:40])
            self.assertEqual(server.stop(), 0)
            ledger = installation.verify()["ledger"]
            self.assertGreaterEqual(ledger["activations"], len(given))
            self.assertEqual(ledger["activations"], ledger["seats_held"])


class Stop(unittest.TestCase):
    def test_sigterm_answers_what_was_accepted(self):
        connections = 12
        with Installation(hsm="deadline_ms = 60000") as installation:
            server = installation.licensed(100)
            key = installation.enrolment_key()
            workers = server.children()
            self.assertTrue(workers)
            for worker in workers:
                os.kill(worker, signal.SIGSTOP)
            answers = []
            threads = [threading.Thread(target=lambda: answers.append(Desktop().activate(Client(server), key)))
                       for _ in range(connections)]
            before = metric(server, "queue_accepted_total")
            for thread in threads:
                thread.start()
            wait_until(lambda: metric(server, "queue_accepted_total") - before >= connections, "not all were queued")
            server.terminate()
            server.wait_notified("STOPPING=1")
            self.assertEqual(answers, [])
            for worker in workers:
                os.kill(worker, signal.SIGCONT)
            for thread in threads:
                thread.join()
            self.assertEqual([a.status for a in answers], [201] * connections)
            self.assertEqual(server.wait(), 0)
            self.assertEqual(installation.verify()["ledger"]["seats_held"], connections)

    def test_sighup_takes_a_new_certificate_and_sigint_ends_the_server(self):
        with Installation() as installation:
            server = installation.licensed(10)
            first = Client(server, "tls").get("/healthz")
            self.assertEqual(first.status, 200)
            shutil.rmtree(installation / "ledger/tls")
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: any(line["event"] == "tls-reloaded" for line in server.log()), "not reloaded")
            self.assertEqual(Client(server, "tls").get("/healthz").status, 200)
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.wait(), 0)


class Room(unittest.TestCase):
    def test_a_disk_that_is_four_fifths_full_is_told_before_it_is_full(self):
        with Installation() as installation:
            os.makedirs(installation / "ledger")
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512m", "tmpfs", installation / "ledger"],
                                     capture_output=True, check=False)
            if mounted.returncode != 0:
                self.skipTest("mounting a small disk needs root")
            try:
                self.check_alarm(installation)
            finally:
                installation.server.kill()
                subprocess.run(["umount", installation / "ledger"], check=True)

    def check_alarm(self, installation):
        server = installation.licensed(10)
        key = installation.enrolment_key()
        client = Client(server)

        def alarms():
            return [p for p in client.get("/v1/status").json["problems"] if p["code"] == "disk-nearly-full"]

        self.assertEqual(alarms(), [])
        self.assertEqual(metric(server, "ledger_room_alarm"), 0)
        ballast = installation / "ledger/ballast"
        with open(ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 400 << 20)
        (alarm,) = alarms()
        self.assertRegex(alarm["detail"], r"the ledger has \d+ MiB, and \d+ MiB are left")
        self.assertEqual(metric(server, "ledger_room_alarm"), 1)
        self.assertEqual(client.get("/readyz").status, 200)  # service goes on
        self.assertEqual(Desktop().activate(client, key).status, 201)
        os.unlink(ballast)
        self.assertEqual(alarms(), [])
        client.close()
        self.assertEqual(server.stop(), 0)


class Moved(unittest.TestCase):
    def test_l7_the_same_token_and_log_on_another_machine_are_the_same_server(self):
        with Installation() as old, Installation() as new:
            server = old.licensed(10)
            key = old.enrolment_key()
            desktop = Desktop()
            first = desktop.activate(Client(server), key)
            status = Client(server).get("/v1/status").json
            lic = os.path.join(old / "vendor/licenses", os.listdir(old / "vendor/licenses")[0])
            self.assertEqual(server.stop(), 0)

            # Another disk, another place, other ports, another TLS certificate: only token, PIN and log came along.
            for name in ("ledger/log", "tokens"):
                shutil.rmtree(new / name, ignore_errors=True)
                shutil.copytree(old / name, new / name)
            shutil.copy(old / "pin", new / "pin")
            made = new.actledger("hsm", "init", "--root", old / "vendor/root.crt", "--so-pin-file", new / "so-pin")
            self.assertIn(status["server_id"], made.stdout)
            imported = json.loads(new.actledger("--json", "license", "import", lic).stdout)
            self.assertLess(imported["sequence_number"], status["size"])  # an old friend: nothing was written
            server = new.start()
            client = Client(server)
            again = client.get("/v1/status").json
            self.assertEqual((again["server_id"], again["origin"]), (status["server_id"], status["origin"]))
            repeated = desktop.activate(client, key)
            self.assertEqual((repeated.status, repeated.body), (200, first.body))
            self.assertEqual(Desktop().activate(client, key).status, 201)
            client.close()
            self.assertEqual(server.stop(), 0)


class Rollback(unittest.TestCase):
    def set_back(self, installation):
        """To before the newest activation, and stopped. @return an enrolment key"""
        server = installation.licensed(10)
        key = installation.enrolment_key()
        self.assertEqual(server.stop(), 0)
        shutil.copytree(installation / "ledger", installation / "old")
        server = installation.start()
        self.assertEqual(Desktop().activate(Client(server), key).status, 201)
        self.assertEqual(server.stop(), 0)
        shutil.rmtree(installation / "ledger")
        shutil.move(installation / "old", installation / "ledger")
        return key

    def test_l8_a_disk_that_was_set_back_is_refused_at_start_and_nothing_is_served(self):
        with Installation() as installation:
            check_refused(self, installation, "log-behind-anchor", self.set_back(installation))

    def test_replay_beside_a_server_that_does_not_serve_its_ledger_judges_the_log_alone(self):
        with Installation() as installation:
            self.set_back(installation)
            server = installation.start()
            self.assertIn("log-behind-anchor", server.notified)
            for arguments in (("--check",), ()):
                done = installation.actledger("replay", *arguments, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("The running server has no state to compare", done.stdout)
                self.assertIn("Read models: the same", done.stdout)
            self.assertIsNone(json.loads(installation.actledger("--json", "replay", "--check").stdout)["server"])
            self.assertEqual(server.stop(), 0)

    def test_l8_a_machine_set_back_with_its_token_is_noticed_by_the_first_client_that_saw_more(self):
        with Installation() as installation:
            server = installation.licensed(10)
            key = installation.enrolment_key()
            held = Desktop()
            first = held.activate(Client(server), key)
            self.assertEqual(server.stop(), 0)
            for name in ("ledger", "tokens"):
                shutil.copytree(installation / name, installation / f"old-{name}")
            server = installation.start()
            witness = Desktop()
            self.assertEqual(witness.activate(Client(server), key).status, 201)
            seen = Client(server).get("/v1/checkpoint").body.decode()
            self.assertEqual(server.stop(), 0)
            for name in ("ledger", "tokens"):
                shutil.rmtree(installation / name)
                shutil.copytree(installation / f"old-{name}", installation / name)

            server = installation.start()
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 200)
            told = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": seen})
            self.assertEqual((told.status, told.code), (409, "checkpoint-unknown"))
            for _ in range(2):  # and after a restart: the evidence is kept
                ready = client.get("/readyz")
                self.assertEqual((ready.status, ready.code), (503, "needs-operator"))
                self.assertEqual(ready.json["facts"]["reason"], "checkpoint-unknown")
                problems = client.get("/v1/status").json["problems"]
                (remedy,) = [p["remedy"] for p in problems if p["code"] == "checkpoint-unknown"]
                refused = Desktop().activate(client, key)
                self.assertEqual((refused.status, refused.code), (503, "needs-operator"))
                self.assertEqual((ready.json["remedy"], refused.json["remedy"]), (remedy, remedy))
                self.assertEqual(metric(server, "history_contradicted"), 1)
                again = held.activate(client, key)
                self.assertEqual((again.status, again.json["file"]), (200, first.json["file"]))
                self.assertEqual(server.stop(), 0)
                server = installation.start()
                client = Client(server)


if __name__ == "__main__":
    unittest.main()
