"""Commands that are run as root on a ledger of the service's account: what would write to token, anchor folder or ledger is
refused with the line that does it right, what looks leaves nothing behind, and that line works (ADR 38)."""

import hashlib
import os
import pwd
import shlex
import shutil
import subprocess
import time
import unittest

from api import Client
from installation import BIN, PATIENCE_S, Installation
from lost_log import licensed
from test_operators import Terminal
from test_recover import pin_of
from rotation import server_id_of
from test_survival import wait_until

QUANTITY = 10
AS_SERVICE = ("setpriv", "--reuid=nobody", "--clear-groups")
CODE = "(service-account-needed)"


def content(installation):
    """Every file of what the service has, with its owner."""
    found = {}
    for part in ("ledger", "tokens", "anchor"):
        for folder, _, names in os.walk(installation / part):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                digest = ""
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        digest = hashlib.sha256(file.read()).hexdigest()
                found[path] = (os.lstat(path).st_uid, digest)
    return found


def of_root(installation):
    return sorted(path for path, (owner, _) in content(installation).items() if owner == 0)


@unittest.skipIf(os.geteuid() != 0, "needs root: what root runs, another account serves")
class ServiceAccount(unittest.TestCase):
    def setUp(self):
        self.site = Installation(hsm='anchor_folder = "anchor"')
        self.addCleanup(self.site.close)
        server = licensed(self.site, QUANTITY)
        self.server_id = server_id_of(server)
        server.stop()
        self.site.actledger("export", self.site / "copy")
        os.rename(self.site / "license.lic", self.site / "our 'first' licence.lic")
        subprocess.run(["chown", "-R", "nobody:nogroup", self.site.folder], check=True)

    def as_service(self, *command, check=True):
        done = subprocess.run([*AS_SERVICE, *command], env=self.site.environment, cwd=self.site.folder, capture_output=True,
                              text=True, timeout=PATIENCE_S, check=False)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def check_served(self):
        """By the account whose it is."""
        with open(self.site / "console.log", "ab") as console:
            server = subprocess.Popen([*AS_SERVICE, os.path.join(BIN, "actledgerd"), "--config",
                                       self.site / "actledgerd.toml"], env=self.site.environment, cwd=self.site.folder,
                                      stdout=console, stderr=console, start_new_session=True)
        try:
            wait_until(lambda: self.site.actledger("status", "--ready", check=False).returncode == 0, "never ready")
            # Beside a server root may do what the server writes.
            self.site.actledger("enrolment", "create", "--pool", f"pool-{time.monotonic_ns()}")
        finally:
            server.terminate()
            self.assertEqual(server.wait(PATIENCE_S), 0)
        self.assertEqual(of_root(self.site), [])

    def refused(self, *arguments, program="actledger"):
        """@return the line that the remedy names"""
        before = content(self.site)
        done = self.site.program(program, "--config", self.site / "actledgerd.toml", *arguments, check=False)
        self.assertEqual((done.returncode, CODE in done.stderr), (5, True), (arguments, done.stderr))
        self.assertIn("account nobody", done.stderr)
        self.assertEqual(content(self.site), before, arguments)
        return done.stderr.split("are named: ")[1].split(". Only if")[0]

    def test_what_root_may_not_write_is_refused_before_anything_is_made_and_the_line_it_names_works(self):
        root = ("--root", self.site / "vendor/root.crt")
        lic = self.site / "our 'first' licence.lic"
        for arguments in (("hsm", "init", *root), ("hsm", "rotate", "--request", self.site / "next.req"),
                          ("hsm", "rotate", "--certificate", self.site / "next.crt"), ("hsm", "rotate", "--destroy-old"),
                          ("hsm", "replace", "--request", self.site / "new.req"),
                          ("hsm", "replace", "--reendorsement", self.site / "new.ree"),
                          ("hsm", "clear", "--export", self.site / "copy"), ("enrolment", "create", "--pool", "p"),
                          ("license", "list"), ("recover",), ("recover", "--dry-run"), ("recover", "pending"),
                          ("recover", "--request", self.site / "lost.req", *root, "--license", lic),
                          ("restore", self.site / "copy", "--replace"), ("restore", self.site / "copy", "--complete")):
            self.refused(*arguments)
        self.refused(program="actledgerd")
        self.assertNotIn(0, [os.lstat(self.site / name).st_uid for name in os.listdir(self.site.folder)
                             if name.endswith(".log")])  # the service writes on in its own
        chinese = self.site.actledger("--lang", "zh", "license", "list", check=False).stderr
        self.assertIn("sudo -u nobody", chinese)

        line = shlex.split(self.refused("license", "import", lic))
        self.assertEqual(line[:3], ["sudo", "-u", "nobody"])
        self.assertEqual(line[3], f"SOFTHSM2_CONF={self.site / 'softhsm2.conf'}")
        self.assertEqual(line[-1], lic)
        self.as_service("env", *line[3:])
        self.check_served()

    def test_what_only_looks_may_be_run_by_root_and_leaves_nothing_that_the_service_cannot_read(self):
        for arguments in (("hsm", "check"), ("status",), ("verify", self.site / "ledger", "--root", self.site / "vendor/root.crt"),
                          ("export", self.site / "another"), ("license", "show", self.site / "our 'first' licence.lic"),
                          ("snapshot",), ("replay", "--check")):
            self.site.actledger(*arguments, check=arguments != ("status",))
            self.assertEqual(of_root(self.site), [], arguments)
        # What a look at a SoftHSM token makes: the copy of its file, and the file from the copy.
        token, = (os.path.dirname(path) for path in content(self.site) if path.endswith("/token.object"))
        for name in ("token.object.kept", "token.object"):
            os.unlink(os.path.join(token, name))
            self.site.actledger("hsm", "check")
            self.assertEqual(os.lstat(os.path.join(token, name)).st_uid, pwd.getpwnam("nobody").pw_uid, name)
        self.site.actledger("--version")
        self.site.actledger("hsm", "init", "--help")
        # A PIN that root mistypes is remembered, and the service reads that.
        self.site.write("mistyped", "not-the-pin\n")
        with open(self.site / "actledgerd.toml", encoding="utf-8") as file:
            self.site.write("mistyped.toml", file.read().replace('"pin"', '"mistyped"'))
        told = self.site.program("actledger", "--config", self.site / "mistyped.toml", "hsm", "check", check=False)
        self.assertIn("FAIL pin", told.stdout)
        self.assertTrue(os.path.exists(self.site / "ledger/hsm-rejected-pins"))
        self.assertEqual(of_root(self.site), [])
        self.check_served()

    def test_a_lost_log_is_recovered_and_restored_by_the_account_whose_folder_is_left(self):
        lic = self.site / "our 'first' licence.lic"
        lost = ("recover", "--root", self.site / "vendor/root.crt", "--license", lic)
        answers = [("PIN", pin_of(self.site)), ("type the server id", self.server_id)]
        shutil.rmtree(self.site / "ledger")
        self.refused(*lost)
        self.assertFalse(os.path.exists(self.site / "ledger"))
        done = Terminal(self.site, *lost, answers=answers, before=AS_SERVICE)
        self.assertEqual(done.status, 0, done.text)
        self.check_served()
        self.as_service(os.path.join(BIN, "actledger"), "--config", self.site / "actledgerd.toml", "restore",
                        self.site / "copy", "--replace")
        self.assertEqual(of_root(self.site), [])
        self.assertEqual(Terminal(self.site, "recover", answers=answers, before=AS_SERVICE).status, 0)
        self.check_served()

    def test_something_of_roots_in_the_ledgers_folder_is_told_as_such_and_not_as_a_matter_of_tls(self):
        shutil.rmtree(self.site / "ledger/tls")
        os.makedirs(self.site / "ledger/tls")
        told = self.as_service(os.path.join(BIN, "actledgerd"), "--config", self.site / "actledgerd.toml", check=False)
        self.assertEqual((told.returncode, "(folder-not-writable)" in told.stderr), (8, True), told.stderr)
        self.assertIn(self.site / "ledger/tls", told.stderr)
        self.assertIn("account nobody", told.stderr)

    def test_where_the_service_is_root_root_goes_on_whoever_has_the_folder_above(self):
        # A container: the folder comes from outside, and what is in it was made by a server that is root.
        for part in ("tokens", "anchor", "ledger/log"):
            subprocess.run(["chown", "-R", "root:root", self.site / part], check=True)
        self.site.actledger("enrolment", "create", "--pool", "p")
        server = self.site.start()
        client = Client(server)
        self.assertEqual(client.get("/readyz").status, 200)
        client.close()
        self.assertEqual(server.stop(), 0)

    def test_a_server_that_root_makes_where_nothing_says_whose_it_is_comes_with_a_word(self):
        with Installation() as fresh:
            fresh.issuer("root", "--name", "Test Vendor")
            init = ("hsm", "init", "--root", fresh / "vendor/root.crt", "--so-pin-file", fresh / "so-pin")
            os.makedirs(fresh / "var")
            os.chown(fresh / "var", pwd.getpwnam("nobody").pw_uid, -1)
            with open(fresh / "actledgerd.toml", encoding="utf-8") as file:
                settings = file.read()
            fresh.write("actledgerd.toml", settings.replace('folder = "ledger"', 'folder = "var/lib/ledger"'))
            told = fresh.actledger(*init, check=False)
            self.assertIn(CODE, told.stderr)
            self.assertEqual((os.listdir(fresh / "var"), os.listdir(fresh / "tokens")), ([], []))
            fresh.write("actledgerd.toml", settings)
            made = fresh.actledger(*init).stdout
            self.assertIn(f"chown -R ACCOUNT {fresh / 'ledger'} {fresh / 'tokens'}", made)
            self.assertNotIn("chown", fresh.actledger(*init).stdout)  # it was there


if __name__ == "__main__":
    unittest.main()
