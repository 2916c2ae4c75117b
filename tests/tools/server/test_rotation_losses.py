"""What is lost or set back after a key was replaced is noticed, and goes on under the newest key (ADR 34). With the real
server, issuer and SoftHSM2 tokens."""

import json
import os
import shutil
import unittest

from api import Client, Desktop
from installation import Installation
from lost_card import lose_the_card, objects, reendorse, replace
from lost_card import request as request_another_card
from rotation import certify, destroy_old, refused, request, rotated, server_id_of
from test_operators import Terminal
from test_recover import activate_all, pin_of, put_back, recover
from test_survival import check_refused

QUANTITY = 40


class RotatedAndLost(unittest.TestCase):
    def test_a_ledger_that_was_set_back_to_before_is_noticed_by_the_token_and_by_the_anchor_folder(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            activate_all(Client(server), installation.enrolment_key(), [Desktop() for _ in range(3)])
            self.assertEqual(server.stop(), 0)
            for name in ("ledger", "tokens"):
                shutil.copytree(installation / name, installation / f"old-{name}")
            rotated(self, installation, server_id)
            for name in ("ledger", "tokens"):  # first the disk alone, then the token's files as well
                put_back(installation, f"old-{name}", name)
                check_refused(self, installation, "hand-over-missing")
                self.assertIn("hand-over-missing", installation.actledger("recover", "--dry-run", check=False).stderr)
                self.assertIn("hand-over-missing", request(installation, check=False).stderr)

    def test_it_is_noticed_too_where_the_key_of_before_is_destroyed(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "old-ledger")
            rotated(self, installation, server_id)
            self.assertEqual(installation.start().stop(), 0)
            self.assertEqual(destroy_old(installation, server_id).status, 0)
            os.rename(installation / "ledger", installation / "newer-ledger")
            os.rename(installation / "old-ledger", installation / "ledger")
            before = objects(installation)
            check_refused(self, installation, "hand-over-missing")
            self.assertIn("hand-over-missing", installation.actledger("recover", "--dry-run", check=False).stderr)
            self.assertIn("hand-over-missing", request(installation, check=False).stderr)
            typed = Terminal(installation, "recover", answers=[("PIN", pin_of(installation))])
            self.assertNotEqual(typed.status, 0)
            self.assertIn("hand-over-missing", typed.text)
            self.assertEqual(objects(installation), before)
            shutil.rmtree(installation / "ledger")
            os.rename(installation / "newer-ledger", installation / "ledger")
            self.assertEqual(Client(installation.start()).get("/readyz").status, 200)

    def test_losses_after_a_rotation_are_recovered_from_under_the_newest_key(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            key = installation.enrolment_key()
            kept = activate_all(Client(server), key, [Desktop() for _ in range(3)])
            self.assertEqual(server.stop(), 0)
            rotated(self, installation, server_id)
            self.assertEqual(destroy_old(installation, server_id).status, 0)
            server = installation.start()
            kept += activate_all(Client(server), key, [Desktop()])
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "old")
            server = installation.start()
            activate_all(Client(server), key, [Desktop() for _ in range(2)])
            self.assertEqual(server.stop(), 0)
            shutil.rmtree(installation / "ledger")
            shutil.move(installation / "old", installation / "ledger")
            check_refused(self, installation, "log-behind-anchor")
            done, _ = recover(installation)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            self.assertEqual(Client(server).get("/v1/status").json["origin"], f"{server_id}/3")
            self.assertEqual(server.stop(), 0)

            # And the card of the newest key is lost.
            lose_the_card(installation)
            asked = json.loads(request_another_card(installation).stdout)
            file = reendorse(installation, asked["server_id"])
            done, dry = replace(installation, file, server_id)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(dry["opens"], f"{server_id}/4")
            server = installation.start()
            self.assertEqual(Client(server).get("/readyz").status, 200)
            self.assertEqual(server.stop(), 0)
            # The new card's key is rotated as the first one was. What may have been given still counts.
            unclaimed = installation.verify()["ledger"]["seats_unclaimed"]
            self.assertGreater(unclaimed, 0)
            rotated(self, installation, server_id, "again")
            self.assertEqual(installation.verify()["ledger"]["seats_unclaimed"], unclaimed)
            server = installation.start()
            kept += activate_all(Client(server), key, [Desktop()])
            self.assertEqual(server.stop(), 0)
            report = installation.verify()["ledger"]
            self.assertEqual([one["reason"] for one in report["incarnations"]],
                             ["rotated", "anchor", "reendorsed", "rotated"])
            installation.verify_files(answer.json["file"] for answer in kept)

    def test_clearing_after_a_rotation_destroys_every_key_and_a_re_endorsement_brings_the_ledger_back(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            self.assertEqual(server.stop(), 0)
            rotated(self, installation, server_id)
            request(installation, "unused")  # a third key that nobody will use
            installation.actledger("export", installation / "export")
            done = Terminal(installation, "hsm", "clear", "--export", installation / "export",
                            answers=[("PIN", pin_of(installation)), ("type the server id", server_id)])
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(objects(installation), [])
            check_refused(self, installation, "key-cleared")
            self.assertIn("key-cleared", request(installation, check=False).stderr)
            asked = json.loads(request_another_card(installation).stdout)
            installation.issuer("certificate", "--purpose", "recovery-signer")
            file = reendorse(installation, asked["server_id"])
            done, _ = replace(installation, file, server_id)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            activate_all(Client(server), installation.enrolment_key(), [Desktop()])
            self.assertEqual(server.stop(), 0)
            installation.verify()


class Restored(unittest.TestCase):
    """A copy that was brought back, before anybody said what became of the rest."""

    def test_neither_rotating_nor_clearing_makes_a_restored_copy_the_whole(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            key = installation.enrolment_key()
            activate_all(Client(server), key, [Desktop() for _ in range(3)])
            self.assertEqual(server.stop(), 0)
            request(installation)
            certificate = certify(installation, server_id)
            installation.actledger("export", installation / "copy")
            server = installation.start()
            activate_all(Client(server), key, [Desktop() for _ in range(3)])
            server.kill()
            shutil.rmtree(installation / "ledger")
            installation.actledger("restore", installation / "copy", "--root", installation / "vendor/root.crt")
            installation.actledger("export", installation / "again")
            size = installation.verify()["ledger"]["size"]
            self.assertIn("restored-unconfirmed", request(installation, "later", check=False).stderr)
            self.assertIn("restored-unconfirmed", refused(installation, certificate))
            self.assertIn("restored-unconfirmed",
                          Terminal(installation, "hsm", "clear", "--export", installation / "again",
                                   answers=[("PIN", pin_of(installation))]).text)
            self.assertEqual(installation.verify()["ledger"]["size"], size)
            check_refused(self, installation, "restored-unconfirmed", key)

            done, _ = recover(installation)
            self.assertEqual(done.status, 0, done.text)
            rotated(self, installation, server_id, "after")
            self.assertGreaterEqual(installation.verify()["ledger"]["seats_unclaimed"], 3)


if __name__ == "__main__":
    unittest.main()
