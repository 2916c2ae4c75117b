"""The log is lost, and the HSM's key is not the server's first one (row C after a rotation, after row D, after row F): the anchor
names all keys, so their files are adopted, and the same licences imported. With the real programs and SoftHSM2 tokens."""

import json
import os
import shutil
import subprocess
import sys
import unittest

import lost_ledger
from api import Client, Desktop
from installation import FAKETIME, MODULE, Installation
from lost_card import KilledAtEachSync, objects
from lost_ledger import lose_all, replace_card
from lost_log import licensed, lose_log, present
from rotation import destroy_old, rotated, server_id_of
from test_operators import Terminal
from test_recover import activate_all, pin_of, put_back

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position

QUANTITY = 6


def parts(installation, *certificates, licenses=("license.lic",)):
    options = ["--root", installation / "vendor/root.crt"]
    options += [part for name in licenses for part in ("--license", installation / name)]
    return options + [part for file in certificates for part in ("--certificate", file)]


def dry_run(installation, *certificates, **how):
    return installation.actledger("--json", "recover", "--dry-run", *parts(installation, *certificates, **how), check=False)


def refusal(test, installation, *certificates, **how):
    done = dry_run(installation, *certificates, **how)
    test.assertNotEqual(done.returncode, 0, done.stdout)
    return done.stderr


def recover(test, installation, server_id, *certificates, **how):
    dry = dry_run(installation, *certificates, **how)
    test.assertEqual(dry.returncode, 0, dry.stderr)
    done = Terminal(installation, "recover", *parts(installation, *certificates, **how),
                    answers=[("PIN", pin_of(installation)), ("type the server id", server_id)])
    test.assertEqual(done.status, 0, done.text)
    return json.loads(dry.stdout)


def keys(installation):
    """Labels of the private keys on the token."""
    done = subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin",
                           pin_of(installation), "--list-objects", "--type", "privkey"], env=installation.environment,
                          capture_output=True, text=True, check=True)
    return sorted(line.split()[1] for line in done.stdout.splitlines() if line.strip().startswith("label:"))


