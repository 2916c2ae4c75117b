"""Row I across a hand-over: disk and token are set back together to before the key was replaced, and a client shows what
the next key signed. With the real server, clients, issuer and SoftHSM2 tokens."""

import json
import shutil
import unittest

from api import Client, Desktop
from client_machine import Machine, https
from installation import Installation
from lost_card import lose_the_card, reendorse, replace
from lost_card import request as request_another_card
from lost_log import by_people, licensed, lose_log, present, recover_lost
from rotation import certify, request, rotated, server_id_of
from test_operators import Terminal
from stolen_card import StolenKey, show
from test_recover import activate_all, pin_of, put_back

QUANTITY = 20
CONTRADICTED = 4  # the client's exit status


def replace_the_card(test, installation, server_id):
    lose_the_card(installation)
    request_another_card(installation)
    done, _ = replace(installation, reendorse(installation, server_id), server_id)
    test.assertEqual(done.status, 0, done.text)


class SetBack(unittest.TestCase):
    def test_an_old_disk_that_is_longer_than_what_went_on_without_it_is_told_what_it_lacks(self):
        with Installation() as installation:
            server = licensed(installation, QUANTITY)
            server_id = server_id_of(server)
            activate_all(Client(server), installation.enrolment_key(), [Desktop() for _ in range(5)])
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "old-disk")
            lose_log(installation)
            done, _ = recover_lost(installation)  # row C
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            activate_all(Client(server), installation.enrolment_key(), [Desktop()])
            self.assertEqual(server.stop(), 0)
            size = installation.verify()["ledger"]["size"]
            put_back(installation, "old-disk")
            self.assertGreater(installation.verify()["ledger"]["size"], size)
            dry = json.loads(installation.actledger("--json", "recover", "--dry-run").stdout)
            self.assertEqual((dry["missing"], dry["missing_history"]), (None, {"origin": f"{server_id}/2", "size": size}))
            for language, word in (("en", "Missing"), ("zh", "缺失")):
                told = installation.actledger("--lang", language, "recover", "--dry-run").stdout
                lines = [line for line in told.splitlines() if line.startswith(word)]
                self.assertEqual(len(lines), 1, told)
                self.assertIn(f"{server_id}/2", lines[0])
                self.assertIn(str(size), lines[0])
            self.assertEqual(dry["opens"], f"{server_id}/3")

    def set_back(self, installation, hand_over):
        """One machine has a file of the first key and has seen a head of the next one, the other has a file of that."""
        server = installation.licensed(QUANTITY)
        self.server_id = server_id_of(server)
        self.key = installation.enrolment_key()
        self.desktop = Desktop()
        self.first = self.desktop.activate(Client(server), self.key)
        early = Machine(installation, [https(server)], key=self.key)
        early.activate()
        before = Client(server).get("/v1/checkpoint").body.decode()
        self.assertEqual(server.stop(), 0)
        for name in ("ledger", "tokens"):
            shutil.copytree(installation / name, installation / f"old-{name}")
        hand_over(self, installation, self.server_id)
        server = installation.start()
        late = Machine(installation, [https(server)], key=self.key)
        late.activate()
        self.later = Desktop()
        self.later_file = self.later.activate(Client(server), self.key).json["file"]
        early.servers = [https(server)]
        early.activate()
        shown = Client(server).send("POST", "/v1/checkpoints/consistency", {"checkpoint": before}).json["consistency"]
        self.head, self.certificates = shown["checkpoint"], shown["certificates"]
        self.assertEqual(self.head.split("\n")[0], f"{self.server_id}/2")
        self.assertEqual(server.stop(), 0)
        for name in ("ledger", "tokens"):
            put_back(installation, f"old-{name}", name)
        return early, late

    def show(self, client, **more):
        return client.send("POST", "/v1/checkpoints/consistency", {"checkpoint": self.head, **more})

    def check_alarmed(self, client, machines):
        for machine in machines:
            refused = machine.activate(check=False)
            self.assertEqual(refused.returncode, CONTRADICTED, refused.stderr)
            self.assertIn("client-history-contradiction", refused.stderr)
        self.assertEqual(client.get("/readyz").status, 503)
        self.assertIn("checkpoint-unknown", [one["code"] for one in client.get("/v1/status").json["problems"]])
        self.assertEqual(Desktop().activate(client, self.key).status, 503)
        self.assertEqual(self.desktop.activate(client, self.key).body, self.first.body)

    def raise_the_alarm(self, installation, machines):
        """The first client that calls raises it, and a restart does not end it."""
        server = installation.start()
        client = Client(server)
        told = self.show(client)  # a client that knows no certificates
        self.assertEqual((told.status, told.code), (422, "key-unknown"))
        self.assertEqual(client.get("/readyz").status, 200)
        (line,) = [line for line in server.log() if line.get("event") == "head-of-unknown-key"]
        self.assertEqual((line["level"], line["origin"]), ("warning", f"{self.server_id}/2"))
        for start in range(2):
            for machine in machines:
                machine.servers = [https(server)]
            self.assertEqual(Client(server).get("/readyz").status, 503 if start else 200)
            self.check_alarmed(Client(server), machines)
            self.assertEqual(server.stop(), 0)
            if not start:
                server = installation.start()

    def check_nothing_goes_on(self, installation):
        size = installation.verify()["ledger"]["size"]
        self.assertIn("hand-over-missing", installation.actledger("recover", "--dry-run", check=False).stderr)
        self.assertIn("hand-over-missing", request(installation, "later", check=False).stderr)
        installation.actledger("export", installation / "export")
        self.assertIn("hand-over-missing", Terminal(installation, "hsm", "clear", "--export", installation / "export",
                                                    answers=[("PIN", pin_of(installation))]).text)
        self.assertEqual(installation.verify()["ledger"]["size"], size)

    def test_row_i_a_client_shows_what_the_next_key_signed_and_only_another_key_goes_on(self):
        with Installation() as installation:
            early, late = self.set_back(installation, rotated)
            self.raise_the_alarm(installation, (early, late))
            self.check_nothing_goes_on(installation)

            # There is no newer copy: another key, and nobody says that the ledger is whole.
            with open(installation / "actledgerd.toml", encoding="utf-8") as file:
                named = file.read().replace("pkcs11:token=test", "pkcs11:token=test;object=another")
            installation.write("actledgerd.toml", named)
            request_another_card(installation)
            file = reendorse(installation, self.server_id, "lost", "--again")
            whole = installation.actledger("hsm", "replace", "--reendorsement", file, "--dry-run", check=False)
            self.assertIn("hand-over-missing", whole.stderr)
            done, dry = replace(installation, file, self.server_id, "--restored")
            self.assertEqual(done.status, 0, done.text)
            self.assertEqual(dry["missing"]["origin"], f"{self.server_id}/2")
            self.assertGreater(int(dry["opens"].split("/")[1]), 1000)
            self.assertEqual(dry["licenses"][0]["unclaimed"], QUANTITY - dry["licenses"][0]["held"])

            server = installation.start()
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 200)
            self.assertEqual(client.get("/v1/status").json["problems"], [])
            self.assertEqual(self.show(client, certificates=self.certificates).json["consistency"]["closed"]["opened"],
                             int(dry["opens"].split("/")[1]))
            for machine in (early, late):
                machine.servers = [https(server)]
                told = machine.activate()
                self.assertIn("incarnation-closed", told.stderr)
                self.assertEqual(machine.activate().stderr, "")
                self.assertEqual(machine.read("checkpoint").split("\n")[0], dry["opens"])
                installation.verify_files([machine.read("activation.proof")])
            self.assertEqual(self.desktop.activate(client, self.key).json["file"], self.first.json["file"])
            self.assertEqual(Desktop().activate(client, self.key).json["activation"]["standing"], "provisional")
            self.check_file_of_the_missing_key(client)
            self.assertEqual(client.get("/readyz").status, 200)
            self.assertEqual(server.stop(), 0)
            (opened,) = installation.verify()["ledger"]["incarnations"]
            self.assertEqual(opened["reason"], "reendorsed")

    def check_file_of_the_missing_key(self, client):
        """It is refused by its own code and changes nothing, and its desktop is lent a seat."""
        size = client.get("/v1/status").json["size"]
        refused = present(self.later, client, self.later_file)
        self.assertEqual((refused.status, refused.code), (409, "adoption-key-missing"))
        self.assertEqual(client.get("/v1/status").json["size"], size)
        lent = self.later.activate(client, self.key)
        self.assertEqual(lent.json["activation"]["standing"], "provisional")

    def test_row_i_after_another_card_took_over_is_noticed_as_well(self):
        with Installation() as installation:
            machines = self.set_back(installation, replace_the_card)
            self.raise_the_alarm(installation, machines)
            self.check_nothing_goes_on(installation)

    def test_row_i_a_file_that_a_desktop_shows_or_people_collected_is_a_witness_as_well(self):
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            key = installation.enrolment_key()
            self.assertEqual(server.stop(), 0)
            for name in ("ledger", "tokens"):
                shutil.copytree(installation / name, installation / f"old-{name}")
            server = installation.start()
            desktop = Desktop()
            file = desktop.activate(Client(server), key).json["file"]
            self.assertEqual(server.stop(), 0)
            installation.write("collected.proof", file)

            def collected(_):
                told = by_people(installation, "recover", "import", installation / "collected.proof",
                                 sentence="adopt 1 files")
                self.assertIn("collected.proof\tcheckpoint-unknown", told.text)

            def shown(client):
                told = present(desktop, client, file)
                self.assertEqual((told.status, told.code), (409, "checkpoint-unknown"), told.body)

            for show in (collected, shown):
                shutil.rmtree(installation / "ledger")
                shutil.rmtree(installation / "tokens")
                for name in ("ledger", "tokens"):
                    shutil.copytree(installation / f"old-{name}", installation / name)
                server = installation.start()
                client = Client(server)
                self.assertEqual(client.get("/readyz").status, 200)
                show(client)
                self.assertEqual(client.get("/readyz").json["facts"], {"reason": "checkpoint-unknown"})
                self.assertEqual(Desktop().activate(client, key).status, 503)
                client.close()
                self.assertEqual(server.stop(), 0)

    def test_a_certified_key_that_never_served_is_put_out_of_use_by_revoking_its_certificate(self):
        """A rotation that was asked for and given up, a rehearsal: who has that key raises the alarm, until the vendor revokes it."""
        with Installation() as installation:
            server = installation.licensed(QUANTITY)
            server_id, key = server_id_of(server), installation.enrolment_key()
            self.assertEqual(server.stop(), 0)
            request(installation, "rehearsal")
            certificate = certify(installation, server_id, "rehearsal")
            shutil.copytree(installation / "tokens", installation / "theirs")
            thief = StolenKey(installation, "theirs", certificate, "actledger-1.epoch-2")
            server = installation.start()
            alarm = show(Client(server), thief.head(f"{server_id}/2", 5000))
            self.assertEqual((alarm.status, alarm.code), (409, "checkpoint-unknown"))
            self.assertEqual(Desktop().activate(Client(server), key).status, 503)
            self.assertEqual(server.stop(), 0)
            refused = installation.actledger("recover", "--dry-run", check=False).stderr
            self.assertIn("hand-over-missing", refused)
            self.assertIn("revoke", refused)

            server = installation.start()
            self.assertEqual(Client(server).get("/readyz").status, 503)
            installation.issuer("revoke", "--certificate", certificate, "--server", server_id, "--reason", "a rehearsal's",
                                "--out", installation / "rehearsal.rev")
            installation.actledger("license", "import-revocation", installation / "rehearsal.rev")
            self.assertEqual(server.stop(), 0)
            self.assertIn("nothing-to-recover", installation.actledger("recover", "--dry-run", check=False).stderr)
            server = installation.start()
            client = Client(server)
            self.assertEqual((client.get("/readyz").status, client.get("/v1/status").json["problems"]), (200, []))
            for origin, size in ((f"{server_id}/2", 6000), (f"{server_id}/9", 60000)):
                told = show(client, thief.head(origin, size))
                self.assertEqual((told.status, told.code), (422, "key-unknown"))
            self.assertEqual(Desktop().activate(client, key).status, 201)
            self.assertEqual(client.get("/readyz").status, 200)
            self.assertEqual(server.stop(), 0)
            # The key itself cannot take over any more.
            self.assertIn("rotation-certificate-revoked",
                          installation.actledger("hsm", "rotate", "--certificate", certificate, "--dry-run", check=False).stderr)
            installation.verify()

    def test_certificates_that_are_not_this_servers_raise_no_alarm(self):
        with Installation() as installation, Installation() as stranger:
            self.set_back(installation, rotated)
            stranger.initialise()
            server = installation.start()
            client = Client(server)
            with open(stranger / "vendor/root.crt", encoding="ascii") as file:
                theirs = "".join(file.read().split("-----")[2].split())
            for wrong, status, code in (([], 422, "value-invalid"), (["AA"], 422, "value-invalid"),
                                        ([1], 400, "member-type-wrong"), (["MAA="], 422, "certificate-malformed"),
                                        ([theirs], 422, "certificate-untrusted")):
                told = self.show(client, certificates=wrong)
                self.assertEqual((told.status, told.code), (status, code), told.body)
                told = Desktop().activate(client, self.key, checkpoint=self.head, certificates=wrong)
                self.assertEqual((told.status, told.code), (status, code), told.body)
            alone = Desktop().activate(client, self.key, certificates=self.certificates)
            self.assertEqual((alone.status, alone.code), (400, "member-missing"))
            self.assertEqual(client.get("/readyz").status, 200)
            caught = Desktop().activate(client, self.key, checkpoint=self.head, certificates=self.certificates)
            self.assertEqual((caught.status, caught.code), (409, "checkpoint-unknown"))
            self.assertEqual(client.get("/readyz").status, 503)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
