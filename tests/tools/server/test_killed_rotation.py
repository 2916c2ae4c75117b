"""A key hands over to the next one by commands that are killed at any sync."""

import json
import os
import shutil
import unittest

from api import Client, Desktop
from installation import Installation
from lost_card import KilledAtEachSync, objects
from rotation import certify, dry_run, request, server_id_of
from test_operators import Terminal
from test_recover import activate_all, put_back
from test_survival import check_refused

QUANTITY = 40


class KilledRotating(KilledAtEachSync):
    """Killed at any sync: the server starts all the same, under one key or the other, and the command does the rest."""

    def test_rotating_is_done_again_after_a_kill_at_any_sync(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            key = installation.enrolment_key()
            desktop = Desktop()
            (first,) = activate_all(Client(server), key, [desktop])
            self.assertEqual(server.stop(), 0)
            request(installation)
            certificate = certify(installation, server_id)
            command = ("hsm", "rotate", "--certificate", certificate)
            found = []

            def serve(incarnations):
                server = installation.start()
                client = Client(server)
                self.assertEqual(client.get("/readyz").status, 200)
                self.assertEqual(desktop.activate(client, key).body, first.body)
                self.assertIn(client.get("/v1/status").json["origin"].split("/")[1], incarnations)
                self.assertEqual(server.stop(), 0)

            def check(answers):
                found.append(json.loads(dry_run(installation, certificate).stdout)["found"])
                if len(found) % 2 == 0:
                    serve(("1", "2"))  # in between, too
                stage = json.loads(dry_run(installation, certificate).stdout)["found"]
                again = Terminal(installation, *command, answers=answers[:1] if stage == "done" else answers)
                self.assertEqual(again.status, 0, again.text)
                serve(("2", "3"))
                report = installation.verify()["ledger"]
                self.assertEqual([one["reason"] for one in report["incarnations"]], ["rotated"])

            self.assertGreater(self.at_each_sync(installation, command, server_id, check), 3)
            self.assertEqual(set(found), {"due", "unfinished", "done"})

    def test_an_interrupted_hand_over_is_finished_before_anything_is_served_under_it(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            key = installation.enrolment_key()
            self.assertEqual(server.stop(), 0)
            request(installation)
            certificate = certify(installation, server_id)
            rolled_back = []

            def check(_):
                if json.loads(dry_run(installation, certificate).stdout)["found"] != "unfinished":
                    return
                server = installation.start()
                activate_all(Client(server), key, [Desktop()])  # under the next key
                server.kill()  # long before the anchor is due
                put_back(installation, "ledger.before")
                check_refused(self, installation, "hand-over-missing", key)
                shutil.rmtree(installation / "anchor")  # and by the card alone
                os.mkdir(installation / "anchor")
                check_refused(self, installation, "hand-over-missing", key)
                rolled_back.append(True)

            self.at_each_sync(installation, ("hsm", "rotate", "--certificate", certificate), server_id, check)
            self.assertTrue(rolled_back)

    def test_making_the_next_key_is_done_again_after_a_kill_at_any_sync(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            self.assertEqual(server.stop(), 0)

            def check(_):
                request(installation)
                self.assertEqual(sum(line.startswith("Private") for line in objects(installation)), 2)
                self.assertEqual(sum(line.startswith("Public") for line in objects(installation)), 2)

            command = ("hsm", "rotate", "--request", installation / "next.req")
            self.at_each_sync(installation, command, None, check)
            certificate = certify(installation, server_id)
            self.assertEqual(json.loads(dry_run(installation, certificate).stdout)["found"], "due")


if __name__ == "__main__":
    unittest.main()