class LostLog(unittest.TestCase):
    def grown(self, installation, desktops):
        """@return enrolment key, the desktops' files, server id; the server has stopped"""
        server = licensed(installation, QUANTITY)
        client, key = Client(server), installation.enrolment_key()
        files = [answer.json["file"] for answer in activate_all(client, key, desktops)]
        server_id = server_id_of(server)
        self.assertEqual(server.stop(), 0)
        return key, files, server_id

    def served(self, installation, origin, claims):
        """Each desktop shows its file, and has its seat again. @return the server"""
        server = installation.start()
        client = Client(server)
        status = client.get("/v1/status").json
        self.assertEqual((status["origin"], status["problems"]), (origin, []))
        for desktop, file in claims:
            answer = present(desktop, client, file)
            self.assertEqual(answer.status, 201, answer.body)
            self.assertEqual(answer.json["activation"]["standing"], "unconfirmed")
        return server

    def check_sound(self, installation, **expected):
        ledger = installation.verify()["ledger"]
        self.assertEqual({name: ledger[name] for name in expected}, expected)

    def test_after_rotations_files_of_every_key_are_adopted_and_the_same_licence_is_good(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            first, silent, second, third, newcomer = (Desktop() for _ in range(5))
            key, files, server_id = self.grown(installation, [first, silent])
            crt = rotated(self, installation, server_id)
            server = installation.start()
            newest = second.activate(Client(server), key).json["file"]
            self.assertEqual(server.stop(), 0)
            self.assertEqual(destroy_old(installation, server_id).status, 0)
            installation.write("newest.act", newest)
            before = objects(installation)
            lose_log(installation)

            needed = refusal(self, installation)
            self.assertIn("recover-certificate-needed", needed)
            self.assertIn("--certificate", needed)
            self.assertIn("recover-certificate-needed", refusal(self, installation, installation / "vendor/root.crt"))
            self.assertIn("recover-certificate-unread", refusal(self, installation, installation / "actledgerd.toml"))
            made = installation.actledger("hsm", "init", "--root", installation / "vendor/root.crt", check=False)
            self.assertIn("anchor-folder-in-use", made.stderr)
            self.assertEqual(objects(installation), before)
            # A desktop's file will do, as the vendor's does.
            self.assertEqual(dry_run(installation, installation / "newest.act").returncode, 0)
            dry = recover(self, installation, server_id, crt)
            self.assertEqual(dry["opens"], f"{server_id}/3")
            self.assertEqual(sum(one["unclaimed"] for one in dry["licenses"]), QUANTITY)

            server = self.served(installation, f"{server_id}/3", [(first, files[0]), (second, newest)])
            client, key = Client(server), installation.enrolment_key()
            self.assertEqual(newcomer.activate(client, key).json["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY - 2)

            # It is the same ledger: it can be rotated on, under a label that no earlier key has, and lost again.
            crt = rotated(self, installation, server_id, "third")
            self.assertEqual(keys(installation), ["actledger-1.epoch-2", "actledger-1.epoch-3"])
            server = installation.start()
            client = Client(server)
            self.assertEqual(client.get("/v1/status").json["origin"], f"{server_id}/4")
            latest = third.activate(client, key).json
            self.assertEqual(latest["activation"]["standing"], "provisional")
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY - 2)
            lose_log(installation)
            recover(self, installation, server_id, crt)
            server = self.served(installation, f"{server_id}/5", [(silent, files[1]), (first, files[0])])
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY - 2)
            installation.actledger("export", installation / "export")
            tiles.prove(installation / "export")
            (proven,) = incarnation.prove(installation / "export")
            self.assertEqual((proven["incarnation"], proven["kept_size"]), (5, 0))
            shutil.rmtree(installation / "ledger")
            installation.actledger("restore", installation / "export", "--root", installation / "vendor/root.crt",
                                   "--complete")
            server = self.served(installation, f"{server_id}/5", [])
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY - 2)

    def test_an_older_copy_of_the_anchor_in_the_anchor_folder_says_nothing_against_the_card(self):
        """The folder lies on a share, and came back from its backup with the rest: it names the first key, which is still on the card."""
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            first, second = Desktop(), Desktop()
            key, files, server_id = self.grown(installation, [first])
            shutil.copytree(installation / "anchor", installation / "old-anchor")
            crt = rotated(self, installation, server_id)
            server = installation.start()
            newest = second.activate(Client(server), key).json["file"]
            self.assertEqual(server.stop(), 0)
            lose_log(installation)
            put_back(installation, "old-anchor", "anchor")
            self.assertIn("recover-certificate-needed", refusal(self, installation))
            self.check_card(installation, f"{server_id}/2", "actledger-1.epoch-2")
            recover(self, installation, server_id, crt)
            server = self.served(installation, f"{server_id}/3", [(first, files[0]), (second, newest)])
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY - 2)

    def check_card(self, installation, origin, key):
        """Without a ledger `hsm check` finds the key that the anchor on the card names."""
        done = installation.actledger("hsm", "check", check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"ok   key +{key}, .*; no ledger was read, the anchor names this key\n")
        self.assertRegex(done.stdout, rf"ok   anchor +of {origin}, ")

    def test_hsm_check_without_a_ledger_finds_the_key_that_serves(self):
        """A reinstalled machine (rows B and C), and one whose ledger cannot be read, beside a card whose key was rotated."""
        for old_key in ("kept", "destroyed"):
            with self.subTest(old_key=old_key), Installation() as installation:
                _, _, server_id = self.grown(installation, [Desktop()])
                rotated(self, installation, server_id)
                if old_key == "destroyed":
                    self.assertEqual(destroy_old(installation, server_id).status, 0)
                with_ledger = installation.actledger("hsm", "check").stdout
                self.assertNotIn("no ledger", with_ledger)
                shutil.copytree(installation / "ledger", installation / "whole")
                for length in (8192, 5000, 0):
                    os.truncate(installation / "ledger/log/data.mdb", length)
                    self.check_card(installation, f"{server_id}/2", "actledger-1.epoch-2")
                shutil.rmtree(installation / "ledger")
                self.check_card(installation, f"{server_id}/2", "actledger-1.epoch-2")
                installation.actledger("hsm", "check", "--before", installation / "driver.witness")
                shutil.copytree(installation / "whole", installation / "ledger")
                installation.actledger("hsm", "check", "--after", installation / "driver.witness")
                shutil.rmtree(installation / "ledger")
                installation.actledger("hsm", "check", "--after", installation / "driver.witness")
                # A wrong PIN is tried once.
                installation.write("pin", "000000")
                wrong = installation.actledger("hsm", "check", check=False)
                self.assertNotEqual(wrong.returncode, 0)
                self.assertIn("FAIL pin", wrong.stdout)
                self.assertFalse(os.path.exists(installation / "anchor"))

    def test_of_more_keys_than_an_anchor_names_all_old_ones_can_be_destroyed(self):
        """After row C the log does not know the keys between the first and the last fifteen: they are on the card still."""
        with Installation() as installation:
            _, files, server_id = self.grown(installation, [Desktop()])
            for number in range(2, 19):
                crt = rotated(self, installation, server_id, f"key-{number}")
            lose_log(installation)
            recover(self, installation, server_id, crt)
            self.assertEqual(len(keys(installation)), 18)
            crt = rotated(self, installation, server_id, "after")
            destroyed = destroy_old(installation, server_id)
            self.assertEqual(destroyed.status, 0, destroyed.text)
            self.assertEqual(keys(installation), ["actledger-1.epoch-19"])
            server = self.served(installation, f"{server_id}/20", [])
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation)

    def test_after_a_card_was_replaced_the_vendors_file_or_a_licence_has_the_certificate(self):
        with Installation() as installation:
            first, second = Desktop(), Desktop()
            key, files, server_id = self.grown(installation, [first])
            ree = replace_card(self, installation, server_id)
            present_key = os.path.basename(installation.issue(3))
            server = installation.start()
            installation.actledger("license", "import", installation / present_key)
            newest = second.activate(Client(server), key).json["file"]
            self.assertEqual(server.stop(), 0)
            lose_log(installation)
            self.assertIn("recover-certificate-needed", refusal(self, installation))
            for files_given, licenses in (([ree], ("license.lic",)), ([], ("license.lic", present_key))):
                done = dry_run(installation, *files_given, licenses=licenses)
                self.assertEqual(done.returncode, 0, done.stderr)
            recover(self, installation, server_id, licenses=("license.lic", present_key))
            server = self.served(installation, f"{server_id}/3", [(first, files[0]), (second, newest)])
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY + 3 - 2)

    def test_after_log_and_key_were_lost_together_a_licence_that_the_anchor_names_is_good_whichever_key_it_names(self):
        """D, then F, then C: the licence is for a key that nothing here knows any more."""
        with Installation() as installation:
            first, second = Desktop(), Desktop()
            key, _, server_id = self.grown(installation, [first])
            replace_card(self, installation, server_id)
            server = installation.start()
            installation.write("second.act", second.activate(Client(server), key).json["file"])
            self.assertEqual(server.stop(), 0)
            lose_all(installation)
            lost_ledger.request(installation, "second.act")
            ree = lost_ledger.reendorse(installation, server_id)
            done = lost_ledger.recover(installation, ree, "second.act", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            with open(installation / "second.act", encoding="utf-8") as file:
                of_second = file.read()
            server = installation.start()
            origin = Client(server).get("/v1/status").json["origin"]
            newest = present(second, Client(server), of_second).json["file"]
            self.assertEqual(server.stop(), 0)
            lose_log(installation)
            dry = recover(self, installation, server_id, ree)
            self.assertEqual(int(dry["opens"].split("/")[1]), int(origin.split("/")[1]) + 1)
            server = self.served(installation, dry["opens"], [(second, newest)])
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY - 1)

    def test_the_log_is_lost_after_a_rotation_with_the_key_that_took_over_and_another_one_of_the_same_card_goes_on(self):
        """As long as the key is there, nobody needs the vendor: a file that it signed has its certificate."""
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
            self.assertIn("recover-certificate-needed", alone.stderr)
            with open(installation / "actledgerd.toml", encoding="utf-8") as file:
                named = file.read().replace("pkcs11:token=test", "pkcs11:token=test;object=another")
            installation.write("actledgerd.toml", named)
            well = lost_ledger.request(installation, "newest.act", check=False)
            self.assertIn("key-well-on-token", well.stderr)
            subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin", pin_of(installation),
                            "--delete-object", "--type", "privkey", "--label", "actledger-1.epoch-2"],
                           env=installation.environment, capture_output=True, check=True)
            lost_ledger.request(installation, "newest.act")
            done = lost_ledger.recover(installation, lost_ledger.reendorse(installation, server_id), "newest.act", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            client = Client(server)
            self.assertEqual(present(later, client, newest).status, 201)
            self.assertNotEqual(present(desktop, client, files[0]).status, 201)
            answer = desktop.activate(client, installation.enrolment_key())
            self.assertEqual(answer.json["activation"]["standing"], "provisional")  # nobody waits
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_a_hand_over_that_was_interrupted_before_the_log_was_lost_never_was(self):
        """An attempt's anchor stands beside the one that holds: the earlier key goes on, and the rotation is made again."""
        with Installation() as installation:
            desktop = Desktop()
            _, files, server_id = self.grown(installation, [desktop])
            installation.actledger("hsm", "rotate", "--request", installation / "next.req")
            installation.issuer("rotate", installation / "next.req", "--server", server_id, "--out", installation / "next.crt")
            before = objects(installation)
            strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", installation / "ledger/log/data.mdb", "-e",
                      "trace=fsync,fdatasync,msync", "-e", "inject=fsync,fdatasync,msync:signal=KILL:when=1")
            killed = Terminal(installation, "hsm", "rotate", "--certificate", installation / "next.crt", before=strace,
                              answers=[("PIN", pin_of(installation)), ("type the server id", server_id)])
            self.assertNotEqual(killed.status, 0)
            self.assertEqual(len(objects(installation)), len(before) + 1)  # two anchors
            lose_log(installation)
            dry = recover(self, installation, server_id)
            self.assertEqual(dry["anchor"]["origin"], f"{server_id}/1")
            server = self.served(installation, f"{server_id}/2", [(desktop, files[0])])
            self.assertEqual(server.stop(), 0)
            rotated(self, installation, server_id, "again")
            server = self.served(installation, f"{server_id}/3", [])
            self.assertEqual(server.stop(), 0)
            self.check_sound(installation, seats_unclaimed=QUANTITY - 1)

    def test_a_clock_that_is_behind_what_is_known_is_refused(self):
        with Installation() as installation:
            _, files, _ = self.grown(installation, [Desktop()])
            installation.write("a.act", files[0])
            lose_log(installation)
            self.assertEqual(dry_run(installation, installation / "a.act").returncode, 0)
            installation.environment.update(LD_PRELOAD=FAKETIME, FAKETIME="-2d", FAKETIME_DONT_FAKE_MONOTONIC="1")
            behind = dry_run(installation, installation / "a.act")
            self.assertIn("recover-clock-behind", behind.stderr)
            self.assertIn("a.act", behind.stderr)


