"""The ledger outlives its key: a card that was lost is replaced by another one that the vendor re-endorses (design row D),
and another driver is proven to reach the same key (row J): with real server, client, issuer and tokens."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import unittest

from api import Client, Desktop
from client_machine import Machine, https
from installation import MODULE, Failed, Installation
from test_adoption import present
from test_operators import Terminal
from test_recover import activate_all, pin_of, put_back, recover
from test_survival import check_refused, wait_until

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import incarnation  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position

QUANTITY = 20
CLIENT_MODULE = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"


def lose_the_card(installation):
    """The token's folder is the card."""
    shutil.rmtree(installation / "tokens")
    os.makedirs(installation / "tokens")


def request(installation, name="lost.req", check=True):
    return installation.actledger("--json", "hsm", "replace", "--request", installation / name, "--so-pin-file",
                                  installation / "so-pin", check=check)


def reendorse(installation, server_id, name="lost", *more):
    installation.issuer("certificate", "--purpose", "recovery-signer")
    installation.issuer("reendorse", installation / f"{name}.req", "--server", server_id, "--out",
                        installation / f"{name}.ree", *more)
    return installation / f"{name}.ree"


def replace(installation, file, server_id, *options):
    """The command on a terminal of its own. @return it, and what it said before that it would do"""
    dry = installation.actledger("--json", "hsm", "replace", "--reendorsement", file, "--dry-run", *options)
    answers = [("PIN", pin_of(installation)), ("type the server id", server_id)]
    done = Terminal(installation, "hsm", "replace", "--reendorsement", file, *options, answers=answers)
    return done, json.loads(dry.stdout)


def objects(installation):
    """Everything on the token that the PIN's owner sees."""
    done = subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin",
                           pin_of(installation), "--list-objects"], env=installation.environment, capture_output=True,
                          text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.startswith(("Private", "Public", "Data"))]


def refused(installation, file):
    done = installation.actledger("hsm", "replace", "--reendorsement", file, "--dry-run", check=False)
    if done.returncode == 0:
        raise Failed(f"accepted: {done.stdout}")
    return done.stderr


class LostCard(unittest.TestCase):
    def verify_files(self, installation, answers):
        """Each file verifies from the vendor's root alone, without server and ledger."""
        for number, answer in enumerate(answers):
            installation.write(f"file-{number}.tlog-proof", answer.json["file"])
            installation.program("actledger-verify", installation / f"file-{number}.tlog-proof", "--root",
                                 installation / "vendor/root.crt")

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

            self.verify_files(installation, old + new)
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
            self.verify_files(installation, kept + lost + given)
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
                self.verify_files(installation, since)
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


class Killed(unittest.TestCase):
    """Killed at any sync: nothing is lost, and the same command again does the rest."""

    KEPT = ("ledger", "tokens", "anchor")

    def at_each_sync(self, installation, arguments, server_id, check):
        """Runs the command from the same beginning, killed at the first sync, at the second, … @return how many"""
        for name in self.KEPT:
            shutil.copytree(installation / name, installation / f"{name}.before")
        answers = [("PIN", pin_of(installation)), ("type the server id", server_id)] if server_id else []
        for nth in range(1, 100):
            for name in self.KEPT:
                shutil.rmtree(installation / name)
                shutil.copytree(installation / f"{name}.before", installation / name)
            strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,msync", "-e",
                      f"inject=fsync,fdatasync,msync:signal=KILL:when={nth}")
            ended = Terminal(installation, *arguments, answers=answers, before=strace).status == 0
            with self.subTest(nth=nth):
                check(answers)
            if ended:
                return nth - 1
        raise Failed("it never ended")

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


class Driver(unittest.TestCase):
    """Row J: from SoftHSM2's own module to the same token behind p11-kit, which is another module."""

    def serve_token(self, installation, token="test"):
        """The token behind `p11-kit server`. Its address is in the environment from then on."""
        socket_path = installation / "p11.sock"
        if os.path.exists(socket_path):
            os.unlink(socket_path)
        process = subprocess.Popen(["p11-kit", "server", "-f", "-n", socket_path, "--provider", MODULE,
                                    f"pkcs11:token={token}"], env=installation.environment, stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        wait_until(lambda: os.path.exists(socket_path), "p11-kit server does not start")
        installation.environment["P11_KIT_SERVER_ADDRESS"] = f"unix:path={socket_path}"
        return process

    def test_row_j_the_same_key_is_proven_through_another_driver(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            desktop = Desktop()
            (first,) = activate_all(Client(server), key, [desktop])
            witness = installation / "driver.txt"
            installation.actledger("hsm", "check", "--before", witness)  # beside the running server
            activate_all(Client(server), key, [Desktop()])
            self.assertEqual(server.stop(), 0)

            self.serve_token(installation)
            checked = installation.actledger("hsm", "check", "--after", witness, "--module", CLIENT_MODULE)
            self.assertIn("The same key signs through this driver", checked.stdout)
            (line,) = [line for line in checked.stdout.splitlines() if line.startswith("module = ")]
            with open(installation / "actledgerd.toml", encoding="utf-8") as file:
                text = file.read()
            installation.write("actledgerd.toml", text.replace(f'module = "{MODULE}"', line))
            server = installation.start()
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 200)
            self.assertEqual(desktop.activate(client, key).body, first.body)
            activate_all(client, key, [Desktop()])
            again = installation.actledger("hsm", "check", "--after", witness)
            self.assertIn("The configuration names this driver already", again.stdout)
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_a_file_of_another_kind_is_refused_before_the_card_is_asked(self):
        with Installation() as installation:
            installation.initialise()
            installation.write("notes.txt", "somebody's\n")
            refused_file = installation.actledger("hsm", "check", "--before", installation / "notes.txt", check=False)
            self.assertEqual((refused_file.returncode, "(file-of-other-kind)" in refused_file.stderr), (5, True))
            self.assertNotIn("signature", refused_file.stdout)
            witness = installation / "driver.txt"
            for _ in range(2):  # one of its own is written anew
                installation.actledger("hsm", "check", "--before", witness)

    def test_another_token_behind_the_new_driver_is_refused(self):
        with Installation() as installation:
            installation.initialise()
            witness = installation / "driver.txt"
            installation.actledger("hsm", "check", "--before", witness)
            shutil.copytree(installation / "tokens", installation / "old-tokens")
            server = installation.start()
            installation.actledger("setting", "set", "open_enrolment", "true")
            self.assertEqual(server.stop(), 0)
            newer = installation / "newer.txt"
            installation.actledger("hsm", "check", "--before", newer)

            def refused_after(file):
                done = installation.actledger("hsm", "check", "--after", file, check=False)
                self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
                return done.stderr

            shutil.move(installation / "tokens", installation / "new-tokens")
            shutil.move(installation / "old-tokens", installation / "tokens")
            self.assertIn("hsm-driver-anchor-differs", refused_after(newer))  # an older copy of the token
            installation.actledger("hsm", "check", "--after", witness)

            lose_the_card(installation)
            request(installation)  # another token of the same name
            self.assertIn("hsm-driver-key-differs", refused_after(witness))
            with open(witness, encoding="utf-8") as file:
                text = file.read()
            installation.write("altered.txt", text.replace("nonce A", "nonce B") if "nonce A" in text else text[:-1])
            bad = installation.actledger("hsm", "check", "--after", installation / "altered.txt", check=False)
            self.assertEqual((bad.returncode, "hsm-driver-witness-malformed" in bad.stderr), (3, True), bad.stderr)


if __name__ == "__main__":
    unittest.main()
