"""A server whose log is gone, and its token is not: what the operator does, and what a desktop shows. And its seats, as
tests of losses count them."""

import json
import os
import shutil
import unittest

from test_operators import Terminal
from test_recover import pin_of


def present(desktop, client, file, **more):
    """Shows a file, signed by the desktop's key. @return the answer"""
    body = json.dumps(desktop.body(adopt=file, **more)).encode()
    return desktop.signed(client, "POST", "/v1/activations", body)[0]


def licensed(installation, quantity):
    """As Installation.licensed, and the licence file has a name. @return the server"""
    installation.initialise()
    os.rename(installation.issue(quantity), installation / "license.lic")
    installation.actledger("license", "import", installation / "license.lic")
    return installation.start()


def lose_log(installation):
    """The reinstalled machine: nothing is left but the token, the configuration and what the vendor gave."""
    shutil.rmtree(installation / "ledger")


def recover_lost(installation, typed=None, licenses=("license.lic",)):
    files = [part for name in licenses for part in ("--license", installation / name)]
    root = installation / "vendor/root.crt"
    dry = json.loads(installation.actledger("--json", "recover", "--dry-run", "--root", root, *files).stdout)
    server_id = dry["opens"].split("/")[0]
    done = Terminal(installation, "recover", "--root", root, *files,
                    answers=[("PIN", pin_of(installation)), ("type the server id", typed or server_id)])
    return done, dry


def by_people(installation, *arguments, sentence, json_output=False):
    options = ("--json",) if json_output else ()
    return Terminal(installation, *options, *arguments, answers=[("PIN", pin_of(installation)), ("Type:", sentence)])


class SeatsCase(unittest.TestCase):
    def check_seats(self, installation, **expected):
        license_ = installation.the_license()
        self.assertEqual({name: license_[name] for name in expected}, expected)

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer.body)
