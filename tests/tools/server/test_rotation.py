"""A ledger's key is replaced while it is there: it hands over to the next one, which the vendor certifies (ADR 34). With the
real server, clients, issuer and SoftHSM2 tokens."""

import json
import os
import shutil
import subprocess
import sys
import time
import unittest

from api import Client, Desktop
from client_machine import https
from installation import MODULE, Failed, Installation
from lost_card import KilledAtEachSync, lose_the_card, objects, reendorse, replace
from lost_card import request as request_another_card
from test_operators import Terminal
from test_recover import activate_all, pin_of, recover
from test_supervision import listening
from test_survival import check_refused, wait_until

sys.path[:0] = [os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests", part) for part in ("reference", "drills")]
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position
from desktops import Crowd, longest_silence  # noqa: E402  pylint: disable=wrong-import-position

QUANTITY = 40
MIRROR = '[[mirror]]\nfolder = "mirror"\n'


def server_id_of(server):
    return Client(server).get("/v1/status").json["origin"].split("/")[0]


def request(installation, name="next", check=True):
    return installation.actledger("--json", "hsm", "rotate", "--request", installation / f"{name}.req", check=check)


def certify(installation, server_id, name="next", *more):
    installation.issuer("rotate", installation / f"{name}.req", "--server", server_id, "--out",
                        installation / f"{name}.crt", *more)
    return installation / f"{name}.crt"


def issuer_refusal(installation, *arguments):
    try:
        installation.issuer("rotate", *arguments)
    except Failed as failed:
        return str(failed)
    raise Failed("certified")


def dry_run(installation, certificate, check=True):
    return installation.actledger("--json", "hsm", "rotate", "--certificate", certificate, "--dry-run", check=check)


def refused(installation, certificate):
    done = dry_run(installation, certificate, check=False)
    if done.returncode == 0:
        raise Failed(f"accepted: {done.stdout}")
    return done.stderr


def rotate(installation, certificate, server_id, pin=None, typed=None):
    answers = [("PIN", pin or pin_of(installation))]
    if pin is None:
        answers.append(("type the server id", typed or server_id))
    return Terminal(installation, "hsm", "rotate", "--certificate", certificate, answers=answers)


def destroy_old(installation, server_id):
    return Terminal(installation, "hsm", "rotate", "--destroy-old",
                    answers=[("PIN", pin_of(installation)), ("type the server id", server_id)])


def rotated(test, installation, server_id, name="next"):
    """All three steps, with the server stopped. @return the certificate"""
    request(installation, name)
    certificate = certify(installation, server_id, name)
    done = rotate(installation, certificate, server_id)
    test.assertEqual(done.status, 0, done.text)
    return certificate


def verify_file(installation, text):
    installation.write("held.tlog-proof", text)
    installation.program("actledger-verify", installation / "held.tlog-proof", "--root", installation / "vendor/root.crt")


class Rotation(unittest.TestCase):
    def test_a_key_is_rotated_twice_under_clients_and_no_request_fails(self):
        with Installation(more=MIRROR, hsm='anchor_folder = "anchor"') as installation:
            installation.initialise()
            installation.actledger("license", "import", installation.issue(QUANTITY))
            held = listening(2)  # as a supervisor's sockets: they outlive the server
            handed = {"sockets": held, "environment": {"LISTEN_FDNAMES": "tls:plain"}}
            server = installation.start(**handed)
            server_id = server_id_of(server)
            crowd = Crowd(installation, [https(server)], 6)
            self.addCleanup(crowd.stop)
            crowd.wait_for(6)
            older = {machine: promise.file for machine, promise in crowd.promises.items()}
            machine = next(iter(older))
            silent = []

            def stop_behind(asking):
                asking.hold_back()  # nobody is cut off in the middle of a handshake; from here on all wait at the socket
                self.assertEqual(server.stop(), 0)
                asking.let_in()

            for number in (2, 3):
                name = f"next-{number}"
                stop_behind(crowd)
                self.assertTrue(json.loads(request(installation, name).stdout)["made_key"])
                self.assertFalse(json.loads(request(installation, name).stdout)["made_key"])  # asking again is harmless
                server = installation.start(**handed)
                crowd.more(2)  # it goes on under the present key meanwhile
                certificate = certify(installation, server_id, name)
                since = time.monotonic()
                stop_behind(crowd)
                dry = json.loads(dry_run(installation, certificate).stdout)
                self.assertEqual((dry["found"], dry["done"], dry["opens"]), ("due", False, f"{server_id}/{number}"))
                done = rotate(installation, certificate, server_id)
                self.assertEqual(done.status, 0, done.text)
                again = rotate(installation, certificate, server_id, pin=pin_of(installation))
                self.assertIn("under this key already", again.text)
                self.assertEqual(json.loads(dry_run(installation, certificate).stdout)["found"], "done")
                server = installation.start(**handed)
                crowd.more(2)
                silent.append(longest_silence(crowd.answered_at, since))
                status = Client(server).get("/v1/status").json
                self.assertEqual(status["origin"], f"{server_id}/{number}")
                self.assertEqual([one["reason"] for one in status["incarnations"]], (number - 1) * ["rotated"])
                self.assertEqual(status["problems"], [])
                self.assertIn("The HSM is well", installation.actledger("hsm", "check").stdout)
            crowd.stop()
            print(f"longest silence in a rotation: {max(silent):.1f} s", file=sys.stderr)
            self.assertEqual(crowd.refused, [])

            # Whoever was there went on, without a word; files old and new verify, and none of them grew with history.
            quiet = machine.activate()
            self.assertEqual((quiet.stderr, machine.read("activation.proof")), ("", older[machine]))
            newest = max(crowd.promises.values(), key=lambda promise: promise.index)
            self.assertEqual(newest.origin, f"{server_id}/3")
            for text in [*older.values(), *(promise.file for promise in crowd.promises.values())]:
                verify_file(installation, text)
            path = 45 * 6  # a longer path in a larger tree
            self.assertLess(len(newest.file), max(len(text) for text in older.values()) + path)
            self.assertEqual(len({promise.activation for promise in crowd.promises.values()}), len(crowd.promises))

            # The licence stays, and others come by the usual way, under the newest key.
            installation.actledger("license", "import", installation.issue(5))
            again = installation.actledger("hsm", "init", "--root", installation / "vendor/root.crt")
            self.assertIn("nothing was changed", again.stdout)
            wait_until(lambda: Client(server).get("/v1/status").json["mirrors"][0]["behind"] == 0, "the mirror lags")
            self.assertEqual(server.stop(), 0)
            for made in held:
                made.close()
            report = installation.verify()["ledger"]
            self.assertEqual([one["reason"] for one in report["incarnations"]], ["rotated", "rotated"])
            self.assertEqual((report["seats_held"], report["seats_unclaimed"]), (len(crowd.promises), 0))
            for folder in ("mirror", "export"):
                if folder == "export":
                    installation.actledger("export", installation / folder)
                tiles.prove(installation / folder)
                self.assertEqual([one["incarnation"] for one in incarnation.prove(installation / folder)], [2, 3])

            # The keys before go when they are told to, and only they.
            self.assertEqual(sum(line.startswith("Private") for line in objects(installation)), 3)
            done = destroy_old(installation, server_id)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(sum(line.startswith("Private") for line in objects(installation)), 1)
            self.assertIn("holds no key that was replaced", destroy_old(installation, server_id).text)

            # A restored copy goes on.
            shutil.rmtree(installation / "ledger")
            installation.actledger("restore", installation / "mirror", "--root", installation / "vendor/root.crt",
                                   "--complete")
            server = installation.start()
            self.assertEqual(Client(server).get("/readyz").status, 200)
            (same,) = activate_all(Client(server), installation.enrolment_key(), [Desktop()])
            self.assertEqual(same.status, 201)
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_what_is_not_the_vendors_word_for_this_server_and_this_key_changes_nothing(self):
        with Installation() as installation, Installation() as stranger:
            server = installation.licensed(QUANTITY)
            server_id = server_id_of(server)
            self.assertIn("server-running", request(installation, check=False).stderr)
            self.assertEqual(server.stop(), 0)
            request(installation)

            # The vendor asks for the server by another way than the file, and knows the key that hands over.
            out = ("--out", installation / "next.crt")
            self.assertIn("issuer-server-differs", issuer_refusal(installation, installation / "next.req", "--server",
                                                                  32 * "a", *out))
            with open(installation / "next.req", encoding="ascii") as file:
                text = file.read()
            installation.write("altered.req", text[:200] + text[200:].replace("A", "B", 1))
            self.assertRegex(issuer_refusal(installation, installation / "altered.req", "--server", server_id, *out),
                             r"\(request-(malformed|signature-bad)\)")
            server = stranger.licensed(QUANTITY)
            self.assertEqual(server.stop(), 0)
            request(stranger)
            shutil.copy(stranger / "next.req", installation / "stranger.req")
            theirs = json.loads(installation.issuer("show", installation / "stranger.req", "--json").stdout)["server_id"]
            self.assertIn("issuer-server-key-unknown", issuer_refusal(installation, installation / "stranger.req",
                                                                      "--server", theirs, *out))

            certificate = certify(installation, server_id)
            self.assertEqual(certify(installation, server_id), certificate)  # again: the same
            size = installation.verify()["ledger"]["size"]
            self.assertIn("rotation-certificate-wrong", refused(installation, certify(stranger, theirs)))
            request_for_license = installation / "vendor/license-issuer.crt"
            self.assertIn("rotation-certificate-wrong", refused(installation, request_for_license))
            (present,) = [name for name in os.listdir(installation / "vendor/servers")
                          if not self.is_next(installation, name)]
            self.assertIn("rotation-key-known", refused(installation, os.path.join(installation / "vendor/servers",
                                                                                   present)))
            with open(certificate, encoding="ascii") as file:
                text = file.read()
            installation.write("cut.crt", text[:400])
            self.assertIn("certificate-malformed", refused(installation, installation / "cut.crt"))
            self.assertIn("hsm-pin-wrong", rotate(installation, certificate, server_id, pin="not-the-pin").text)
            self.assertIn("not-confirmed", rotate(installation, certificate, server_id, typed="another").text)

            # The next key is lost: another one needs another certificate, and the vendor is asked twice.
            shutil.copytree(installation / "tokens", installation / "whole")
            self.remove_next_key(installation)
            self.assertIn("next-key-missing", refused(installation, certificate))
            self.assertTrue(json.loads(request(installation, "second").stdout)["made_key"])
            self.assertIn("next-key-missing", refused(installation, certificate))
            self.assertIn("issuer-succeeded-before",
                          issuer_refusal(installation, installation / "second.req", "--server", server_id, "--out",
                                         installation / "second.crt"))
            second = certify(installation, server_id, "second", "--again")
            self.assertEqual(installation.verify()["ledger"]["size"], size)
            self.assertEqual(rotate(installation, second, server_id).status, 0)
            # From now on neither the old key's certificate nor the one that was never used makes a key this ledger's.
            self.assertIn("next-key-missing", refused(installation, certificate))
            server = installation.start()
            self.assertEqual(Client(server).get("/readyz").status, 200)
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def is_next(self, installation, name):
        with open(os.path.join(installation / "vendor/servers", name), encoding="ascii") as file:
            text = file.read()
        with open(installation / "next.crt", encoding="ascii") as file:
            return file.read() == text

    def remove_next_key(self, installation):
        for kind in ("privkey", "pubkey"):
            subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin",
                            pin_of(installation), "--delete-object", "--type", kind, "--label", "actledger-1.epoch-2"],
                           env=installation.environment, capture_output=True, check=True)

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
                shutil.rmtree(installation / name)
                shutil.copytree(installation / f"old-{name}", installation / name)
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
            for answer in kept:
                verify_file(installation, answer.json["file"])

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
                shutil.rmtree(installation / "ledger")
                shutil.copytree(installation / "ledger.before", installation / "ledger")
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
