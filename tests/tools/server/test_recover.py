"""Ledgers that lost their newest events go on under the next incarnation: design rows G (an old image), B's tail (a mirror
that lags) and I (token and disk set back together). Old files stay good, nobody's seat is given twice, and the audit is
clean."""

import json
import os
import shutil
import subprocess
import sys
import unittest

from api import Client, Desktop
from client_machine import Machine, https
from installation import Installation
from test_mirrors import MIRROR, is_up_to_date, restore, status_of
from test_operators import Terminal
from test_survival import check_refused, wait_until

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position

FREE_AFTER = 10  # seats of the licence beyond the first block that the anchor reserves
QUANTITY = 100 + FREE_AFTER


def pin_of(installation):
    with open(installation / "pin", encoding="utf-8") as file:
        return file.read().strip()


def put_back(installation, copy, name="ledger"):
    shutil.rmtree(installation / name)
    shutil.copytree(installation / copy, installation / name)


def recover(installation, *options, pin=None, typed=None):
    """The command on a terminal of its own. @return what it printed"""
    dry = json.loads(installation.actledger("--json", "recover", "--dry-run", *options).stdout)
    server_id = dry["log"]["origin"].split("/")[0]
    answers = [("PIN", pin or pin_of(installation))]
    if pin is None:
        answers.append(("type the server id", typed or server_id))
    return Terminal(installation, "recover", *options, answers=answers), dry


def activate_all(client, key, desktops):
    answers = [desktop.activate(client, key) for desktop in desktops]
    for answer in answers:
        assert answer.status == 201, answer.body
    return answers


