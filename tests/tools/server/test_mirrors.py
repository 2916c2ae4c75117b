"""Mirrors behind a real server under load, copies of them, and design row B: the ledger's folder is lost, and a mirror is
there."""

import json
import os
import shutil
import subprocess
import sys
import unittest

from api import Client, Desktop
from installation import BIN, Installation
from test_survival import Load, check_refused, wait_until

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import activation_file  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position

MIRROR = '[[mirror]]\nfolder = "mirror"\n'


def status_of(server):
    client = Client(server)
    status = client.get("/v1/status").json
    client.close()
    return status


def mirror_of(server):
    return status_of(server)["mirrors"][0]


def is_up_to_date(server):
    status = status_of(server)
    mirror = status["mirrors"][0]
    return mirror["well"] and mirror["behind"] == 0 and mirror["size"] == status["size"]


def restore(installation, source, *options):
    done = installation.actledger("--json", "restore", installation / source, "--root",
                                  installation / "vendor/root.crt", *options)
    return json.loads(done.stdout)


class Mirrors(unittest.TestCase):
    def check_files(self, folder, given):
        """Every answered activation that the export covers is in it: event and head, byte for byte. @return how many"""
        export = tiles.Export(folder)
        events = list(export.entries())
        heads = {number: text.decode() for number, text in export.placed("heads")}
        found = 0
        for _, answer in given:
            file = activation_file.parse(answer.json["file"])
            size = tiles.note.parse_checkpoint(tiles.note.parse_note(file["checkpoint"])[0])[1]
            if size > export.size:
                continue
            self.assertEqual(events[file["index"]], file["event"])
            self.assertEqual(heads[size - 1], file["checkpoint"])
            found += 1
        return found

    def test_row_b_a_lost_folder_comes_back_from_the_mirror_and_every_answer_with_it(self):
        with Installation(more=MIRROR) as installation:
            server = installation.licensed(100_000)
            key = installation.enrolment_key()
            load = Load(server, key, 8)
            wait_until(lambda: mirror_of(server)["size"] > 100, "the mirror never got 100 events")
            # A copy with ordinary tools, while it grows.
            subprocess.run(["cp", "-r", installation / "mirror", installation / "copy"], check=True)
            more = len(load.given) + 200
            wait_until(lambda: len(load.given) >= more, "the load never got on")
            self.assertLess(mirror_of(server)["lag_ms"], 10_000)
            load.stopping = True
            load.join()
            wait_until(lambda: is_up_to_date(server), "the mirror never caught up")
            server.kill()
            shutil.rmtree(installation / "ledger")

            restored = restore(installation, "mirror", "--complete")
            self.assertTrue(restored["certified"])
            self.assertEqual(restored["annex_missing"], 0)
            server = installation.start()
            client = Client(server)
            for desktop, first in load.given:
                again = desktop.activate(client, key)
                self.assertEqual((again.status, again.body), (200, first.body))
                file = client.get(first.header("Location") + "/file")
                self.assertEqual(file.body.decode(), first.json["file"])
            self.assertEqual(Desktop().activate(client, key).status, 201)
            wait_until(lambda: is_up_to_date(server), "the mirror did not go on behind the restored ledger")
            client.close()
            self.assertEqual(server.stop(), 0)
            report = installation.verify()["ledger"]
            self.assertGreaterEqual(report["activations"], len(load.given))
            self.assertEqual(report["activations"], report["seats_held"])
            tiles.prove(installation / "mirror")

            # The copy is a ledger up to its own newest head.
            shutil.rmtree(installation / "ledger")
            early = restore(installation, "copy")
            self.assertLess(early["size"], restored["size"])
            self.assertGreater(early["activations"], 0)
            check_refused(self, installation, "log-behind-anchor")

    def test_a_name_that_leads_nowhere_is_told_with_a_code(self):
        with Installation() as installation:
            installation.licensed(5).stop()
            installation.write("pass", "correct horse battery\n")
            secrets = ("--passphrase-file", installation / "pass")
            os.mkdir(installation / "gone")

            def refused(code, *arguments, folder=None):
                script = 'cd "$0" && rmdir "$0" && exec "$@"' if folder else 'exec "$@"'
                told = subprocess.run(["bash", "-c", script, folder or "-", os.path.join(BIN, "actledger"), "--config",
                                       installation / "actledgerd.toml", *arguments], env=installation.environment,
                                      capture_output=True, text=True, timeout=60, check=False)
                self.assertTrue(1 < told.returncode < 100, told)
                self.assertIn(f"({code})", told.stderr)
                self.assertTrue(told.stderr.startswith("actledger: "), told.stderr)

            for code, *arguments in (("export-write-failed", "export", ""), ("export-not-found", "restore", ""),
                                     ("file-unwritable", "secrets", "backup", "", *secrets)):
                refused(code, *arguments)
            for code, *arguments in (("export-write-failed", "export", "copy"), ("export-not-found", "restore", "copy"),
                                     ("file-unwritable", "secrets", "backup", "secrets.cms", *secrets)):
                os.makedirs(installation / "gone", exist_ok=True)
                refused(code, *arguments, folder=installation / "gone")

    def test_a_kill_under_load_leaves_a_mirror_that_holds_every_answer_up_to_its_head(self):
        with Installation(more=MIRROR) as installation:
            server = installation.licensed(100_000)
            load = Load(server, installation.enrolment_key(), 8)
            wait_until(lambda: len(load.given) >= 200 and mirror_of(server)["size"] > 50, "too little came to be")
            server.kill()
            load.join()
            self.assertGreater(self.check_files(installation / "mirror", load.given), 10)
            shutil.rmtree(installation / "ledger")
            restored = restore(installation, "mirror")
            self.assertEqual(restored["size"], restored["stated_size"])
            proven = tiles.prove(installation / "mirror")
            self.assertEqual((proven["size"], proven["heads"]), (restored["size"], restored["heads"]))
            installation.verify()

    def test_a_mirror_that_is_gone_is_a_problem_in_the_status_and_catches_up_when_it_returns(self):
        with Installation(more=MIRROR) as installation:
            server = installation.licensed(100)
            key = installation.enrolment_key()
            wait_until(lambda: is_up_to_date(server), "the mirror never came to be")
            os.rename(installation / "mirror", installation / "elsewhere")
            given = Desktop().activate(Client(server), key)
            self.assertEqual(given.status, 201)
            wait_until(lambda: not mirror_of(server)["well"], "nobody noticed")
            status = status_of(server)
            self.assertEqual([problem["code"] for problem in status["problems"]], ["mirror-gone"])
            self.assertEqual(status["status"], "degraded")
            self.assertEqual(Client(server).get("/readyz").status, 200)  # seats are given all the same
            self.assertIn("mirror_well", Client(server).get("/metrics").body.decode())
            self.assertTrue(any(line["event"] == "mirror-failing" for line in server.log()))
            os.rename(installation / "elsewhere", installation / "mirror")
            wait_until(lambda: is_up_to_date(server), "it never caught up")
            self.assertTrue(any(line["event"] == "mirror-well" for line in server.log()))
            self.assertEqual(server.stop(), 0)

    def test_a_disk_that_is_not_mounted_when_the_machine_starts_is_no_new_mirror(self):
        with Installation(more=MIRROR) as installation:
            server = installation.licensed(100)
            wait_until(lambda: is_up_to_date(server), "the mirror never came to be")
            self.assertEqual(server.stop(), 0)
            os.rename(installation / "mirror", installation / "disk")
            os.mkdir(installation / "mirror")  # the mount point
            server = installation.start()
            wait_until(lambda: not mirror_of(server)["well"], "nobody noticed")
            self.assertEqual([problem["code"] for problem in status_of(server)["problems"]], ["mirror-gone"])
            self.assertEqual(os.listdir(installation / "mirror"), [])
            installation.actledger("export", installation / "mirror")  # a person begins it anew
            wait_until(lambda: is_up_to_date(server), "it never went on")
            self.assertEqual(server.stop(), 0)

    def test_export_beside_a_running_server_and_a_second_writer_is_refused(self):
        with Installation(more=MIRROR) as installation:
            server = installation.licensed(1_000)
            key = installation.enrolment_key()
            load = Load(server, key, 4)
            for _ in range(3):
                installation.actledger("export", installation / "export")
            load.stopping = True
            load.join()
            installation.actledger("export", installation / "export")
            self.assertEqual(self.check_files(installation / "export", load.given), len(load.given))
            wait_until(lambda: is_up_to_date(server), "the mirror never caught up")
            refused = installation.actledger("export", installation / "mirror", check=False)
            self.assertEqual(refused.returncode, 7)
            self.assertIn("export-locked", refused.stderr)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
