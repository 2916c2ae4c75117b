"""Secrets outside the ledger are backed up under a passphrase, and put back on a machine that lost them."""

import json
import os
import pwd
import shutil
import stat
import subprocess
import unittest

from api import Client, Desktop
from installation import Installation
from lost_log import licensed, lose_log, recover_lost
from test_operators import Terminal

PASSPHRASE = "correct horse battery"


class SecretsBackup(unittest.TestCase):
    def setUp(self):
        self.installation = Installation()
        self.addCleanup(self.installation.close)
        self.installation.write("pass", PASSPHRASE + "\n")
        self.file = self.installation / "secrets.cms"

    def secrets(self, what, *more, file=None, check=True, passphrase="pass"):
        return self.installation.actledger("--json", "secrets", what, file or self.file, "--passphrase-file",
                                           self.installation / passphrase, *more, check=check)

    def read(self, name):
        with open(self.installation / name, "rb") as file:
            return file.read()

    def test_a_lost_key_and_pin_come_back_and_stock_openssl_reads_the_backup(self):
        server = self.installation.licensed(5)
        server.stop()
        names = ("actledgerd.toml", "pin", "ledger/tls/tls.crt", "ledger/tls/tls.key")
        before = {name: self.read(name) for name in names}
        made = json.loads(self.secrets("backup").stdout)
        self.assertEqual([file["role"] for file in made["files"]],
                         ["configuration", "hsm_pin", "tls_certificate", "tls_key"])
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        for content in before.values():
            self.assertNotIn(content[:40], self.read("secrets.cms"))
        opened = subprocess.run(["openssl", "cms", "-decrypt", "-inform", "DER", "-in", self.file, "-pwri_password",
                                 PASSPHRASE], capture_output=True, check=True).stdout
        self.assertTrue(opened.startswith(b"actledger-secrets/1\nserver " + made["server_id"].encode()))
        self.assertEqual(json.loads(self.secrets("show").stdout), made)

        # All is there: nothing to do. One is another: refused, and nothing is touched.
        self.secrets("restore")
        os.unlink(self.installation / "pin")
        self.installation.write("ledger/tls/tls.key", "another")
        refused = self.secrets("restore", check=False)
        self.assertEqual((refused.returncode, "secrets-place-taken" in refused.stderr), (5, True), refused.stderr)
        self.assertFalse(os.path.exists(self.installation / "pin"))
        self.secrets("restore", "--only", "hsm_pin")
        self.assertEqual(self.read("pin"), before["pin"])
        self.assertEqual(self.read("ledger/tls/tls.key"), b"another")
        self.secrets("restore", "--replace")
        for name in names[1:]:
            os.unlink(self.installation / name)
        os.unlink(self.installation / "actledgerd.toml")
        self.secrets("restore")
        self.assertEqual({name: self.read(name) for name in names}, before)
        self.assertEqual(stat.S_IMODE(os.stat(self.installation / "pin").st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(self.installation / "ledger/tls/tls.key").st_mode), 0o600)
        server = self.installation.start()
        self.assertEqual(Client(server, "tls").get("/readyz").status, 200)

    @unittest.skipIf(os.geteuid() != 0, "needs root: what root puts back, another account reads")
    def test_folders_that_root_makes_belong_to_the_service(self):
        self.installation.licensed(5).stop()
        self.secrets("backup")
        shutil.rmtree(self.installation / "ledger")
        nobody = pwd.getpwnam("nobody").pw_uid
        os.makedirs(self.installation / "var")
        os.chown(self.installation / "var", nobody, -1)
        with open(self.installation / "actledgerd.toml", encoding="utf-8") as file:
            settings = file.read()
        self.installation.write("actledgerd.toml", settings.replace('folder = "ledger"', 'folder = "var/ledger"'))
        self.secrets("restore", "--only", "tls_certificate", "--only", "tls_key")
        for name in ("var/ledger", "var/ledger/tls", "var/ledger/tls/tls.crt", "var/ledger/tls/tls.key"):
            self.assertEqual(os.stat(self.installation / name).st_uid, nobody, name)

    def test_what_does_not_hold_is_refused_with_a_code(self):
        self.installation.initialise()
        self.secrets("backup")
        whole = self.read("secrets.cms")

        def refused(what, status, code, **how):
            done = self.secrets(what, check=False, **how)
            self.assertEqual((done.returncode, f"({code})" in done.stderr), (status, True), done.stderr)

        refused("backup", 5, "secrets-backup-there")  # never over another file
        self.assertEqual(self.read("secrets.cms"), whole)
        self.installation.write("wrong", "another passphrase\n")
        refused("restore", 4, "secrets-passphrase-wrong", passphrase="wrong")
        self.installation.write("short", "short\n")
        refused("backup", 3, "secrets-passphrase-short", passphrase="short", file=self.installation / "new.cms")
        self.installation.write("lines", "two\nlines\n")
        refused("restore", 3, "secrets-passphrase-file", passphrase="lines")
        with open(self.installation / "altered.cms", "wb") as file:
            file.write(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])
        refused("restore", 4, "secrets-altered", file=self.installation / "altered.cms")
        refused("restore", 3, "secrets-foreign", file=self.installation / "vendor/root.crt")
        refused("restore", 6, "file-unreadable", file=self.installation / "none.cms")
        missing = self.installation.actledger("secrets", "restore", self.file, "--only", "tls_key", "--passphrase-file",
                                              self.installation / "pass", check=False)
        self.assertIn("secrets-nothing", missing.stderr)  # the server never started, so it made none

        with Installation() as other:
            other.initialise()
            shutil.copy(self.file, other / "secrets.cms")
            done = other.actledger("secrets", "restore", other / "secrets.cms", "--passphrase-file",
                                   self.installation / "pass", check=False)
            self.assertEqual((done.returncode, "secrets-other-server" in done.stderr), (5, True), done.stderr)

    def test_row_c_desktops_activate_with_the_keys_of_before(self):
        server = licensed(self.installation, 4)
        local = Client(server, "local")

        def make(kind, **body):
            return local.send("POST", f"/v1/admin/{kind}", body).json

        pool = make("enrolment-keys", pool="第三层", expires_at="2099-01-01T00:00:00Z")
        second = make("enrolment-keys", pool="floor 4")
        reader = make("log-keys", reader="auditor")
        revoked = make("enrolment-keys", pool="an old one")
        later = make("enrolment-keys", pool="revoked afterwards")
        local.send("DELETE", f"/v1/admin/enrolment-keys/{revoked['id']}")
        made = json.loads(self.secrets("backup").stdout)
        self.assertEqual({(key["id"], key["pool"], key["expires_at"]) for key in made["enrolment_keys"]},
                         {(pool["id"], "第三层", "2099-01-01T00:00:00.000000Z"), (second["id"], "floor 4", None),
                          (later["id"], "revoked afterwards", None)})
        self.assertEqual(made["log_keys"], [{"id": reader["id"], "reader": "auditor", "expires_at": None}])
        opened = subprocess.run(["openssl", "cms", "-decrypt", "-inform", "DER", "-in", self.file, "-pwri_password",
                                 PASSPHRASE], capture_output=True, check=True).stdout
        self.assertNotIn(pool["key"].encode(), opened)  # nobody has it but the pool

        def restore(*more, file=None):
            done = self.secrets("restore-keys", *more, file=file)
            return {key["id"]: key["outcome"] for key in json.loads(done.stdout)["keys"]}

        # All are there: nothing is written. One was revoked meanwhile: it stays so.
        size = Client(server).get("/v1/status").json["size"]
        there = {key["id"]: "there" for key in (pool, second, reader, later)}
        self.assertEqual(restore(), there)
        self.assertEqual(Client(server).get("/v1/status").json["size"], size)
        local.send("DELETE", f"/v1/admin/enrolment-keys/{later['id']}")
        self.assertEqual(restore(), {**there, later["id"]: "revoked"})
        local.close()
        server.stop()

        lose_log(self.installation)
        without = self.secrets("restore-keys", check=False)
        self.assertEqual((without.returncode, "(log-not-found)" in without.stderr), (6, True), without.stderr)
        done, _ = recover_lost(self.installation)
        self.assertEqual(done.status, 0, done.text)
        server = self.installation.start()
        client = Client(server)
        self.assertEqual(Desktop().activate(client, pool["key"]).code, "enrolment-key-invalid")
        unknown = self.secrets("restore-keys", "--except", "0" * 32, check=False)
        self.assertEqual((unknown.returncode, "(secrets-key-unknown)" in unknown.stderr), (6, True), unknown.stderr)
        # That it was revoked afterwards, the lost ledger knew: the operator has to say so.
        self.assertEqual(restore("--except", later["id"]),
                         {key["id"]: "restored" for key in (pool, second, reader)})
        self.assertEqual(restore("--except", later["id"]), {key["id"]: "there" for key in (pool, second, reader)})
        for key in (pool, second):
            self.assertEqual(Desktop().activate(client, key["key"]).status, 201)
        self.assertEqual(client.get("/log/checkpoint", headers={"Authorization": "Bearer " + reader["key"]}).status, 200)
        for key in (revoked, later):
            self.assertEqual(Desktop().activate(client, key["key"]).code, "enrolment-key-invalid")
        client.close()
        # Without a server the ledger itself is opened, as for a new key.
        server.stop()
        self.assertEqual(restore()[later["id"]], "restored")
        self.installation.verify()

        with Installation() as other:
            other.initialise()
            shutil.copy(self.file, other / "secrets.cms")
            foreign = other.actledger("secrets", "restore-keys", other / "secrets.cms", "--passphrase-file",
                                      self.installation / "pass", check=False)
            self.assertEqual((foreign.returncode, "secrets-other-server" in foreign.stderr), (5, True), foreign.stderr)

    def test_a_person_types_the_passphrase_twice(self):
        self.installation.initialise()
        differ = Terminal(self.installation, "secrets", "backup", self.file,
                          answers=[("Passphrase", PASSPHRASE), ("again", "something else")])
        self.assertIn("secrets-passphrases-differ", differ.text)
        self.assertFalse(os.path.exists(self.file))
        made = Terminal(self.installation, "secrets", "backup", self.file,
                        answers=[("Passphrase", PASSPHRASE), ("again", PASSPHRASE)])
        self.assertEqual(made.status, 0, made.text)
        self.assertNotIn(PASSPHRASE, made.text)
        shown = Terminal(self.installation, "secrets", "show", self.file, answers=[("Passphrase", PASSPHRASE)])
        self.assertEqual(shown.status, 0, shown.text)


if __name__ == "__main__":
    unittest.main()
