"""A key is replaced, and destroyed, by commands that are killed at any sync."""

import json
import unittest

from api import Client, Desktop
from installation import Installation
from lost_card import QUANTITY, KilledAtEachSync, lose_the_card, objects, reendorse, request
from test_operators import Terminal
from test_recover import activate_all


class Killed(KilledAtEachSync):
    def test_replacing_is_done_again_after_a_kill_at_any_sync(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            desktop = Desktop()
            (first,) = activate_all(Client(server), key, [desktop])
            self.assertEqual(server.stop(), 0)
            lose_the_card(installation)
            asked = json.loads(request(installation).stdout)
            file = reendorse(installation, asked["server_id"])
            command = ("hsm", "replace", "--reendorsement", file)

            def check(answers):
                found = json.loads(installation.actledger("--json", *command, "--dry-run").stdout)["found"]
                again = Terminal(installation, *command, answers=answers[:1] if found == "done" else answers)
                self.assertEqual(again.status, 0, again.text)
                server = installation.start()
                client = Client(server)
                self.assertEqual(client.get("/readyz").status, 200)
                self.assertEqual(desktop.activate(client, key).body, first.body)
                self.assertEqual(server.stop(), 0)
                self.assertEqual(installation.verify()["ledger"]["seats_unclaimed"], 0)

            self.assertGreater(self.at_each_sync(installation, command, asked["server_id"], check), 3)

    def test_clearing_is_done_again_after_a_kill_at_any_sync(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(QUANTITY)
            server_id = Client(server).get("/v1/status").json["origin"].split("/")[0]
            self.assertEqual(server.stop(), 0)
            installation.actledger("export", installation / "export")
            size = installation.verify()["ledger"]["size"]
            command = ("hsm", "clear", "--export", installation / "export")

            def check(answers):
                again = Terminal(installation, *command, answers=answers)
                self.assertEqual(again.status, 0, again.text)
                self.assertEqual(objects(installation), [])
                self.assertEqual(installation.verify()["ledger"]["size"], size + 1)

            self.assertGreater(self.at_each_sync(installation, command, server_id, check), 3)


if __name__ == "__main__":
    unittest.main()
