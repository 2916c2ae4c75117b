"""A key is given up for one of another name on the same token (`object=` in hsm.uri), and then disk or configuration is set back:
whatever names the old key again is stopped by what stands under the new one. With the real programs and SoftHSM2 tokens."""

import glob
import json
import os
import shutil
import subprocess
import unittest

import lost_ledger
import test_lost_log
from api import Client, Desktop
from installation import MODULE, Installation
from lost_card import KilledAtEachSync, reendorse, replace, request
from lost_log import licensed, lose_log, present
from test_operators import Terminal
from test_recover import activate_all, pin_of, put_back
from rotation import request as request_rotation
from rotation import server_id_of
from test_survival import check_refused

QUANTITY = 6
FIRST = "actledger-1"
ANOTHER = "another"


def name_key(installation, name=None):
    """What the configuration calls the key; nothing: what it is called without a word."""
    uri = "pkcs11:token=test" + (f";object={name}" if name else "")
    with open(installation / "actledgerd.toml", encoding="utf-8") as file:
        lines = [f'uri = "{uri}"\n' if line.startswith("uri = ") else line for line in file]
    installation.write("actledgerd.toml", "".join(lines))


def tool(installation, *arguments):
    return subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin",
                           pin_of(installation), *arguments], env=installation.environment, capture_output=True,
                          text=True, check=True).stdout


def labels(installation, kind):
    lines = tool(installation, "--list-objects", "--type", kind).splitlines()
    return sorted(line.split()[1].strip("'") for line in lines if line.strip().startswith("label:"))


def token_files(installation):
    return set(glob.glob(installation / "tokens/*/*.object"))


def lose_anchor(installation, label=FIRST):
    """@return the file that it was in the token"""
    kept = {}
    for name in token_files(installation):
        with open(name, "rb") as file:
            kept[name] = file.read()
    tool(installation, "--delete-object", "--type", "data", "--label", label)
    (gone,) = set(kept) - token_files(installation)
    return gone, kept[gone]


def bring_back(anchor):
    """As a program left it there that did not take anchors of given-up keys away, or a token's files that were restored."""
    path, content = anchor
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


