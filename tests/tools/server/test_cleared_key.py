"""A key is destroyed on purpose, with a signed last word, and a re-endorsement brings the ledger back."""

import json
import os
import shutil
import sys
import unittest

from api import Client, Desktop
from installation import Failed, Installation
from lost_card import QUANTITY, objects, reendorse, replace, request
from test_operators import Terminal
from test_recover import activate_all, pin_of
from test_survival import check_refused

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import tiles  # noqa: E402  pylint: disable=wrong-import-position


class Cleared(unittest.TestCase):
    def clear(self, installation, server_id, pin=None, typed=None):
        answers = [("PIN", pin or pin_of(installation))]
        if pin is None:
            answers.append(("type the server id", typed or server_id))
        return Terminal(installation, "hsm", "clear", "--export", installation / "export", answers=answers)

    def test_a_key_is_destroyed_with_a_signed_last_word_and_a_re_endorsement_brings_the_ledger_back(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            desktop = Desktop()
            (first,) = activate_all(Client(server), key, [desktop])
            server_id = Client(server).get("/v1/status").json["origin"].split("/")[0]
            installation.actledger("export", installation / "export")
            running = installation.actledger("hsm", "clear", "--export", installation / "export", check=False)
            self.assertIn("server-running", running.stderr)
            activate_all(Client(server), key, [Desktop()])
            self.assertEqual(server.stop(), 0)
            size = installation.verify()["ledger"]["size"]

            # Nothing without a fresh export, the right PIN and the server's name.
            self.assertIn("clear-export-behind", self.refused(installation))
            installation.actledger("export", installation / "export", "--without-personal-data", check=False)
            installation.actledger("export", installation / "anonymous", "--without-personal-data")
            self.assertIn("clear-export-without-annex", self.refused(installation, "anonymous"))
            installation.actledger("export", installation / "export")
            self.assertIn("hsm-pin-wrong", self.clear(installation, server_id, pin="not-the-pin").text)
            self.assertIn("not-confirmed", self.clear(installation, server_id, typed="another").text)
            self.assertEqual(installation.verify()["ledger"]["size"], size)
            self.assertEqual(len(objects(installation)), 3)

            done = self.clear(installation, server_id)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(objects(installation), [])
            report = installation.verify()["ledger"]
            self.assertEqual(report["size"], size + 1)
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")
            problem = check_refused(self, installation, "key-cleared")
            self.assertIn("actledger hsm replace", problem["remedy"])
            for command in (("recover", "--dry-run"), ("license", "request", "--product", "p", "--quantity", "1", "--out",
                                                        installation / "x.req")):
                self.assertIn("key-cleared", installation.actledger(*command, check=False).stderr)
            again = self.clear(installation, server_id)  # once more changes nothing
            self.assertEqual(again.status, 0, again.text)
            self.assertEqual(installation.verify()["ledger"]["size"], size + 1)

            # Back under another key on the same token.
            asked = json.loads(request(installation).stdout)
            self.assertEqual((asked["server_id"], asked["made_key"]), (server_id, True))
            file = reendorse(installation, server_id)
            done, dry = replace(installation, file, server_id)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual([(one["held"], one["unclaimed"]) for one in dry["licenses"]], [(2, 0)])
            server = installation.start()
            client = Client(server)
            self.assertEqual(desktop.activate(client, key).body, first.body)
            activate_all(client, key, [Desktop()])
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def refused(self, installation, export="export"):
        done = Terminal(installation, "hsm", "clear", "--export", installation / export,
                        answers=[("PIN", pin_of(installation))])
        if done.status == 0:
            raise Failed(f"cleared: {done.text}")
        return done.text

    def test_clearing_that_was_interrupted_is_finished(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            server_id = Client(server).get("/v1/status").json["origin"].split("/")[0]
            self.assertEqual(server.stop(), 0)
            installation.actledger("export", installation / "export")
            shutil.copytree(installation / "tokens", installation / "whole")
            self.assertEqual(self.clear(installation, server_id).status, 0)
            # The event is there, and so are key and anchor, as after a stop before the last step.
            shutil.rmtree(installation / "tokens")
            shutil.copytree(installation / "whole", installation / "tokens")
            self.assertEqual(len(objects(installation)), 3)
            check_refused(self, installation, "key-cleared")
            done = self.clear(installation, server_id)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(objects(installation), [])
            # Another key of that name is not this ledger's to destroy.
            request(installation)
            self.assertIn("hsm-wrong-key", self.clear(installation, server_id).text)
            self.assertEqual(len(objects(installation)), 3)


if __name__ == "__main__":
    unittest.main()