class KilledLostLog(KilledAtEachSync):
    """Killed at any sync: the same command again does the rest."""

    KEPT = ("tokens", "anchor")

    def test_recovering_under_a_later_key_is_done_again_after_a_kill_at_any_sync(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = licensed(installation, QUANTITY)
            desktop = Desktop()
            (first,) = activate_all(Client(server), installation.enrolment_key(), [desktop])
            server_id = server_id_of(server)
            self.assertEqual(server.stop(), 0)
            crt = rotated(self, installation, server_id)
            lose_log(installation)
            command = ("recover", *parts(installation, crt))

            def check(answers):
                dry = installation.actledger("--json", *command, "--dry-run", check=False)
                if dry.returncode == 0:
                    again = Terminal(installation, *command, answers=answers)
                    self.assertEqual(again.status, 0, again.text)
                else:
                    self.assertIn("nothing-to-recover", dry.stderr)
                server = installation.start()
                client = Client(server)
                self.assertEqual(client.get("/readyz").status, 200)
                self.assertEqual(present(desktop, client, first.json["file"]).status, 201)
                self.assertEqual(server.stop(), 0)
                self.assertEqual(installation.verify()["ledger"]["seats_unclaimed"], QUANTITY - 1)
                shutil.rmtree(installation / "ledger")

            self.assertGreater(self.at_each_sync(installation, command, server_id, check), 3)


if __name__ == "__main__":
    unittest.main()