class Recover(unittest.TestCase):
    def refuse_to_start(self, installation):
        problem = check_refused(self, installation, "log-behind-anchor")
        self.assertIn("actledger recover", problem["remedy"])

    def give_what_is_free(self, client, key, desktops):
        """Exactly FREE_AFTER seats are given, and the others are lent. @return the answers"""
        given = activate_all(client, key, desktops)
        standings = [answer.json["activation"].get("standing") for answer in given]
        self.assertEqual(standings, [None] * FREE_AFTER + ["provisional"] * (len(desktops) - FREE_AFTER))
        return given

    def test_row_g_an_old_image_goes_on_as_the_next_incarnation_and_no_seat_is_given_twice(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            kept = [Desktop() for _ in range(4)]
            kept_answers = activate_all(Client(server), key, kept)
            machine = Machine(installation, [https(server)], key=key)  # a real client, which holds the fifth seat
            machine.activate()
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "old")
            kept_size = installation.verify()["ledger"]["size"]

            server = installation.start()
            lost = [Desktop() for _ in range(5)]
            lost_answers = activate_all(Client(server), key, lost)
            seen = Client(server).get("/v1/checkpoint").body.decode()
            machine.servers = [https(server)]
            machine.activate()  # it saw the newest head
            self.assertEqual(server.stop(), 0)
            lost_size = installation.verify()["ledger"]["size"]
            put_back(installation, "old")

            self.refuse_to_start(installation)
            before = subprocess.check_output(["sha256sum", installation / "ledger/log/data.mdb"])
            wrong_pin, dry = recover(installation, pin="not-the-pin")
            self.assertNotEqual(wrong_pin.status, 0)
            self.assertIn("hsm-pin-wrong", wrong_pin.text)
            wrong_name, _ = recover(installation, typed="another")
            self.assertNotEqual(wrong_name.status, 0)
            self.assertIn("not-confirmed", wrong_name.text)
            self.assertEqual(subprocess.check_output(["sha256sum", installation / "ledger/log/data.mdb"]), before)
            self.assertEqual((dry["found"], dry["done"]), ("behind", False))
            self.assertEqual(dry["missing"], {"first": kept_size, "last": lost_size - 1})
            self.assertEqual(dry["licenses"][0]["held"], 5)
            self.assertEqual(dry["licenses"][0]["unclaimed"], 95)

            done, _ = recover(installation)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            client = Client(server)
            status = client.get("/v1/status").json
            self.assertTrue(status["origin"].endswith("/2"))
            (opened,) = status["incarnations"]
            self.assertEqual({name: opened[name] for name in ("incarnation", "opened_by", "reason", "kept_size")},
                             {"incarnation": 2, "opened_by": kept_size, "reason": "anchor", "kept_size": kept_size})
            self.assertEqual(opened["known_size"], lost_size)
            self.assertEqual(client.get("/readyz").status, 200)
            license_ = installation.the_license()
            self.assertEqual((license_["held"], license_["unclaimed"], license_["used"]), (5, 95, 100))

            for desktop, first in zip(kept, kept_answers):
                again = desktop.activate(client, key)
                self.assertEqual((again.status, again.body), (200, first.body))
            told = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": seen})
            self.assertEqual(told.status, 200)
            closed = told.json["consistency"]["closed"]
            self.assertEqual((closed["code"], closed["kept_size"], closed["opened"]), ("incarnation-closed", kept_size, 2))
            self.assertEqual(client.get("/readyz").status, 200)  # and no alarm
            machine.servers = [https(server)]
            again = machine.activate()
            self.assertIn("incarnation-closed", again.stderr)
            self.assertFalse(os.path.exists(os.path.join(machine.state, "evidence")))
            self.assertEqual(machine.activate().stderr, "")

            new_answers = self.give_what_is_free(client, key, lost[:1] + [Desktop() for _ in range(FREE_AFTER + 1)])
            self.assertEqual(installation.the_license()["used"], QUANTITY)
            self.assertEqual(server.stop(), 0)
            installation.verify_files(answer.json["file"] for answer in kept_answers + lost_answers + new_answers)
            report = installation.verify()["ledger"]
            self.assertEqual((report["seats_held"], report["seats_unclaimed"]), (5 + FREE_AFTER + 2, 95))  # 2 are lent
            self.assertEqual([one["incarnation"] for one in report["incarnations"]], [2])
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")
            incarnation.prove(installation / "export")

            refused = installation.actledger("recover", "--dry-run", check=False)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn("nothing-to-recover", refused.stderr)

            # The same image once more: what was given under the second incarnation is lost in its turn.
            put_back(installation, "old")
            self.refuse_to_start(installation)
            done, dry = recover(installation)
            self.assertEqual(done.status, 0, done.text)
            self.assertTrue(dry["opens"].endswith("/3"))
            server = installation.start()
            lent = Desktop().activate(Client(server), key)
            self.assertEqual(lent.json["activation"]["standing"], "provisional")  # all may have been given
            self.assertEqual(kept[0].activate(Client(server), key).body, kept_answers[0].body)
            machine.servers = [https(server)]
            again = machine.activate()
            self.assertIn("incarnation-closed", again.stderr)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(installation.verify()["ledger"]["seats_unclaimed"], QUANTITY - 5)

    def test_row_b_the_tail_behind_a_mirror_that_lags_is_a_gap_and_mirrors_know_their_history(self):
        with Installation(more=MIRROR) as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            kept = [Desktop() for _ in range(5)]
            kept_answers = activate_all(Client(server), key, kept)
            wait_until(lambda: is_up_to_date(server), "the mirror never came to be")
            shutil.copytree(installation / "mirror", installation / "lagging")
            lost_answers = activate_all(Client(server), key, [Desktop() for _ in range(5)])
            wait_until(lambda: is_up_to_date(server), "the mirror never caught up")
            self.assertEqual(server.stop(), 0)

            shutil.rmtree(installation / "ledger")
            restored = restore(installation, "lagging")
            self.refuse_to_start(installation)
            done, dry = recover(installation, "--restored")
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(dry["missing"]["first"], restored["size"])
            server = installation.start()
            client = Client(server)
            for desktop, first in zip(kept, kept_answers):
                again = desktop.activate(client, key)
                self.assertEqual((again.status, again.body), (200, first.body))
            new_answers = self.give_what_is_free(client, key, [Desktop() for _ in range(FREE_AFTER + 1)])
            self.assertEqual(client.get("/v1/status").json["incarnations"][0]["reason"], "restored")
            wait_until(lambda: status_of(server)["problems"], "nobody noticed the mirror of the other history")
            self.assertEqual([p["code"] for p in status_of(server)["problems"]], ["export-incarnation-closed"])
            self.assertEqual(client.get("/readyz").status, 200)

            installation.actledger("export", installation / "lagging")  # goes on
            refused = installation.actledger("export", installation / "mirror", check=False)
            self.assertNotEqual(refused.returncode, 0)
            self.assertEqual(server.stop(), 0)
            refused = installation.actledger("export", installation / "mirror", check=False)
            self.assertIn("export-incarnation-closed", refused.stderr)
            proven = tiles.prove(installation / "lagging")
            report = installation.verify()["ledger"]
            self.assertEqual(incarnation.prove(installation / "lagging")[0]["kept_size"], restored["size"])
            installation.verify_files(answer.json["file"] for answer in kept_answers + lost_answers + new_answers)

            # An export of two incarnations restores to the same.
            installation.actledger("export", installation / "lagging")
            proven = tiles.prove(installation / "lagging")
            self.assertGreaterEqual(report["size"], proven["size"])
            shutil.rmtree(installation / "ledger")
            again = restore(installation, "lagging", "--complete")
            self.assertTrue(again["origin"].endswith("/2"))
            server = installation.start()
            self.assertEqual(kept[0].activate(Client(server), key).body, kept_answers[0].body)
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_row_b_a_copy_that_the_anchor_cannot_tell_from_the_whole_is_not_served_before_it_is_recovered(self):
        # The anchor's head is written once a minute: what was given since, it does not know.
        with Installation(more=MIRROR) as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            kept_answers = activate_all(Client(server), key, [Desktop() for _ in range(3)])
            wait_until(lambda: is_up_to_date(server), "the mirror never came to be")
            shutil.copytree(installation / "mirror", installation / "lagging")
            lost = [Desktop() for _ in range(3)]
            lost_answers = activate_all(Client(server), key, lost)
            seen = Client(server).get("/v1/checkpoint").body.decode()
            server.kill()
            shutil.rmtree(installation / "ledger")
            restored = restore(installation, "lagging")
            problem = check_refused(self, installation, "restored-unconfirmed")
            self.assertIn("actledger recover", problem["remedy"])
            check_refused(self, installation, "restored-unconfirmed")  # however often it is tried
            os.rename(installation / "tokens", installation / "away")
            os.mkdir(installation / "tokens")
            check_refused(self, installation, "restored-unconfirmed")  # with the card in or out
            os.rmdir(installation / "tokens")
            os.rename(installation / "away", installation / "tokens")
            done, dry = recover(installation)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(dry["found"], "restored")
            self.assertEqual((dry["licenses"][0]["held"], dry["licenses"][0]["unclaimed"]), (3, 97))
            server = installation.start()
            client = Client(server)
            (opened,) = client.get("/v1/status").json["incarnations"]
            self.assertEqual((opened["reason"], opened["kept_size"]), ("restored", restored["size"]))
            told = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": seen})
            self.assertEqual(told.status, 200, told.body)  # and no alarm: its incarnation was closed
            self.assertEqual(client.get("/readyz").status, 200)
            new_answers = self.give_what_is_free(client, key, [Desktop() for _ in range(FREE_AFTER + 1)])
            self.assertEqual(server.stop(), 0)
            installation.verify_files(answer.json["file"] for answer in kept_answers + lost_answers + new_answers)
            installation.verify()
            refused = installation.actledger("recover", "--dry-run", check=False)
            self.assertIn("nothing-to-recover", refused.stderr)

    def test_row_g_a_copy_that_only_a_person_knows_to_be_older_is_not_taken_for_the_whole(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "image")
            server = installation.start()
            lost = [Desktop() for _ in range(3)]
            lost_answers = activate_all(Client(server), key, lost)
            server.kill()  # within the minute: the anchor knows of none of them
            put_back(installation, "image")
            nothing = installation.actledger("recover", "--dry-run", check=False)
            self.assertEqual((nothing.returncode, "(nothing-to-recover)" in nothing.stderr), (5, True), nothing.stderr)
            self.assertIn("--restored", nothing.stderr)
            done, dry = recover(installation, "--restored")
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual((dry["found"], dry["licenses"][0]["held"], dry["licenses"][0]["unclaimed"]),
                             ("restored", 0, 100))
            server = installation.start()
            client = Client(server)
            (opened,) = client.get("/v1/status").json["incarnations"]
            self.assertEqual(opened["reason"], "restored")
            for desktop, before in zip(lost, lost_answers):
                body = json.dumps(desktop.body(adopt=before.json["file"])).encode()
                again = desktop.signed(client, "POST", "/v1/activations", body)[0]
                self.assertEqual(again.json["activation"]["id"], before.json["activation"]["id"], again.body)
            license_ = installation.the_license()
            self.assertEqual((license_["held"], license_["unclaimed"], license_["used"]), (3, 97, 100))
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_row_i_what_a_client_showed_is_treated_as_lost_and_the_alarm_ends(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            held = Desktop()
            first = held.activate(Client(server), key)
            self.assertEqual(server.stop(), 0)
            for name in ("ledger", "tokens"):
                shutil.copytree(installation / name, installation / f"old-{name}")
            server = installation.start()
            lost_answers = activate_all(Client(server), key, [Desktop() for _ in range(3)])
            seen = Client(server).get("/v1/checkpoint").body.decode()
            self.assertEqual(server.stop(), 0)
            for name in ("ledger", "tokens"):
                put_back(installation, f"old-{name}", name)

            server = installation.start()
            told = Client(server).send("POST", "/v1/checkpoints/consistency", {"checkpoint": seen})
            self.assertEqual((told.status, told.code), (409, "checkpoint-unknown"))
            running = installation.actledger("recover", "--dry-run", check=False)
            self.assertIn("server-running", running.stderr)
            self.assertEqual(server.stop(), 0)
            done, dry = recover(installation)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(dry["found"], "shown_by_client")
            self.assertEqual(dry["licenses"][0]["unclaimed"], QUANTITY - 1)

            server = installation.start()
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 200)
            told = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": seen})
            self.assertEqual(told.json["consistency"]["closed"]["code"], "incarnation-closed")
            self.assertEqual(client.get("/readyz").status, 200)
            self.assertEqual(held.activate(client, key).json["file"], first.json["file"])
            lent = Desktop().activate(client, key)  # nothing is known of what was given
            self.assertEqual(lent.json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            installation.verify_files(answer.json["file"] for answer in [first] + lost_answers)
            self.assertEqual(installation.verify()["ledger"]["incarnations"][0]["reason"], "witness")

    def test_nothing_is_recovered_where_nothing_is_lost_and_a_damaged_ledger_is_not_built_upon(self):
        with Installation() as installation:
            server = installation.licensed(10)
            self.assertEqual(server.stop(), 0)
            refused = installation.actledger("recover", "--dry-run", check=False)
            self.assertIn("nothing-to-recover", refused.stderr)
            self.assertIn("账本", installation.actledger("--lang", "zh", "recover", "--dry-run", check=False).stderr)
            shutil.copytree(installation / "ledger", installation / "old")
            server = installation.start()
            self.assertEqual(Desktop().activate(Client(server), installation.enrolment_key()).status, 201)
            self.assertEqual(server.stop(), 0)
            put_back(installation, "old")
            log = installation / "ledger/log/data.mdb"
            with open(log, "rb") as file:
                content = file.read()
            self.assertIn(b"vdi", content)
            with open(log, "wb") as file:
                file.write(content.replace(b"vdi", b"vdj"))
            refused = installation.actledger("recover", "--dry-run", check=False)
            self.assertIn("recover-log-unsound", refused.stderr)


if __name__ == "__main__":
    unittest.main()
