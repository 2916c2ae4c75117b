"""Row J: another driver is proven to reach the same key, before anything rests on it."""

import os
import shutil
import subprocess
import unittest

from api import Client, Desktop
from installation import MODULE, Installation
from lost_card import QUANTITY, lose_the_card, request
from test_recover import activate_all
from test_survival import wait_until

CLIENT_MODULE = "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"


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
