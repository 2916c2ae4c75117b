"""The folder that keeps a second copy of the anchor, and what another server has to do with it: nothing of a server that is
lost is removed by one that is made, and two that share a folder are told (docs/formats/anchor.md)."""

import json
import os
import shutil
import unittest

from api import Client, Desktop
from installation import Installation
from lost_card import lose_the_card
from lost_ledger import lose_all, recover, reendorse, request
from lost_log import licensed
from test_recover import activate_all, put_back
from test_survival import check_refused

QUANTITY = 10
FOLDER = 'anchor_folder = "anchor"'


def notes(folder):
    """What is in an anchor folder: server id to tree size."""
    found = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            lines = [line.split(" ") for line in file.read().split("\n")]
        origin, size = (next(line for line in lines if line[0] == word)[1] for word in ("origin", "head"))
        assert origin.split("/")[0] not in found, f"two notes of one server in {folder}"
        found[origin.split("/")[0]] = int(size)
    return found


def problems(server):
    client = Client(server)
    found = client.get("/v1/status").json["problems"]
    client.close()
    return found


class AnchorFolder(unittest.TestCase):
    def init(self, installation, check=True):
        return installation.actledger("hsm", "init", "--root", installation / "vendor/root.crt", "--so-pin-file",
                                      installation / "so-pin", check=check)

    def test_a_new_server_does_not_begin_beside_the_witness_of_one_that_is_lost(self):
        with Installation(hsm=FOLDER) as installation:
            server = licensed(installation, QUANTITY)
            key = installation.enrolment_key()
            client = Client(server)
            answers = activate_all(client, key, [Desktop() for _ in range(4)])
            server_id = client.get("/v1/status").json["server_id"]
            client.close()
            server.stop()
            installation.write("desktop.proof", answers[0].json["file"])
            size = installation.verify()["ledger"]["size"]
            lose_all(installation)

            refused = self.init(installation, check=False)
            self.assertEqual((refused.returncode, "(anchor-folder-in-use)" in refused.stderr), (5, True), refused.stderr)
            for part in (server_id, f"{size} events", "actledger recover"):
                self.assertIn(part, refused.stderr)
            self.assertIn("anchor-folder-in-use", self.init(installation, check=False).stderr)
            self.assertEqual(os.listdir(installation / "tokens"), [])  # no token and no key was made
            self.assertFalse(os.path.exists(installation / "ledger/log"))
            self.assertEqual(notes(installation / "anchor"), {server_id: size})

            # What it kept is what row F knows: how many events there were.
            made = json.loads(request(installation, "desktop.proof").stdout)
            self.assertEqual(made["server_id"], server_id)
            ree = reendorse(installation, server_id)
            done = recover(installation, ree, "desktop.proof", typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            self.assertIn(f"events: {size}", done.text)
            server = installation.start()
            self.assertEqual(problems(server), [])
            server.stop()
            self.assertEqual(list(notes(installation / "anchor")), [server_id])

    def test_two_servers_with_one_folder_are_told_and_each_keeps_its_witness(self):
        with Installation(hsm=FOLDER) as first, Installation() as second:
            server = licensed(first, QUANTITY)
            key = first.enrolment_key()
            activate_all(Client(server), key, [Desktop()])
            server.stop()
            for name in ("ledger", "tokens"):
                shutil.copytree(first / name, first / f"{name}.before")
            server = first.start()
            activate_all(Client(server), key, [Desktop(), Desktop()])
            server.stop()
            (server_id, size), = notes(first / "anchor").items()

            # A server that is made is refused; one that is there is told to serve with the folder of another.
            with open(second / "actledgerd.toml", encoding="utf-8") as file:
                settings = file.read()
            shared = settings.replace("[hsm]\n", f'[hsm]\nanchor_folder = "{first / "anchor"}"\n')
            second.write("actledgerd.toml", shared)
            second.issuer("root", "--name", "Test Vendor")
            second.issuer("certificate", "--purpose", "license-issuer")
            self.assertIn("(anchor-folder-in-use)", self.init(second, check=False).stderr)
            second.write("actledgerd.toml", settings)
            self.init(second)
            second.write("actledgerd.toml", shared)
            lic = second.issue(QUANTITY)
            second.actledger("license", "import", lic)
            server = second.start()
            told, = problems(server)
            self.assertEqual(told["code"], "hsm-anchor-folder-shared")
            self.assertIn(server_id, told["detail"])
            self.assertIn("hsm.anchor_folder", told["remedy"])
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 200)
            activate_all(client, second.enrolment_key(), [Desktop()])
            client.close()
            server.stop()
            both = notes(first / "anchor")
            self.assertEqual((len(both), both[server_id]), (2, size))

            # The first is told as well, once it looks; and what the folder is for holds.
            server = first.start()
            self.assertEqual([problem["code"] for problem in problems(server)], ["hsm-anchor-folder-shared"])
            server.stop()
            put_back(first, "ledger.before")
            put_back(first, "tokens.before", "tokens")
            check_refused(self, first, "log-behind-anchor")

            # A folder of its own ends it.
            second.write("actledgerd.toml", settings.replace("[hsm]\n", '[hsm]\nanchor_folder = "own"\n'))
            server = second.start()
            self.assertEqual(problems(server), [])
            server.stop()

    def test_a_card_is_replaced_and_the_folder_has_the_notes_of_one_server_alone(self):
        with Installation(hsm=FOLDER) as installation:
            licensed(installation, QUANTITY).stop()
            before = notes(installation / "anchor")
            lose_the_card(installation)
            self.assertIn("(key-of-other-ledger)", self.init(installation, check=False).stderr)  # the ledger is there
            self.assertEqual(notes(installation / "anchor"), before)
            self.assertEqual(os.listdir(installation / "tokens"), [])


if __name__ == "__main__":
    unittest.main()
