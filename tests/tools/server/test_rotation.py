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
from installation import MODULE, Installation
from lost_card import objects
from rotation import certify, destroy_old, dry_run, issuer_refusal, refused, request, rotate, server_id_of
from test_recover import activate_all, pin_of
from test_supervision import listening
from test_survival import wait_until

sys.path[:0] = [os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests", part) for part in ("reference", "drills")]
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position
from desktops import Crowd, longest_silence  # noqa: E402  pylint: disable=wrong-import-position

QUANTITY = 40
MIRROR = '[[mirror]]\nfolder = "mirror"\n'


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
            installation.verify_files([*older.values(), *(promise.file for promise in crowd.promises.values())])
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

if __name__ == "__main__":
    unittest.main()
