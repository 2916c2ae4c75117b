"""The ledger outlives its key: a card that was lost is replaced by another one that the vendor re-endorses (design row D):
with real server, client, issuer and tokens."""

import fcntl
import json
import os
import shutil
import sys
import unittest

from api import Client, Desktop
from client_machine import Machine, https
from installation import Failed, Installation
from lost_card import QUANTITY, lose_the_card, reendorse, refused, replace, request
from lost_log import present
from test_operators import Terminal
from test_recover import activate_all, pin_of, put_back, recover
from test_survival import wait_until

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position


class LostCard(unittest.TestCase):
    def licenses(self, installation):
        return json.loads(installation.actledger("--json", "license", "list").stdout)["licenses"]

    def hand_over(self, installation):
        """From the empty token to a ledger that goes on. @return server id and what was to be done"""
        asked = json.loads(request(installation).stdout)
        file = reendorse(installation, asked["server_id"])
        done, dry = replace(installation, file, asked["server_id"])
        self.assertEqual(done.status, 0, done.text)
        return asked, dry, file

    def test_a_request_is_refused_before_anything_is_made_on_the_token(self):
        with Installation() as installation:
            installation.initialise()
            lose_the_card(installation)
            installation.write("notes.txt", "somebody's\n")
            foreign = request(installation, "notes.txt", check=False)
            self.assertEqual((foreign.returncode, "(file-of-other-kind)" in foreign.stderr), (5, True), foreign.stderr)
            nowhere = request(installation, "no/such/folder/lost.req", check=False)
            self.assertEqual((nowhere.returncode, "(file-unwritable)" in nowhere.stderr), (8, True), nowhere.stderr)
            # Another one is at work, and would write over this one's key.
            folder = os.open(installation / "ledger", os.O_RDONLY)
            fcntl.flock(folder, fcntl.LOCK_EX)
            second = request(installation, check=False)
            self.assertEqual((second.returncode, "(log-locked)" in second.stderr), (7, True), second.stderr)
            os.close(folder)
            self.assertEqual(os.listdir(installation / "tokens"), [])
            with open(installation / "notes.txt", encoding="utf-8") as file:
                self.assertEqual(file.read(), "somebody's\n")
            self.assertTrue(json.loads(request(installation).stdout)["made_key"])

    def test_a_card_that_dies_under_a_server_keeps_nobody_from_the_file_of_a_seat_it_has(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            machine = Machine(installation, (https(server),), key=key)
            machine.activate()
            held = machine.read("activation.proof")
            lose_the_card(installation)
            client = Client(server)
            for _ in range(2):  # the first finds out, and what it asked for still waits for its signature
                self.assertEqual(Desktop().activate(client, key).status, 503)
            for name in ("activation.proof", "pins.json"):
                os.unlink(machine.path(name))
            machine.activate()  # has the server's certificate proven, over TLS
            self.assertEqual(machine.read("activation.proof"), held)

    def test_row_d_another_card_goes_on_with_the_same_ledger_and_no_licence_is_reissued(self):
        with Installation() as installation:
            installation.initialise()
            lic = installation.issue(QUANTITY)
            installation.actledger("license", "import", lic)
            server = installation.start()
            key = installation.enrolment_key()
            desktops = [Desktop() for _ in range(5)]
            old = activate_all(Client(server), key, desktops)
            machine = Machine(installation, (https(server),), key=key)
            machine.activate()
            first_proof = machine.read("activation.proof")
            seen = Client(server).get("/v1/checkpoint").body.decode()
            licenses = self.licenses(installation)
            self.assertIn("key-not-lost", request(installation, check=False).stderr)
            server.kill()  # no last anchor, no goodbye

            size = installation.verify()["ledger"]["size"]
            lose_the_card(installation)
            empty = installation.actledger("hsm", "init", "--root", installation / "vendor/root.crt", "--so-pin-file",
                                           installation / "so-pin", check=False)
            self.assertIn("key-of-other-ledger", empty.stderr)
            self.assertEqual(os.listdir(installation / "tokens"), [])  # no key is made beside a ledger that has one
            # What the server says of it, and that stored files are still handed out.
            server = installation.start()
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 503)
            self.assertEqual(desktops[0].activate(client, key).body, old[0].body)
            self.assertEqual(Desktop().activate(client, key).status, 503)
            asked = json.loads(request(installation).stdout)
            self.assertEqual((asked["size"], asked["made_key"]), (size, True))
            self.assertFalse(json.loads(request(installation).stdout)["made_key"])  # asking again is harmless
            checked = installation.actledger("hsm", "check", check=False)
            self.assertNotEqual(checked.returncode, 0)
            self.assertIn("is not the key of this ledger", checked.stdout)  # although it signs
            file = reendorse(installation, asked["server_id"])
            running = installation.actledger("hsm", "replace", "--reendorsement", file, check=False)
            self.assertIn("server-running", running.stderr)
            self.assertEqual(server.stop(), 0)

            # A foreign root, an altered file, a request in its place.
            with open(file, "rb") as good:
                altered = bytearray(good.read())
            altered[len(altered) // 2] ^= 1
            with open(installation / "altered.ree", "wb") as bad:
                bad.write(altered)
            self.assertRegex(refused(installation, installation / "altered.ree"), r"\(reendorsement-[a-z-]+\)")
            self.assertIn("reendorsement-malformed", refused(installation, installation / "lost.req"))
            self.assertIn("issuer-server-differs", self.issuer_refusal(installation, "--server", 32 * "a"))

            wrong = Terminal(installation, "hsm", "replace", "--reendorsement", file,
                             answers=[("PIN", pin_of(installation)), ("type the server id", "another")])
            self.assertIn("not-confirmed", wrong.text)
            self.assertEqual(installation.verify()["ledger"]["size"], size)

            done, dry = replace(installation, file, asked["server_id"])
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual((dry["found"], dry["done"], dry["missing"]), ("due", False, None))
            self.assertEqual(dry["opens"], asked["server_id"] + "/2")
            self.assertEqual([(one["held"], one["unclaimed"]) for one in dry["licenses"]], [(6, 0)])
            again = installation.actledger("--json", "hsm", "replace", "--reendorsement", file, "--dry-run")
            self.assertEqual(json.loads(again.stdout)["found"], "done")

            server = installation.start()
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 200)
            status = client.get("/v1/status").json
            self.assertEqual(status["origin"], asked["server_id"] + "/2")
            (opened,) = status["incarnations"]
            self.assertEqual((opened["reason"], opened["kept_size"], "known_size" in opened), ("reendorsed", size, False))
            for desktop, first in zip(desktops, old):
                same = desktop.activate(client, key)
                self.assertEqual((same.status, same.body), (200, first.body))
            new = activate_all(client, key, [Desktop() for _ in range(QUANTITY - 6)])
            full = Desktop().activate(client, key)
            self.assertEqual((full.status, full.code), (409, "quota-reached"))
            self.assertEqual([one["license_id"] for one in self.licenses(installation)],
                             [one["license_id"] for one in licenses])
            told = client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": seen})
            self.assertEqual(told.status, 200)
            self.assertEqual(len(told.json["consistency"]["certificates"]), 1)
            self.assertNotIn("closed", told.json["consistency"])

            quiet = machine.run("activate", "--server", https(server))
            self.assertEqual((quiet.returncode, quiet.stderr), (0, ""))
            self.assertEqual(machine.read("activation.proof"), first_proof)
            quiet = machine.run("activate", "--server", https(server))
            self.assertEqual((quiet.returncode, quiet.stderr), (0, ""))
            newcomer = Machine(installation, (https(server),), key=key)
            self.assertIn("quota-reached", newcomer.activate(check=False).stderr)

            # The same .lic again changes nothing, and another one comes by the usual way, under the new key.
            before = client.get("/v1/status").json["size"]
            installation.actledger("license", "import", lic)
            self.assertEqual(client.get("/v1/status").json["size"], before)
            installation.actledger("license", "import", installation.issue(5))
            newcomer.activate()
            again = installation.actledger("hsm", "init", "--root", installation / "vendor/root.crt")
            self.assertIn(asked["server_id"], again.stdout)
            self.assertEqual(server.stop(), 0)

            installation.verify_files(answer.json["file"] for answer in old + new)
            report = installation.verify()["ledger"]
            self.assertEqual([(one["incarnation"], one["reason"]) for one in report["incarnations"]], [(2, "reendorsed")])
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")
            incarnation.prove(installation / "export")
            shutil.rmtree(installation / "ledger")
            installation.actledger("restore", installation / "export", "--root", installation / "vendor/root.crt",
                                   "--complete")
            server = installation.start()
            self.assertEqual(Client(server).get("/readyz").status, 200)
            self.assertEqual(desktops[0].activate(Client(server), key).body, old[0].body)
            self.assertEqual(server.stop(), 0)

    def issuer_refusal(self, installation, *options):
        try:
            installation.issuer("reendorse", installation / "lost.req", *options)
        except Failed as failed:
            return str(failed)
        raise Failed("re-endorsed")

    def test_a_card_is_lost_twice_and_what_the_anchor_folder_kept_is_believed(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = installation.licensed(110)
            key = installation.enrolment_key()
            kept = activate_all(Client(server), key, [Desktop() for _ in range(3)])
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "old")
            server = installation.start()
            lost = activate_all(Client(server), key, [Desktop() for _ in range(3)])
            self.assertEqual(server.stop(), 0)  # the anchor folder knows all six
            shutil.rmtree(installation / "ledger")
            shutil.move(installation / "old", installation / "ledger")
            lose_the_card(installation)
            _, dry, file = self.hand_over(installation)
            self.assertGreater(dry["missing"]["size"], dry["log"]["size"])
            self.assertEqual([(one["held"], one["unclaimed"]) for one in dry["licenses"]], [(3, 97)])
            server = installation.start()
            given = activate_all(Client(server), key, [Desktop() for _ in range(10)])
            lent = Desktop().activate(Client(server), key)  # no seat is free
            self.assertEqual(lent.json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            installation.verify()

            # The second card is lost, too; the file of the first loss is not good for it.
            lose_the_card(installation)
            asked = json.loads(request(installation, "again.req").stdout)
            self.assertIn("token-of-other-file", refused(installation, file))
            second = reendorse(installation, asked["server_id"], "again")
            done, dry = replace(installation, second, asked["server_id"])
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(dry["opens"], asked["server_id"] + "/3")
            self.assertEqual([(one["held"], one["unclaimed"]) for one in dry["licenses"]], [(13, 97)])
            server = installation.start()
            wait_until(lambda: Client(server).get("/readyz").status == 200, "it never served")
            self.assertEqual(server.stop(), 0)
            installation.verify_files(answer.json["file"] for answer in kept + lost + given)
            self.assertEqual(installation.verify()["ledger"]["seats_unclaimed"], 97)

    def test_row_g_after_row_d_what_the_new_key_gave_since_is_a_loss_and_is_given_to_nobody_else(self):
        for anchor in ("", 'anchor_folder = "anchor"'):
            with self.subTest(anchor=anchor), Installation(hsm=anchor) as installation:
                server = installation.licensed(QUANTITY)
                key = installation.enrolment_key()
                activate_all(Client(server), key, [Desktop() for _ in range(2)])
                self.assertEqual(server.stop(), 0)
                shutil.copytree(installation / "ledger", installation / "image")
                lose_the_card(installation)
                asked, _, file = self.hand_over(installation)
                server = installation.start()
                since = activate_all(Client(server), key, [Desktop() for _ in range(QUANTITY - 2)])
                self.assertEqual(server.stop(), 0)
                put_back(installation, "image")
                done, dry = replace(installation, file, asked["server_id"])  # the vendor's file is still in the drawer
                self.assertEqual(done.status, 0, done.text)
                self.assertEqual((dry["opens"], dry["missing"]["origin"]), tuple(asked["server_id"] + n for n in ("/3", "/2")))
                self.assertEqual([(one["held"], one["unclaimed"]) for one in dry["licenses"]], [(2, QUANTITY - 2)])
                server = installation.start()
                client = Client(server)
                self.assertEqual(Desktop().activate(client, key).json["activation"]["standing"], "provisional")
                installation.verify_files(answer.json["file"] for answer in since)
                self.assertEqual(server.stop(), 0)
                self.assertEqual(installation.verify()["ledger"]["incarnations"][0]["known_size"], dry["missing"]["size"])

    def test_row_e_a_copy_from_before_a_recovery_never_opens_that_recovery_s_number_again(self):
        with Installation() as installation:
            server = installation.licensed(10 * QUANTITY)
            key = installation.enrolment_key()
            activate_all(Client(server), key, [Desktop()])
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "image")
            installation.actledger("export", installation / "export")
            server = installation.start()
            activate_all(Client(server), key, [Desktop()])
            self.assertEqual(server.stop(), 0)
            put_back(installation, "image")
            recovered, _ = recover(installation)
            self.assertEqual(recovered.status, 0, recovered.text)
            server = installation.start()
            desktop = Desktop()
            (given,) = activate_all(Client(server), key, [desktop])
            self.assertEqual(server.stop(), 0)

            shutil.rmtree(installation / "ledger")
            lose_the_card(installation)
            installation.actledger("restore", installation / "export", "--root", installation / "vendor/root.crt")
            asked, dry, _ = self.hand_over(installation)
            self.assertEqual(dry["opens"], asked["server_id"] + "/1002")
            server = installation.start()
            back = present(desktop, Client(server), given.json["file"])  # its number is an earlier one's, and stays so
            self.assertEqual(back.status, 201, back.body)
            self.assertEqual(back.json["activation"]["id"], given.json["activation"]["id"])
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_after_a_restore_all_that_is_left_may_have_been_given(self):
        for restored_here in (False, True):  # then the log says so itself
            with self.subTest(restored_here=restored_here):
                self.replace_after_a_restore(restored_here)

    def replace_after_a_restore(self, restored_here):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            activate_all(Client(server), key, [Desktop() for _ in range(3)])
            self.assertEqual(server.stop(), 0)
            if restored_here:
                installation.actledger("export", installation / "export")
                installation.actledger("restore", "--replace", installation / "export")
            lose_the_card(installation)
            asked = json.loads(request(installation).stdout)
            file = reendorse(installation, asked["server_id"])
            done, dry = replace(installation, file, asked["server_id"], *([] if restored_here else ["--restored"]))
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual([(one["held"], one["unclaimed"]) for one in dry["licenses"]], [(3, QUANTITY - 3)])
            server = installation.start()
            lent = Desktop().activate(Client(server), key)  # no seat is free
            self.assertEqual(lent.json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            installation.verify()


if __name__ == "__main__":
    unittest.main()
