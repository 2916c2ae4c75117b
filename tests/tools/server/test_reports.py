"""`actledger report --at TIME`: who held which seat then, signed, and verified on a folder that has nothing else."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import threading
import time
import unittest

from api import Client, Desktop
from installation import Installation
from test_survival import metric, wait_until


def folded(events, at):
    """Who held which seat at a time, from the table of events alone: an independent reading of the log."""
    held = {}
    for event in events:
        if event["time"] > at:
            break
        kind, activation = event["kind"], event.get("activation_id")
        if kind == "seat_activated":
            held[activation] = {"granted_by": event["sequence_number"], "event": event}
        elif kind in ("seat_renewed", "seat_device_changed"):
            held[activation]["event"] = event
        elif kind in ("seat_released", "seat_expired"):
            del held[activation]
    return held


def lines_of(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()]


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(hsm="deadline_ms = 60000")
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(20, "--lease", "days", "--days", "30", "--renew-after", "0")
        key = cls.installation.enrolment_key()
        client = Client(cls.server)
        desktops = []
        for number in range(5):
            desktop = Desktop()
            body = desktop.body()
            body["device"]["name"] = f"张三的桌面 {number}"
            answer = client.send("POST", "/v1/activations", body, {"Authorization": "Bearer " + key})
            assert answer.status == 201, answer.body
            desktops.append((desktop, answer.json["activation"]["id"]))
        time.sleep(0.01)
        first, second = desktops[0], desktops[1]
        assert first[0].signed(client, "DELETE", f"/v1/activations/{first[1]}")[0].status == 200
        renewed = client.send("POST", f"/v1/activations/{second[1]}/renewals", {"components": second[0].components},
                              {"Authorization": "Bearer " + key})
        assert renewed.status == 200, renewed.body
        third = desktops[2][0]
        third.components[1]["value"] = "02:00:00:00:00:01"
        changed = third.activate(client, key)
        assert changed.json["activation"]["id"] == desktops[2][1], changed.body
        client.close()
        cls.root = cls.installation / "vendor/root.crt"

    def events(self):
        name = self.installation / f"events-{time.monotonic_ns()}.jsonl"
        self.installation.actledger("export", name, "--format", "jsonl", "--without-personal-data")
        return lines_of(name)

    def time_of(self, kind, number=0):
        return [event["time"] for event in self.events() if event["kind"] == kind][number]

    def report(self, at, *options, check=True):
        file = self.installation / f"seats-{time.monotonic_ns()}.jsonl"
        done = self.installation.actledger("--json", "report", "--at", at, file, *options, check=check)
        return file, json.loads(done.stdout) if done.returncode == 0 else done

    def verify(self, file, *options, root=None):
        done = self.installation.program("actledger-verify", "--json", "--lang", "en", file, "--root", root or self.root,
                                         *options, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def assert_code(self, exit_code, code, found):
        self.assertEqual(found[0], exit_code, found[1])
        self.assertIn(code, [finding["code"] for finding in found[1]["findings"]])

    def test_reports_of_several_times_agree_with_the_events_and_verify_offline(self):
        for kind, number in (("seat_activated", 0), ("seat_activated", 4), ("seat_released", 0), ("seat_renewed", 0),
                             ("seat_device_changed", 0)):
            at = self.time_of(kind, number)
            with self.subTest(at=at, kind=kind):
                file, told = self.report(at)
                expected = folded(self.events(), at)
                seats = [line for line in lines_of(file) if "seat" in line]
                self.assertEqual([seat["seat"] for seat in seats],
                                 sorted(expected, key=lambda name: expected[name]["granted_by"]))
                self.assertEqual(told["held"], len(expected))
                for seat in seats:
                    event = expected[seat["seat"]]["event"]
                    self.assertEqual((seat["state"], seat["granted_by"], seat["told_by"], seat["told_at"]),
                                     ("held", expected[seat["seat"]]["granted_by"], event["sequence_number"], event["time"]))
                    self.assertEqual((seat["license"], seat["product"], seat["lease_ends"]),
                                     (event["license_id"], event["product"], event["lease_ends"]))
                # An auditor's folder: root, statement and proof.
                alone = pathlib.Path(self.installation / f"alone-{time.monotonic_ns()}")
                alone.mkdir()
                for source in (file, file + ".tlog-proof"):
                    shutil.copy(source, alone)
                name = alone / os.path.basename(file)
                status, report = self.verify(name)
                self.assertEqual(status, 0, report)
                self.assertEqual(report["kind"], "statement")
                self.assertEqual(report["statement"]["held"], len(expected))
                self.assertIsNone(report["statement"]["personal_values"])
                self.assertEqual(report["statement"]["digest"],
                                 hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest())
                # And with everything: names, and the ledger beside its running server.
                status, report = self.verify(file, "--against", self.installation / "ledger")
                self.assertEqual(status, 0, report)
                self.assertEqual(report["statement"]["personal_values"],
                                 sum(len(seat["personal"]) for seat in seats))
                self.assertTrue(report["statement"]["compared"])

    def test_personal_values_lie_beside_the_statement_or_nowhere(self):
        at = self.time_of("seat_activated", 4)
        table = self.installation / "seats.csv"
        file, _ = self.report(at, "--csv", table)
        without, _ = self.report(at, "--without-personal-data")
        self.assertEqual(pathlib.Path(file).read_bytes(), pathlib.Path(without).read_bytes())
        self.assertNotIn("张三", pathlib.Path(file).read_text(encoding="utf-8"))
        names = [line["value"] for line in lines_of(file + ".personal") if line.get("field") == "device_name"]
        self.assertIn("张三的桌面 3", names)
        self.assertFalse(os.path.exists(without + ".personal"))
        text = pathlib.Path(table).read_bytes()
        self.assertTrue(text.startswith(b"\xef\xbb\xbf"))
        self.assertEqual(text.count(b"\r\n"), 6)
        self.assertIn("张三的桌面 3", text.decode())
        self.assertEqual(os.stat(file + ".personal").st_mode & 0o777, 0o600)
        changed = pathlib.Path(file + ".personal")
        changed.write_text(changed.read_text(encoding="utf-8").replace("桌面 3", "桌面 9"), encoding="utf-8")
        self.assert_code(24, "personal-differs", self.verify(file))

    def test_what_was_tampered_with_is_refused_each_with_its_code(self):
        at = self.time_of("seat_released")
        file, _ = self.report(at, "--without-personal-data")
        other, _ = self.report(self.time_of("seat_activated"), "--without-personal-data")
        good, proof = pathlib.Path(file).read_bytes(), pathlib.Path(file + ".tlog-proof").read_text(encoding="utf-8")

        def statement(data):
            pathlib.Path(file).write_bytes(data)
            return self.verify(file)

        self.assert_code(27, "statement-altered", statement(good.replace(b'"held"', b'"kept"', 1)))
        self.assert_code(27, "statement-altered", statement(good[:-1]))
        self.assert_code(27, "statement-altered", statement(b"#" + good))
        pathlib.Path(file).write_bytes(good)
        self.assert_code(27, "statement-altered", self.verify(file, "--proof", other + ".tlog-proof"))
        activation = self.installation / "seat.tlog-proof"
        client = Client(self.server, "local")
        pathlib.Path(activation).write_bytes(client.get("/v1/tls-proof").body)
        client.close()
        self.assert_code(27, "statement-proof-other", self.verify(file, "--proof", activation))
        stranger = Installation()
        self.addCleanup(stranger.close)
        stranger.issuer("root", "--name", "Another Vendor")
        self.assertEqual(self.verify(file, root=stranger / "vendor/root.crt")[0], 22)
        # One bit of the signature.
        lines = proof.split("\n")
        signed = lines[-2]
        flipped = signed[:-6] + ("A" if signed[-6] != "A" else "B") + signed[-5:]
        forged = pathlib.Path(self.installation / "forged")
        forged.write_text("\n".join(lines[:-2] + [flipped, ""]), encoding="utf-8")
        self.assertNotEqual(self.verify(file, "--proof", forged)[0], 0)
        forged.write_text(proof[:200], encoding="utf-8")
        self.assertEqual(self.verify(file, "--proof", forged)[0], 3)
        self.assertEqual(self.verify(file)[0], 0)

    def test_times_that_mean_nothing_are_refused_and_leave_no_file(self):
        for at, code, status in (("2999-01-01T00:00:00Z", "statement-ahead", 5),
                                 ("1999-01-01T00:00:00Z", "statement-before-ledger", 5),
                                 ("yesterday", "report-time-malformed", 2)):
            file, done = self.report(at, check=False)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertIn(code, done.stderr)
            self.assertEqual(list(pathlib.Path(file).parent.glob(os.path.basename(file) + "*")), [])
        taken, _ = self.report(self.time_of("seat_activated"))
        done = self.installation.actledger("report", "--at", self.time_of("seat_activated"), taken, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.verify(taken)[0], 0)

    def test_the_server_signs_only_what_it_made_itself(self):
        client = Client(self.server, "local")
        self.addCleanup(client.close)
        at = self.time_of("seat_activated")

        def ask(**changed):
            return client.send("POST", "/v1/admin/reports",
                               {"at": at, "digest": "0" * 64, "personal_data": False, **changed})

        before = len(self.events())
        answer = ask()
        self.assertEqual((answer.status, answer.code), (409, "report-differs"), answer.body)
        self.assertEqual((ask(at="2999-01-01T00:00:00Z").status, ask(at="1999-01-01T00:00:00Z").status), (422, 422))
        self.assertEqual(ask(at="now").code, "value-invalid")
        self.assertEqual(ask(digest="00").code, "value-invalid")
        self.assertEqual(ask(personal_data="no").code, "value-invalid")
        self.assertEqual(ask(size=3).code, "member-unknown")
        self.assertEqual(client.send("POST", "/v1/admin/reports", {"at": at}).code, "member-missing")
        network = Client(self.server)
        self.addCleanup(network.close)
        self.assertEqual(network.send("POST", "/v1/admin/reports", {"at": at, "digest": "0" * 64,
                                                                    "personal_data": False}).code, "local-only")
        self.assertEqual(len(self.events()), before)
        file, told = self.report(at)
        answer = ask(digest=told["digest"])
        self.assertEqual(answer.status, 201)
        pathlib.Path(file + ".again").write_text(answer.json["proof"], encoding="utf-8")
        self.assertEqual(self.verify(file, "--proof", file + ".again")[0], 0)

    def test_one_report_is_made_at_a_time_and_the_next_one_is_told_to_wait(self):
        at = self.time_of("seat_activated")
        digest = self.report(at)[1]["digest"]
        body = {"at": at, "digest": digest, "personal_data": False}
        signed = []
        workers = self.server.children()
        self.assertTrue(workers)
        first = threading.Thread(target=lambda: signed.append(
            Client(self.server, "local").send("POST", "/v1/admin/reports", body)))
        before = metric(self.server, "queue_accepted_total")
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        try:
            first.start()  # it is made, and waits for its signature
            wait_until(lambda: metric(self.server, "queue_accepted_total") - before >= 2, "the first was never made")
            client = Client(self.server, "local")
            busy = client.send("POST", "/v1/admin/reports", body)
            client.close()
            self.assertEqual((busy.status, busy.code), (503, "report-busy"))
            self.assertTrue(busy.header("Retry-After"))
            _, refused = self.report(at, check=False)
            self.assertEqual((refused.returncode, "(report-busy)" in refused.stderr), (7, True), refused.stderr)
            self.assertEqual(signed, [])
        finally:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)
            first.join()
        self.assertEqual([answer.status for answer in signed], [201])
        self.report(at)  # the turn was given back

    def test_a_table_that_would_be_another_of_the_files_is_refused_before_anything_is_made(self):
        at = self.time_of("seat_activated")
        for suffix in ("", ".tlog-proof", ".personal"):
            file = self.installation / "twice.jsonl"
            refused = self.installation.actledger("report", "--at", at, file, "--csv", file + suffix, check=False)
            self.assertEqual((refused.returncode, "(report-names-same)" in refused.stderr), (2, True), refused.stderr)
            self.assertEqual(list(pathlib.Path(self.installation.folder).glob("twice*")), [])

    def test_the_ledger_says_who_got_which_report_and_verifies(self):
        at = self.time_of("seat_renewed")
        _, told = self.report(at, "--without-personal-data")
        issued = [event for event in self.events() if event["kind"] == "report_issued"][-1]
        self.assertEqual((issued["subject"], issued["value"]), (at, told["digest"]))
        self.assertEqual((issued["actor"], issued["authority"]), ("operator", "local_account"))
        self.installation.verify()


if __name__ == "__main__":
    unittest.main()
