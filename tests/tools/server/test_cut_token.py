"""SoftHSM writes token.object anew at each login, in place: who is killed in between leaves an empty file, and a token that
nobody finds. It comes back by itself, with the real programs killed at that very call, and at any moment."""

import glob
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from api import Client, Desktop
from installation import BIN, Installation


class CutToken(unittest.TestCase):
    def setUp(self):
        self.installation = Installation()
        self.addCleanup(self.installation.close)
        server = self.installation.licensed(20)
        self.key = self.installation.enrolment_key()
        self.desktop = Desktop()
        self.first = self.desktop.activate(Client(server), self.key)
        self.assertEqual(server.stop(), 0)
        (self.file,) = glob.glob(self.installation / "tokens/*/token.object")

    def command(self, *arguments):
        return [os.path.join(BIN, "actledger"), "--config", self.installation / "actledgerd.toml", *arguments]

    def check_serves(self):
        server = self.installation.start()
        client = Client(server)
        self.assertEqual(client.get("/v1/status").json["problems"], [])
        self.assertEqual(self.desktop.activate(client, self.key).body, self.first.body)
        self.assertEqual(Desktop().activate(client, self.key).status, 201)
        client.close()
        self.assertEqual(server.stop(), 0)

    def test_a_login_that_is_killed_in_the_middle_costs_nothing(self):
        for program in (self.command("hsm", "check"), [os.path.join(BIN, "actledgerd"), "--config",
                                                       self.installation / "actledgerd.toml"]):
            strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", self.file, "-e", "trace=write", "-e",
                      "inject=write:signal=KILL:when=1"]
            killed = subprocess.Popen([*strace, *program], env=self.installation.environment, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL, cwd=self.installation.folder, start_new_session=True)
            deadline = time.monotonic() + 60
            while os.path.getsize(self.file) != 0:
                self.assertLess(time.monotonic(), deadline, "it never was in the middle of a login")
            os.killpg(killed.pid, signal.SIGKILL)  # the server itself, which would start its worker again and mend it
            killed.wait()
            subprocess.run(["truncate", "--size=0", self.file], check=True)
            self.assertIn("The HSM is well", self.installation.actledger("hsm", "check").stdout)
            self.check_serves()

    def test_a_file_of_zeros_or_one_that_is_too_short_or_gone_is_put_back_and_one_that_is_whole_is_left_alone(self):
        with open(self.file, "rb") as file:
            whole = file.read()
        for left in (b"", whole[:100], bytes(len(whole)), None):
            if left is None:
                os.unlink(self.file)
            else:
                with open(self.file, "wb") as file:
                    file.write(left)
            self.assertIn("The HSM is well", self.installation.actledger("hsm", "check").stdout)
        # Another PIN is another file of the same size: the copy follows, and never takes the new PIN away.
        with open(self.installation / "pin", encoding="utf-8") as file:
            pin = file.read().strip()
        subprocess.run(["pkcs11-tool", "--module", "/usr/lib/softhsm/libsofthsm2.so", "--token-label", "test", "--login",
                        "--pin", pin, "--change-pin", "--new-pin", "another-pin"], env=self.installation.environment,
                       capture_output=True, check=True)
        self.assertIn("(hsm-pin-wrong)", self.installation.actledger("license", "request", "--product", "p", "--quantity",
                                                                     "1", "--out", self.installation / "x.req",
                                                                     check=False).stderr)
        self.installation.write("pin", "another-pin\n")
        self.assertIn("The HSM is well", self.installation.actledger("hsm", "check").stdout)
        os.truncate(self.file, 0)
        self.assertIn("The HSM is well", self.installation.actledger("hsm", "check").stdout)
        self.check_serves()

    def test_without_a_copy_nothing_is_made_up(self):
        os.unlink(self.file + ".kept")
        shutil.copy(self.file, self.installation / "elsewhere")
        os.truncate(self.file, 0)
        done = self.installation.actledger("hsm", "check", check=False)
        self.assertEqual(done.returncode, 7, done.stdout)
        shutil.copy(self.installation / "elsewhere", self.file)
        self.check_serves()

    def test_killed_at_any_moment_the_token_is_there_again(self):
        chance = random.Random(19)
        for _ in range(40):
            started = subprocess.Popen(["setsid", os.path.join(BIN, "actledgerd"), "--config",
                                        self.installation / "actledgerd.toml"], env=self.installation.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.01, 0.12))
            try:
                os.killpg(started.pid, signal.SIGKILL)
            except ProcessLookupError:  # not in its own session yet
                started.kill()
            started.wait()
        self.check_serves()


if __name__ == "__main__":
    unittest.main()
