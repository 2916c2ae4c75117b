"""Another card, or another key, takes the place of the one that a ledger had: the commands, and the vendor's part in them."""

import json
import os
import shutil
import subprocess
import unittest

from installation import MODULE, Failed
from test_operators import Terminal
from test_recover import pin_of

QUANTITY = 20


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


class KilledAtEachSync(unittest.TestCase):
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
