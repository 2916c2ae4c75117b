"""A server whose log is gone, with its key or without: what survived as options, and the vendor's part."""

import shutil

from api import Client
from lost_card import lose_the_card
from lost_log import SeatsCase, licensed
from test_operators import Terminal
from test_recover import activate_all, pin_of

QUANTITY = 20
HALF = QUANTITY // 2


def lose_all(installation):
    """A new machine and an empty card: the configuration, the licence and the vendor's root were in a drawer."""
    shutil.rmtree(installation / "ledger")
    lose_the_card(installation)


def parts(installation, *files, licenses=("license.lic",)):
    """What survived, as options."""
    options = ["--root", installation / "vendor/root.crt"]
    options += [part for name in licenses for part in ("--license", installation / name)]
    options += [part for name in files for part in ("--activation-file", installation / name)]
    return options if files else options + ["--no-activation-file"]


def request(installation, *files, name="lost.req", check=True, licenses=("license.lic",)):
    return installation.actledger("--json", "recover", "--request", installation / name, "--so-pin-file",
                                  installation / "so-pin", *parts(installation, *files, licenses=licenses), check=check)


def reendorse(installation, server_id, *more, name="lost"):
    installation.issuer("certificate", "--purpose", "recovery-signer")
    options = more if more and more[0] == "--plain" else ("--lost-log", *more)
    installation.issuer("reendorse", installation / f"{name}.req", "--server", server_id, "--out",
                        installation / f"{name}.ree", *[one for one in options if one != "--plain"])
    return installation / f"{name}.ree"


def recover(installation, ree, *files, typed, licenses=("license.lic",), before=()):
    return Terminal(installation, "recover", "--reendorsement", ree, *parts(installation, *files, licenses=licenses),
                    answers=[("PIN", pin_of(installation)), ("type the server id", typed)], before=before)


def replace_card(test, installation, server_id):
    """Row D: the card alone is lost, and another one goes on with the ledger. @return the vendor's file"""
    lose_the_card(installation)
    installation.actledger("--json", "hsm", "replace", "--request", installation / "first.req", "--so-pin-file",
                           installation / "so-pin")
    first = reendorse(installation, server_id, "--plain", name="first")
    done = Terminal(installation, "hsm", "replace", "--reendorsement", first,
                    answers=[("PIN", pin_of(installation)), ("type the server id", server_id)])
    test.assertEqual(done.status, 0, done.text)
    return first


def dry_run(installation, ree, *files, licenses=("license.lic",), check=True):
    return installation.actledger("--json", "recover", "--reendorsement", ree, "--dry-run",
                                  *parts(installation, *files, licenses=licenses), check=check)


class LostLedgerCase(SeatsCase):
    def grown(self, installation, desktops):
        """A licensed server, `desktops` with their seats. @return the client of the API, the key, files, server id"""
        server = licensed(installation, QUANTITY)
        key = installation.enrolment_key()
        files = [answer.json["file"] for answer in activate_all(Client(server), key, desktops)]
        server_id = Client(server).get("/v1/status").json["server_id"]
        self.assertEqual(server.stop(), 0)
        installation.write("desktop.act", files[-1])
        return key, files, server_id
