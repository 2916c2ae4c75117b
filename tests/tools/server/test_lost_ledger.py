"""Row F: log and HSM are lost together, and there is no copy. The vendor's file, a desktop's file and the licence are all
that is left; the same server goes on under another key, and no licence is issued again."""

import hashlib
import json
import os
import shutil
import sys
import time
import unittest

from api import Client, Desktop
from client_machine import Machine, https
from installation import Failed, Installation
from lost_card import KilledAtEachSync, lose_the_card, objects
from lost_ledger import HALF, QUANTITY, LostLedgerCase, dry_run, lose_all, parts, recover, reendorse, replace_card, request
from lost_log import licensed, present
from rotation import rotated
from stolen_card import StolenKey, show
from test_operators import Terminal
from test_recover import activate_all, pin_of

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import note  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position


class LostLedger(LostLedgerCase):
    def test_keys_of_before_that_the_vendor_knows_stop_nothing(self):
        """The key that was rotated away is on a card that somebody kept, with its certificate from an old activation file."""
        with Installation() as installation:
            key, _, server_id = self.grown(installation, [Desktop()])
            shutil.copytree(installation / "tokens", installation / "theirs")
            (first,) = os.listdir(installation / "vendor/servers")
            thief = StolenKey(installation, "theirs", installation / f"vendor/servers/{first}")
            rotated(self, installation, server_id)
            desktop = Desktop()
            server = installation.start()
            installation.write("newest.act", desktop.activate(Client(server), key).json["file"])
            self.assertEqual(server.stop(), 0)
            lose_all(installation)
            request(installation, "newest.act")
            ree = reendorse(installation, server_id)
            shown = json.loads(installation.issuer("show", ree, "--json").stdout)["reendorsement"]
            fingerprint = hashlib.sha256(note.spki(thief.certificate.public_key())).hexdigest()
            self.assertEqual(shown["lost_log"]["given_up"], [fingerprint])
            self.assertEqual(recover(installation, ree, "newest.act", typed=server_id).status, 0)

            server = installation.start()
            client = Client(server)
            for number in (1, 2, 1002, 5000):
                told = show(client, thief.head(f"{server_id}/{number}", 50))
                self.assertIn((told.status, told.code if told.status >= 400 else ""), ((422, "key-unknown"), (200, "")), told.body)
            self.assertEqual((told.status, told.code), (422, "key-unknown"))
            self.assertEqual(client.get("/readyz").status, 200)
            self.assertEqual(Desktop().activate(client, installation.enrolment_key()).json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            self.assertIn("nothing-to-recover", installation.actledger("recover", "--dry-run", check=False).stderr)
            # Nor does it take the server over.
            installation.verify()
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")

    def test_row_f_at_full_use_and_half_without_files_the_same_server_goes_on_under_a_new_key(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = licensed(installation, QUANTITY)
            key = installation.enrolment_key()
            machine = Machine(installation, (https(server),), key=key)
            machine.activate()
            desktops = [Desktop() for _ in range(QUANTITY - 1)]
            files = [answer.json["file"] for answer in activate_all(Client(server), key, desktops)]
            server_id = Client(server).get("/v1/status").json["server_id"]
            machine.activate()  # saw the newest head
            self.assertEqual(server.stop(), 0)
            shutil.rmtree(installation / "anchor")
            lose_all(installation)
            installation.write("desktop.act", files[-1])
            known = int(files[-1].split("\n\n")[1].splitlines()[1])  # of the signed head at its end
            holders, empty_handed = desktops[:HALF - 1], desktops[HALF - 1:]

            # What the commands say to those who use the wrong one, or do not say what there is.
            self.assertIn("recover-log-lost", installation.actledger("recover", check=False).stderr)
            unnamed = installation.actledger("recover", "--request", installation / "a.req", "--root",
                                             installation / "vendor/root.crt", "--license",
                                             installation / "license.lic", check=False)
            self.assertEqual((unnamed.returncode, "recover-files-unnamed" in unnamed.stderr), (2, True), unnamed.stderr)
            asked = json.loads(request(installation, "desktop.act").stdout)
            self.assertEqual((asked["server_id"], asked["made_key"], asked["known"]["size"]), (server_id, True, known))
            self.assertFalse(json.loads(request(installation, "desktop.act").stdout)["made_key"])
            ree = reendorse(installation, server_id)
            shown = json.loads(installation.issuer("show", ree, "--json").stdout)["reendorsement"]
            self.assertEqual([(one["quantity"], one["open"]) for one in shown["lost_log"]["licenses"]], [(QUANTITY, 0)])

            dry = json.loads(dry_run(installation, ree, "desktop.act").stdout)
            self.assertEqual(dry["opens"], f"{server_id}/{shown['lost_log']['incarnation']}")
            self.assertEqual([(one["held"], one["unclaimed"]) for one in dry["licenses"]], [(0, QUANTITY)])
            wrong = recover(installation, ree, "desktop.act", typed="another")
            self.assertIn("not-confirmed", wrong.text)
            self.assertFalse(os.path.exists(installation / "ledger/log/data.mdb"))
            done = recover(installation, ree, "desktop.act", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            again = Terminal(installation, "recover", "--reendorsement", ree, *parts(installation, "desktop.act"),
                             answers=[("PIN", pin_of(installation))])
            self.assertEqual((again.status, "nothing was changed" in again.text), (0, True), again.text)

            server = installation.start()
            client = Client(server)
            status = client.get("/v1/status").json
            self.assertEqual((status["server_id"], status["status"], status["origin"]),
                             (server_id, "serving", dry["opens"]))
            (opened,) = status["incarnations"]
            self.assertEqual((opened["reason"], opened["kept_size"], opened["missing"], opened["end_unknown"]),
                             ("log_and_key_lost", 0, {"first": 0, "last": known - 1}, True))
            installation.actledger("license", "import", installation / "license.lic")  # the same file, not reissued
            key = installation.enrolment_key()
            self.check_seats(installation, held=0, unclaimed=QUANTITY, used=QUANTITY)

            lent = [desktop.activate(client, key) for desktop in empty_handed]
            for answer in lent:
                self.assertEqual((answer.status, answer.json["activation"]["standing"]), (201, "provisional"))
            adopted = [present(desktop, client, file) for desktop, file in zip(holders, files)]
            for answer in adopted:
                self.assertEqual((answer.status, answer.json["activation"]["standing"]), (201, "unconfirmed"), answer.body)
            machine.servers = (https(server),)
            held = machine.held()["activation_id"]
            machine.activate()  # by itself: the proof of the hand-over, its file, and the new one
            self.assertEqual(machine.held()["activation_id"], held)
            self.check_seats(installation, held=QUANTITY, provisional=HALF, unclaimed=HALF, used=QUANTITY)
            full = Desktop().activate(client, key)
            self.assertEqual((full.status, full.code), (409, "quota-reached"))
            machine.run("renew", *machine.settings())
            machine.run("verify")
            self.assertEqual(server.stop(), 0)

            installation.verify_files(files + [answer.json["file"] for answer in adopted + lent])
            report = installation.verify()["ledger"]
            self.assertEqual((report["seats_held"], report["seats_unclaimed"]), (QUANTITY, HALF))
            self.assertEqual([one["reason"] for one in report["incarnations"]], ["log_and_key_lost"])
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")
            (proven,) = incarnation.prove(installation / "export")
            self.assertEqual((proven["kept_size"], proven["known_size"]), (0, known))
            shutil.rmtree(installation / "ledger")
            installation.actledger("restore", installation / "export", "--root", installation / "vendor/root.crt",
                                   "--complete")
            server = installation.start()
            self.assertEqual(present(holders[0], Client(server), files[0]).json["file"], adopted[0].json["file"])
            self.assertEqual(server.stop(), 0)

    def test_open_seats_are_free_at_once_and_no_file_at_all_is_said_plainly(self):
        with Installation() as installation:
            desktops = [Desktop() for _ in range(3)]
            _, files, server_id = self.grown(installation, desktops)
            lose_all(installation)
            asked = json.loads(request(installation).stdout)
            self.assertIsNone(asked["known"])
            license_id = json.loads(installation.issuer("show", installation / "license.lic", "--json").stdout)["terms"][
                "license_id"]
            plain = self.issuer_refusal(installation, server_id)
            self.assertIn("issuer-request-without-head", plain)
            self.assertIn("issuer-license-unknown", self.issuer_refusal(installation, server_id, "--lost-log",
                                                                        "--license", "LIC-X"))
            self.assertIn("issuer-value-wrong", self.issuer_refusal(installation, server_id, "--lost-log", "--open",
                                                                    f"{license_id}={QUANTITY + 1}"))
            ree = reendorse(installation, server_id, "--open", f"{license_id}={HALF}")
            said = installation.actledger("recover", "--reendorsement", ree, "--dry-run", *parts(installation))
            self.assertIn("cannot be adopted", said.stdout)
            self.assertIn("how much there was is not known", said.stdout)
            done = recover(installation, ree, typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            client = Client(server)
            (opened,) = client.get("/v1/status").json["incarnations"]
            self.assertEqual(("known_size" in opened, "missing" in opened, opened["end_unknown"]), (False, False, True))
            key = installation.enrolment_key()
            self.check_seats(installation, held=0, unclaimed=HALF, used=HALF)
            new = activate_all(client, key, [Desktop() for _ in range(HALF)])
            self.assertEqual({answer.json["activation"].get("standing") for answer in new}, {None})  # ordinary seats
            self.assertEqual(Desktop().activate(client, key).json["activation"]["standing"], "provisional")
            # The file hashes the hardware with the salt that is lost: what was said comes true.
            late = present(desktops[0], client, files[0])
            self.assertEqual((late.status, late.code), (403, "adoption-other-device"))
            self.assertEqual(desktops[0].activate(client, key).json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def issuer_refusal(self, installation, server_id, *options):
        installation.issuer("certificate", "--purpose", "recovery-signer")
        try:
            installation.issuer("reendorse", installation / "lost.req", "--server", server_id, *options, "--out",
                                installation / "refused.ree")
        except Failed as failed:
            return str(failed)
        raise Failed("re-endorsed")

    def test_files_that_do_not_fit_are_refused_each_by_its_code_and_nothing_is_changed(self):
        with Installation() as installation, Installation() as other:
            key, files, server_id = self.grown(installation, [Desktop(), Desktop()])
            server = installation.start()
            newest = Desktop().activate(Client(server), key).json["file"]
            # A licence that is superseded, and one that is revoked: neither comes back.
            first = json.loads(installation.issuer("show", installation / "license.lic", "--json").stdout)["terms"][
                "license_id"]
            os.rename(installation.issue(5), installation / "revoked.lic")
            revoked = json.loads(installation.issuer("show", installation / "revoked.lic", "--json").stdout)["terms"][
                "license_id"]
            os.rename(installation.issue(QUANTITY, "--supersedes", first), installation / "newer.lic")
            installation.issuer("revoke", "--license", revoked, "--reason", "test", "--out", installation / "a.rev")
            self.assertEqual(server.stop(), 0)
            _, foreign, _ = self.grown(other, [Desktop()])
            installation.write("newest.act", newest)
            installation.write("foreign.act", foreign[0])
            newer = ("newer.lic",)

            there = request(installation, "newest.act", check=False, licenses=newer)
            self.assertIn("recover-log-there", there.stderr)
            shutil.copytree(installation / "ledger", installation / "ledger.before")
            shutil.rmtree(installation / "ledger")
            in_use = request(installation, "newest.act", check=False, licenses=newer)
            self.assertIn("hsm-in-use", in_use.stderr)
            lose_the_card(installation)
            for name, code in (("foreign.act", r"certificate-untrusted|chain"), ("license.lic", "activation-file")):
                self.assertRegex(request(installation, name, check=False, licenses=newer).stderr, code)
            request(installation, "newest.act", licenses=newer)
            lost = reendorse(installation, server_id)
            live = json.loads(installation.issuer("show", lost, "--json").stdout)["reendorsement"]["lost_log"]["licenses"]
            self.assertEqual(len(live), 1)
            self.assertNotIn(live[0]["license_id"], (first, revoked))
            self.assertIn("issuer-license-not-live", self.issuer_refusal(installation, server_id, "--lost-log",
                                                                         "--license", revoked))
            before = objects(installation)

            def refused(code, *files, ree=lost, licenses=newer):
                done = dry_run(installation, ree, *files, licenses=licenses, check=False)
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertRegex(done.stderr, code)

            refused("reendorsement-head-beyond", "desktop.act")
            refused("reendorsement-head-beyond")
            refused("license-not-vouched", "newest.act", licenses=("license.lic",))
            refused("license-not-vouched", "newest.act", licenses=("revoked.lic",))
            refused("reendorsement-malformed", "newest.act", ree=installation / "lost.req")
            refused("certificate-untrusted|chain", "newest.act", "foreign.act")
            # For a ledger that is there, and not for one that is lost; and the other way round.
            installation.issuer("reendorse", installation / "lost.req", "--server", server_id, "--out",
                                installation / "plain.ree")
            refused("reendorsement-not-for-lost-log", "newest.act", ree=installation / "plain.ree")
            shutil.copytree(installation / "ledger.before", installation / "ledger", dirs_exist_ok=True)
            refused("reendorsement-for-lost-log", "newest.act")
            done = installation.actledger("hsm", "replace", "--reendorsement", lost, "--dry-run", check=False)
            self.assertIn("reendorsement-for-lost-log", done.stderr)
            shutil.rmtree(installation / "ledger")
            self.assertEqual(objects(installation), before)

            # Another token than the one that asked.
            shutil.move(installation / "tokens", installation / "right-tokens")
            os.makedirs(installation / "tokens")
            request(installation, "newest.act", name="second.req", licenses=newer)
            refused("token-of-other-file", "newest.act")
            shutil.rmtree(installation / "tokens")
            shutil.move(installation / "right-tokens", installation / "tokens")
            done = recover(installation, lost, "newest.act", typed=server_id, licenses=newer)
            self.assertEqual(done.status, 0, done.text)

            # What was superseded or revoked is refused for good; a licence that is issued now is not.
            server = installation.start()
            for name in ("license.lic", "revoked.lic"):
                late = installation.actledger("license", "import", installation / name, check=False)
                self.assertIn("license-not-vouched", late.stderr)
            time.sleep(1)  # what the vendor's file does not name is good if it was issued after it, to the second
            fresh = installation.issue(3)
            installation.actledger("license", "import", fresh)
            # The new log is lost, too: that is for the new token's anchor, and not for the vendor's file.
            self.assertEqual(present(Desktop(), Client(server), foreign[0]).status, 422)
            self.assertEqual(server.stop(), 0)
            installation.verify()
            shutil.rmtree(installation / "ledger")
            refused("key-took-over", "newest.act")

    def test_a_request_is_no_dry_run_and_is_written_over_no_other_file(self):
        with Installation() as installation:
            _, _, server_id = self.grown(installation, [Desktop()])
            installation.write("keep.txt", "precious\n")
            installation.write("new.req.new", "precious, too\n")
            for arguments in (("hsm", "rotate", "--request", installation / "keep.txt"),
                              ("license", "request", "--product", "vdi", "--quantity", "5", "--out",
                               installation / "keep.txt"),
                              ("hsm", "check", "--before", installation / "keep.txt")):
                refused = installation.actledger(*arguments, check=False)
                self.assertEqual((refused.returncode, "file-of-other-kind" in refused.stderr), (5, True), refused.stderr)
            for _ in range(2):  # asking again is harmless
                installation.actledger("license", "request", "--product", "vdi", "--quantity", "5", "--out",
                                       installation / "new.req")
            lose_all(installation)
            before = sorted(os.listdir(installation.folder))
            for option in ("--dry-run", "--restored"):
                mixed = installation.actledger("recover", "--request", installation / "lost.req", option,
                                               *parts(installation, "desktop.act"), check=False)
                self.assertEqual((mixed.returncode, option in mixed.stderr), (2, True), mixed.stderr)
            for option in (("--no-activation-file",), ("--activation-file", installation / "desktop.act")):
                alone = installation.actledger("recover", "--dry-run", *option, check=False)
                self.assertEqual((alone.returncode, "--reendorsement" in alone.stderr), (2, True), alone.stderr)
            taken = request(installation, "desktop.act", name="keep.txt", check=False)
            self.assertEqual((taken.returncode, "file-of-other-kind" in taken.stderr), (5, True), taken.stderr)
            self.assertEqual(sorted(os.listdir(installation.folder)), before)
            for name, text in (("keep.txt", "precious\n"), ("new.req.new", "precious, too\n")):
                with open(installation / name, encoding="utf-8") as file:
                    self.assertEqual(file.read(), text)
            request(installation, "desktop.act")
            request(installation, "desktop.act")
            self.assertEqual(recover(installation, reendorse(installation, server_id), "desktop.act",
                                     typed=server_id).status, 0)
            self.assertIn("start the server", request(installation, "desktop.act", check=False).stderr)

    def second_operator(self, installation, server_id, *arguments):
        """One operator stands at the confirmation, when another one gives the same command; then the first goes on."""
        asked = []

        def meanwhile():
            second = Terminal(installation, *arguments, answers=[("PIN", pin_of(installation))])
            self.assertEqual((second.status, "log-locked" in second.text), (7, True), second.text)
            made = installation.actledger("hsm", "init", "--root", installation / "vendor/root.crt", check=False)
            self.assertNotEqual(made.returncode, 0)
            asked.append(second)
            return server_id

        first = Terminal(installation, *arguments,
                         answers=[("PIN", pin_of(installation)), ("type the server id", meanwhile)])
        self.assertEqual((first.status, len(asked)), (0, 1), first.text)
        server = installation.start()
        self.assertEqual(Client(server).get("/v1/status").json["status"], "serving")
        self.assertEqual(server.stop(), 0)

    def test_while_one_operator_stands_at_the_confirmation_no_other_one_goes_on_without_a_log(self):
        with Installation() as installation:
            _, _, server_id = self.grown(installation, [Desktop()])
            shutil.rmtree(installation / "ledger")
            self.second_operator(installation, server_id, "recover", "--root", installation / "vendor/root.crt",
                                 "--license", installation / "license.lic")
            lose_all(installation)
            request(installation, "desktop.act")
            ree = reendorse(installation, server_id)
            self.second_operator(installation, server_id, "recover", "--reendorsement", ree,
                                 *parts(installation, "desktop.act"))

    def test_a_card_that_was_replaced_before_and_the_licence_of_the_first_key(self):
        """D, and then F: the licence names a key that nothing but the vendor remembers."""
        with Installation() as installation:
            desktop, later = Desktop(), Desktop()
            key, files, server_id = self.grown(installation, [desktop])
            replace_card(self, installation, server_id)
            server = installation.start()
            newest = later.activate(Client(server), key).json["file"]
            self.assertEqual(server.stop(), 0)
            installation.write("newest.act", newest)
            lose_all(installation)
            request(installation, "newest.act")
            ree = reendorse(installation, server_id)
            older = dry_run(installation, ree, "desktop.act", check=False)
            self.assertIn("recover-file-of-other-key", older.stderr)
            self.assertIn("recover-old-key-unknown", dry_run(installation, ree, check=False).stderr)
            done = recover(installation, ree, "newest.act", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            client = Client(server)
            self.assertEqual(present(later, client, newest).status, 201)
            # The file of a key that the vendor did not name proves nothing here: its desktop is lent a seat.
            self.assertNotEqual(present(desktop, client, files[0]).status, 201)
            key = installation.enrolment_key()
            self.assertEqual(desktop.activate(client, key).json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            installation.verify()
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")
            shutil.rmtree(installation / "ledger")
            installation.actledger("restore", installation / "export", "--root", installation / "vendor/root.crt",
                                   "--complete")
            installation.verify()


class KilledLostLedger(KilledAtEachSync):
    """Killed at any sync: the same command again does the rest."""

    def test_recovering_both_is_done_again_after_a_kill_at_any_sync(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = licensed(installation, QUANTITY)
            desktop = Desktop()
            (first,) = activate_all(Client(server), installation.enrolment_key(), [desktop])
            server_id = Client(server).get("/v1/status").json["server_id"]
            self.assertEqual(server.stop(), 0)
            installation.write("desktop.act", first.json["file"])
            lose_all(installation)
            request(installation, "desktop.act")
            ree = reendorse(installation, server_id)
            os.makedirs(installation / "ledger", exist_ok=True)
            command = ("recover", "--reendorsement", ree, *parts(installation, "desktop.act"))
            opened = set()

            def check(answers):
                dry = installation.actledger("--json", *command, "--dry-run")
                found = json.loads(dry.stdout)["found"]
                self.assertIn(found, ("log_and_key_lost", "unfinished", "equal", "ahead"))
                again = Terminal(installation, *command, answers=answers[:1] if found in ("equal", "ahead") else answers)
                self.assertEqual(again.status, 0, again.text)
                server = installation.start()
                client = Client(server)
                self.assertEqual(client.get("/readyz").status, 200)
                opened.add(client.get("/v1/status").json["origin"])
                self.assertEqual(present(desktop, client, first.json["file"]).status, 201)
                self.assertEqual(server.stop(), 0)
                self.assertEqual(installation.verify()["ledger"]["seats_unclaimed"], QUANTITY - 1)

            self.assertGreater(self.at_each_sync(installation, command, server_id, check), 3)
            self.assertGreater(len(opened), 1)  # an attempt burned its number


if __name__ == "__main__":
    unittest.main()
