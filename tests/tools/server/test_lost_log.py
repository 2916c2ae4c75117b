"""The log alone is lost, and the card's key is not the first one: what the card remembers does not say by whose word its key
took over, so the vendor is asked."""

import os
import shutil
import unittest

from api import Client, Desktop
from installation import Installation
from lost_card import objects
from lost_ledger import LostLedgerCase, recover, reendorse, replace_card, request
from test_adoption import present
from test_rotation import destroy_old, rotated


class LostLog(LostLedgerCase):
    def test_the_log_alone_is_lost_after_a_rotation_and_another_key_of_the_same_card_goes_on(self):
        """The card's anchor does not say by whose word its key took over: the vendor says so anew."""
        with Installation() as installation:
            desktop, later = Desktop(), Desktop()
            key, files, server_id = self.grown(installation, [desktop])
            rotated(self, installation, server_id)
            server = installation.start()
            newest = later.activate(Client(server), key).json["file"]
            self.assertEqual(server.stop(), 0)
            installation.write("newest.act", newest)
            shutil.rmtree(installation / "ledger")
            alone = installation.actledger("recover", "--dry-run", "--root", installation / "vendor/root.crt",
                                           "--license", installation / "license.lic", check=False)
            self.assertNotEqual(alone.returncode, 0, alone.stdout)
            self.assertIn("recover-vendor-needed", alone.stderr)
            self.assertIn("recover --request", alone.stderr)
            with open(installation / "actledgerd.toml", encoding="utf-8") as file:
                named = file.read().replace("pkcs11:token=test", "pkcs11:token=test;object=another")
            installation.write("actledgerd.toml", named)
            request(installation, "newest.act")
            done = recover(installation, reendorse(installation, server_id), "newest.act", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            client = Client(server)
            self.assertEqual(present(later, client, newest).status, 201)
            self.assertNotEqual(present(desktop, client, files[0]).status, 201)
            answer = desktop.activate(client, installation.enrolment_key())
            self.assertEqual(answer.json["activation"]["standing"], "provisional")  # nobody waits
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_the_log_alone_is_lost_and_the_first_key_was_rotated_and_destroyed(self):
        with Installation() as installation:
            key, _, server_id = self.grown(installation, [Desktop()])
            rotated(self, installation, server_id)
            server = installation.start()
            self.assertEqual(Desktop().activate(Client(server), key).status, 201)
            self.assertEqual(server.stop(), 0)
            done = destroy_old(installation, server_id)
            self.assertEqual(done.status, 0, done.text)
            before = objects(installation)
            shutil.rmtree(installation / "ledger")
            alone = installation.actledger("recover", "--dry-run", "--root", installation / "vendor/root.crt",
                                           "--license", installation / "license.lic", check=False)
            self.assertIn("recover-key-missing", alone.stderr)
            self.assertIn("recover --request", alone.stderr)
            self.assertEqual(objects(installation), before)
            made = installation.actledger("hsm", "init", "--root", installation / "vendor/root.crt", check=False)
            self.assertIn("hsm-in-use", made.stderr)
            self.assertIn(server_id, made.stderr)
            self.assertEqual(objects(installation), before)

    def test_the_log_alone_is_lost_after_the_card_was_replaced_and_no_licence_leads_past_the_vendor(self):
        """A licence of the present key does not make the earlier ones importable: it is refused before that."""
        with Installation() as installation:
            key, _, server_id = self.grown(installation, [Desktop()])
            replace_card(self, installation, server_id)
            present_key = os.path.basename(installation.issue(3))
            server = installation.start()
            installation.actledger("license", "import", installation / present_key)
            self.assertEqual(Desktop().activate(Client(server), key).status, 201)
            self.assertEqual(server.stop(), 0)
            before = objects(installation)
            shutil.rmtree(installation / "ledger")
            for licenses in (("license.lic",), (present_key,), ("license.lic", present_key)):
                options = [part for name in licenses for part in ("--license", installation / name)]
                alone = installation.actledger("recover", "--dry-run", "--root", installation / "vendor/root.crt",
                                               *options, check=False)
                self.assertIn("recover-vendor-needed", alone.stderr, licenses)
            self.assertEqual(objects(installation), before)
            self.assertFalse(os.path.exists(installation / "ledger/log/data.mdb"))


if __name__ == "__main__":
    unittest.main()
