"""`actledger report --at TIME` of ledgers that stand still, or that lost something: what is lost is told, and never guessed."""

import json
import os
import pathlib
import shutil
import unittest

from api import Client, Desktop
from installation import Installation
from lost_ledger import lose_all
from lost_ledger import recover as recover_both
from lost_ledger import reendorse, request
from rotation import rotated
from test_recover import activate_all, put_back, recover
from test_reports import lines_of


def reported(installation, name):
    """A report at the newest event's time, verified against the ledger. @return what was said, and its incarnations"""
    installation.actledger("export", installation / f"{name}.events", "--format", "jsonl")
    at = lines_of(installation / f"{name}.events")[-1]["time"]
    told = json.loads(installation.actledger("--json", "report", "--at", at, installation / name).stdout)
    installation.program("actledger-verify", installation / name, "--root", installation / "vendor/root.crt", "--against",
                         installation / "ledger")
    return told, [line for line in lines_of(installation / name) if "incarnation" in line]


class OtherLedgers(unittest.TestCase):
    def test_a_stopped_ledger_reports_as_a_running_one_does_and_an_export_proves_it(self):
        with Installation() as installation:
            server = installation.licensed(20)
            key = installation.enrolment_key()
            client = Client(server)
            for _ in range(3):
                Desktop().activate(client, key)
            client.close()
            server.stop()
            installation.server = None
            events = installation / "events.jsonl"
            installation.actledger("export", events, "--format", "jsonl")
            at = lines_of(events)[-1]["time"]
            file = installation / "seats.jsonl"
            done = installation.actledger("report", "--at", at, file)
            self.assertIn("3 seats held", done.stdout)
            installation.actledger("export", installation / "export", "--without-personal-data")
            verified = installation.program("actledger-verify", file, "--root", installation / "vendor/root.crt", "--against",
                                            installation / "export")
            self.assertIn("every line was made again", verified.stdout)
            installation.verify()
            # Whoever says --against a ledger that is no statement is not left to believe that it was compared.
            for subject, option in ((installation / "ledger", "--against"), (installation / "ledger", "--personal"),
                                    (file, "--at")):
                value = at if option == "--at" else installation / "export"
                refused = installation.program("actledger-verify", subject, "--root", installation / "vendor/root.crt",
                                               option, value, check=False)
                self.assertEqual((refused.returncode, refused.stdout), (2, ""), refused.stderr)
                self.assertIn("(option-misplaced)", refused.stderr)

    def test_a_key_that_was_rotated_is_told_and_is_no_loss(self):
        with Installation() as installation:
            server = installation.licensed(20)
            key = installation.enrolment_key()
            activate_all(Client(server), key, [Desktop() for _ in range(2)])
            server_id = Client(server).get("/v1/status").json["origin"].split("/")[0]
            self.assertEqual(server.stop(), 0)
            rotated(self, installation, server_id)
            told, (opened,) = reported(installation, "just-after.jsonl")  # before another event
            self.assertEqual((told["held"], told["in_gap"], opened["reason"], opened["known"]), (2, False, "rotated", None))
            server = installation.start()
            activate_all(Client(server), key, [Desktop()])
            told, _ = reported(installation, "later.jsonl")
            self.assertEqual((told["held"], told["in_gap"]), (3, False))
            self.assertEqual(server.stop(), 0)
            said = installation.actledger("report", "--at", told["at"], installation / "said.jsonl").stdout
            self.assertNotIn("lost", said)

    def test_a_ledger_that_was_lost_with_its_key_reports_what_is_known(self):
        with Installation() as installation:
            server = installation.licensed(20)
            server_id = Client(server).get("/v1/status").json["origin"].split("/")[0]
            self.assertEqual(server.stop(), 0)
            shutil.copy(next(pathlib.Path(installation.folder).glob("*.lic")), installation / "license.lic")
            lose_all(installation)
            request(installation)
            done = recover_both(installation, reendorse(installation, server_id), typed=server_id)
            self.assertEqual(done.status, 0, done.text)
            told, (opened,) = reported(installation, "recovered.jsonl")
            self.assertEqual((told["held"], told["unclaimed"], told["in_gap"]), (0, 20, False))
            self.assertEqual((opened["reason"], opened["kept"]), ("log_and_key_lost", 0))

    def test_a_time_whose_events_were_lost_is_told_as_such_and_never_guessed(self):
        with Installation() as installation:
            server = installation.licensed(200)
            key = installation.enrolment_key()
            activate_all(Client(server), key, [Desktop() for _ in range(4)])
            self.assertEqual(server.stop(), 0)
            shutil.copytree(installation / "ledger", installation / "old")
            kept_size = installation.verify()["ledger"]["size"]
            server = installation.start()
            activate_all(Client(server), key, [Desktop() for _ in range(5)])
            self.assertEqual(server.stop(), 0)
            installation.actledger("export", installation / "lost.jsonl", "--format", "jsonl")
            lost = lines_of(installation / "lost.jsonl")
            put_back(installation, "old")
            done, _ = recover(installation)
            self.assertEqual(done.status, 0, done.text)
            server = installation.start()
            activate_all(Client(server), key, [Desktop()])
            installation.actledger("export", installation / "kept.jsonl", "--format", "jsonl")
            newest = lines_of(installation / "kept.jsonl")[-1]["time"]

            def report(name, at):
                told = json.loads(installation.actledger("--json", "report", "--at", at, installation / name).stdout)
                verified = json.loads(installation.program(
                    "actledger-verify", "--json", installation / name, "--root", installation / "vendor/root.crt", "--against",
                    installation / "ledger").stdout)["statement"]
                self.assertEqual([verified[member] for member in ("held", "unclaimed", "in_gap")],
                                 [told[member] for member in ("held", "unclaimed", "in_gap")])
                return told, [line for line in lines_of(installation / name) if "incarnation" in line]

            before, losses = report("before", next(event["time"] for event in lost if event["kind"] == "seat_activated"))
            self.assertEqual((before["held"], before["unclaimed"], before["in_gap"], losses), (1, 0, False, []))
            within, losses = report("within", lost[-1]["time"])
            self.assertEqual((within["held"], within["in_gap"]), (4, True))
            self.assertGreaterEqual(within["unclaimed"], 5)  # those five, and the rest of what was reserved
            self.assertEqual((losses[0]["kept"], losses[0]["known"], losses[0]["reason"]), (kept_size, len(lost), "anchor"))
            after, losses = report("after", newest)
            self.assertEqual((after["held"], after["in_gap"], len(losses)), (5, False, 1))
            installation.verify()

    def test_a_ledger_that_the_vendor_has_not_certified_gives_no_report(self):
        with Installation() as installation:
            installation.initialise()
            server = installation.start()
            events = installation / "events.jsonl"
            installation.actledger("export", events, "--format", "jsonl")
            at = lines_of(events)[0]["time"]
            done = installation.actledger("report", "--at", at, installation / "seats.jsonl", check=False)
            self.assertEqual(done.returncode, 5, done.stderr)
            self.assertIn("report-uncertified", done.stderr)
            self.assertFalse(os.path.exists(installation / "seats.jsonl"))
            server.stop()
            installation.server = None


if __name__ == "__main__":
    unittest.main()