class OtherLabel(unittest.TestCase):
    def grown(self, installation):
        """@return the enrolment key, a desktop, its file, the server id"""
        server = licensed(installation, QUANTITY)
        key = installation.enrolment_key()
        desktop = Desktop()
        (first,) = activate_all(Client(server), key, [desktop])
        server_id = server_id_of(server)
        self.assertEqual(server.stop(), 0)
        installation.write("desktop.act", first.json["file"])
        return key, desktop, first.json["file"], server_id

    def check_well(self, installation, done):
        """The key that would be given up is here, and nothing is made beside it."""
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("key-well-on-token", done.stderr)
        self.assertIn(f"`object={FIRST}`", done.stderr)
        self.assertEqual((labels(installation, "privkey"), labels(installation, "data")), ([FIRST], [FIRST]))
        self.assertFalse(os.path.exists(installation / "lost.req"))

    def handed_over(self, installation, server_id):
        """Its anchor was lost, so another key of the same card took over. @return that anchor"""
        anchor = lose_anchor(installation)
        name_key(installation, ANOTHER)
        request(installation)
        done, dry = replace(installation, reendorse(installation, server_id), server_id)
        self.assertEqual((done.status, dry["opens"]), (0, f"{server_id}/2"), done.text)
        return anchor

    def refused(self, code, done):
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(code, done.stderr)
        return done.stderr

    def test_a_key_that_is_well_is_not_replaced_by_another_one_of_its_token(self):
        with Installation() as installation:
            _, _, file, server_id = self.grown(installation)
            name_key(installation, ANOTHER)
            self.check_well(installation, request(installation, check=False))
            shutil.move(installation / "ledger", installation / "kept-ledger")
            self.check_well(installation, lost_ledger.request(installation, "desktop.act", check=False))
            self.assertFalse(os.path.exists(installation / "ledger/log"))
            # What the refusal says: without the vendor, under the name that it names.
            name_key(installation, FIRST)
            dry = test_lost_log.recover(self, installation, server_id)
            self.assertEqual(dry["opens"], f"{server_id}/2")
            name_key(installation, ANOTHER)
            self.assertIn("key-of-other-object", self.refused("key-of-other-object",
                                                              installation.actledger("recover", "--dry-run", check=False)))
            name_key(installation)
            self.assertEqual(installation.start().stop(), 0)
            self.assertNotEqual(file, "")

    def test_disk_and_configuration_are_set_back_to_before_another_key_of_the_token_took_over(self):
        for put_anchor_back in (False, True):
            with self.subTest(put_anchor_back=put_anchor_back), Installation() as installation:
                key, desktop, file, server_id = self.grown(installation)
                shutil.copytree(installation / "ledger", installation / "old-ledger")
                anchor = self.handed_over(installation, server_id)
                self.assertEqual(labels(installation, "data"), [ANOTHER])
                server = installation.start()
                activate_all(Client(server), key, [Desktop() for _ in range(QUANTITY - 1)])
                self.assertEqual(server.stop(), 0)
                if put_anchor_back:
                    bring_back(anchor)

                shutil.copytree(installation / "ledger", installation / "new-ledger")
                put_back(installation, "old-ledger")
                name_key(installation)
                before = token_files(installation)
                check_refused(self, installation, "hand-over-missing")
                self.refused("hand-over-missing", installation.actledger("recover", "--dry-run", check=False))
                self.refused("hand-over-missing", request_rotation(installation, check=False))
                self.assertEqual(token_files(installation), before)

                # The newer ledger with the configuration of before says which name is missing.
                put_back(installation, "new-ledger")
                told = self.refused("key-of-other-object", installation.actledger("recover", "--dry-run", check=False))
                self.assertIn(f"`object={ANOTHER}`", told)
                name_key(installation, ANOTHER)
                server = installation.start()
                client = Client(server)
                self.assertEqual(client.get("/readyz").status, 200)
                self.assertEqual(client.get("/v1/status").json["problems"], [])
                self.assertEqual(desktop.activate(client, key).json["file"], file)
                self.assertEqual(server.stop(), 0)
                self.assertEqual(labels(installation, "data"), [ANOTHER])  # the server took the other one away
                self.assertEqual(labels(installation, "privkey"), [FIRST, ANOTHER])

    def test_the_log_is_lost_and_the_configuration_names_the_key_that_was_given_up(self):
        with Installation() as installation:
            _, desktop, file, server_id = self.grown(installation)
            anchor = lose_anchor(installation)
            lose_log(installation)
            name_key(installation, ANOTHER)
            lost_ledger.request(installation, "desktop.act")
            ree = lost_ledger.reendorse(installation, server_id)
            done = lost_ledger.recover(installation, ree, "desktop.act", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            newest = present(desktop, Client(server), file).json["file"]
            number = int(Client(server).get("/v1/status").json["origin"].split("/")[1])
            self.assertGreater(number, 1000)
            self.assertEqual(server.stop(), 0)

            lose_log(installation)
            name_key(installation)
            before = token_files(installation)
            told = test_lost_log.refusal(self, installation)
            self.assertIn("key-of-other-object", told)
            self.assertIn(f"`object={ANOTHER}`", told)
            bring_back(anchor)
            self.assertIn("key-of-other-object", test_lost_log.refusal(self, installation, ree))
            self.assertEqual(token_files(installation), before | {anchor[0]})
            for kind in ("privkey", "pubkey"):
                tool(installation, "--delete-object", "--type", kind, "--label", FIRST)
            self.assertIn("key-of-other-object", test_lost_log.refusal(self, installation, ree))

            # A third name, by files of the first key alone: no number that the second one used is used again.
            name_key(installation, "third")
            lost_ledger.request(installation, "desktop.act", name="third.req")
            third = lost_ledger.reendorse(installation, server_id, "--again", name="third")
            dry = json.loads(lost_ledger.dry_run(installation, third, "desktop.act").stdout)
            self.assertGreater(int(dry["opens"].split("/")[1]), number)

            name_key(installation, ANOTHER)
            dry = test_lost_log.recover(self, installation, server_id, ree)
            self.assertEqual(dry["opens"], f"{server_id}/{number + 1}")
            server = installation.start()
            self.assertEqual(present(desktop, Client(server), newest).status, 201)
            self.assertEqual(server.stop(), 0)
            self.assertNotIn(FIRST, labels(installation, "data"))
            installation.verify()

    def stopped_half_way(self, installation):
        """Another key's anchor stands beside that of the first one, and the log knows nothing of it."""
        key, desktop, file, server_id = self.grown(installation)
        anchor = lose_anchor(installation)
        name_key(installation, ANOTHER)
        request(installation)
        command = ("hsm", "replace", "--reendorsement", reendorse(installation, server_id))
        bring_back(anchor)
        strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-P", installation / "ledger/log/data.mdb", "-e",
                  "trace=fsync,fdatasync,msync", "-e", "inject=fsync,fdatasync,msync:signal=KILL:when=1")
        answers = [("PIN", pin_of(installation)), ("type the server id", server_id)]
        self.assertNotEqual(Terminal(installation, *command, answers=answers, before=strace).status, 0)
        self.assertEqual(labels(installation, "data"), [FIRST, ANOTHER])
        return key, desktop, file, server_id, command, answers

    def go_on_under_the_first_key(self, installation, key, desktop, file):
        name_key(installation)
        server = installation.start()
        client = Client(server)
        self.assertEqual(client.get("/readyz").status, 200)
        self.assertEqual(desktop.activate(client, key).json["file"], file)
        (answer,) = activate_all(client, key, [Desktop()])
        self.assertEqual(server.stop(), 0)
        self.assertEqual(labels(installation, "data"), [FIRST, ANOTHER])
        return answer.json["file"]

    def test_a_hand_over_that_was_stopped_before_the_log_had_it_says_nothing_against_the_key_of_before(self):
        with Installation() as installation:
            key, desktop, file, server_id, command, answers = self.stopped_half_way(installation)
            self.go_on_under_the_first_key(installation, key, desktop, file)
            request_rotation(installation)

            name_key(installation, ANOTHER)
            done = Terminal(installation, *command, answers=answers)
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(labels(installation, "data"), [ANOTHER])
            server = installation.start()
            self.assertEqual(Client(server).get("/v1/status").json["origin"], f"{server_id}/3")  # 2 was used up
            self.assertEqual(server.stop(), 0)
            installation.verify()

    def test_a_log_that_is_lost_after_a_hand_over_was_stopped_goes_on_from_neither_key(self):
        """The attempt has the higher number, and the first key signed after it: only the vendor's word counts all as given."""
        with Installation() as installation:
            key, desktop, file, server_id, _, _ = self.stopped_half_way(installation)
            installation.write("newest.act", self.go_on_under_the_first_key(installation, key, desktop, file))
            lose_log(installation)
            self.assertIn("key-of-other-object", test_lost_log.refusal(self, installation))
            name_key(installation, ANOTHER)
            told = test_lost_log.refusal(self, installation, installation / "lost.ree")
            self.assertIn("recover-two-keys", told)
            name_key(installation, "third")
            lost_ledger.request(installation, "newest.act", name="third.req")
            third = lost_ledger.reendorse(installation, server_id, "--again", name="third")
            done = lost_ledger.recover(installation, third, "newest.act", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            self.assertEqual(present(desktop, Client(server), file).status, 201)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(installation.verify()["ledger"]["seats_unclaimed"], QUANTITY - 1)


class KilledOtherLabel(KilledAtEachSync):
    """Killed at any sync: the key that is given up has its anchor as long as the log does not have the hand-over."""

    def test_replacing_by_another_key_of_the_token_is_done_again_after_a_kill_at_any_sync(self):
        with Installation(hsm='anchor_folder = "anchor"') as installation:
            server = licensed(installation, QUANTITY)
            server_id = server_id_of(server)
            self.assertEqual(server.stop(), 0)
            anchor = lose_anchor(installation)
            name_key(installation, ANOTHER)
            request(installation)
            command = ("hsm", "replace", "--reendorsement", reendorse(installation, server_id))
            bring_back(anchor)
            left = set()

            def check(answers):
                log_has_it = bool(installation.verify()["ledger"]["incarnations"])
                if not log_has_it:
                    self.assertIn(FIRST, labels(installation, "data"))
                left.add((log_has_it, FIRST in labels(installation, "data")))
                found = json.loads(installation.actledger("--json", *command, "--dry-run").stdout)["found"]
                again = Terminal(installation, *command, answers=answers[:1] if found == "done" else answers)
                self.assertEqual(again.status, 0, again.text)
                server = installation.start()
                self.assertEqual(Client(server).get("/readyz").status, 200)
                self.assertEqual(server.stop(), 0)
                self.assertEqual(labels(installation, "data"), [ANOTHER])
                self.assertEqual(labels(installation, "privkey"), [FIRST, ANOTHER])

            self.assertGreater(self.at_each_sync(installation, command, server_id, check), 3)
            self.assertEqual(left, {(False, True), (True, True), (True, False)})


if __name__ == "__main__":
    unittest.main()
