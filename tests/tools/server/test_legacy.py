"""The previous product's records come in beside a real server, and its desktops call with the new client."""

import csv
import json
import os
import shutil
import subprocess
import unittest

from api import Client, Desktop
from installation import BIN, Installation
from test_operators import Terminal

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "legacy")
TWO_PEOPLE = "hsm_pin_and_typed_confirmation"


def sample(name):
    return os.path.join(SAMPLES, name)


def desktop_of(mac, uuid=None, product="vdi"):
    desktop = Desktop(product)
    desktop.components = [{"kind": "mac", "value": mac}, {"kind": "disk_serial", "value": f"disk of {mac}"},
                          {"kind": "machine_id", "value": f"id of {mac}"}]
    if uuid:
        desktop.components.append({"kind": "smbios_uuid", "value": uuid})
    return desktop


class Legacy(unittest.TestCase):
    def setUp(self):
        self.installation = Installation()
        self.addCleanup(self.installation.close)
        with open(self.installation / "pin", encoding="utf-8") as file:
            self.pin = file.read().strip()

    def dry_run(self, table="activations.gb18030.csv", mapping="activations.toml", *options):
        done = self.installation.actledger("--json", "legacy", "import", sample(table), "--mapping", sample(mapping),
                                           "--dry-run", *options, check=False)
        return done.returncode, json.loads(done.stdout), done.stderr

    def run_import(self, keep, table="activations.gb18030.csv", mapping="activations.toml", *options, typed=None):
        answers = [("PIN", self.pin), ("> ", typed or f"keep {keep} seats")]
        return Terminal(self.installation, "legacy", "import", sample(table), "--mapping", sample(mapping), *options,
                        answers=answers)

    def licence(self):
        (licence,) = Client(self.server, "local").get("/v1/admin/licenses").json["licenses"]
        return licence

    def results(self, report):
        return {row["line"]: (row["result"], row.get("code")) for row in report["rows"]}

    EXPECTED = {2: ("reserved", None), 3: ("reserved", None), 4: ("reserved", None), 5: ("passed_over", None),
                6: ("refused", "legacy-row-components"), 7: ("refused", "legacy-row-time"),
                8: ("not_needed", "legacy-device-reserved")}

    def test_a_report_is_written_over_nothing_but_a_report(self):
        self.installation.initialise()
        os.rename(self.installation.issue(5), self.installation / "five.lic")
        self.installation.actledger("license", "import", self.installation / "five.lic")
        for name in ("activations.utf8.csv", "activations.toml"):
            shutil.copy(sample(name), self.installation / name)
        os.symlink(self.installation / "activations.utf8.csv", self.installation / "link.csv")
        os.mkfifo(self.installation / "fifo.csv")
        inputs = ["activations.utf8.csv", "activations.toml", "five.lic", "link.csv", "pin", "actledgerd.toml"]

        def content(name):
            with open(self.installation / name, "rb") as file:
                return file.read()

        def report(name, *more, lang="en"):
            return self.installation.actledger(
                "--lang", lang, "legacy", "import", self.installation / "activations.utf8.csv", "--mapping",
                self.installation / "activations.toml", "--report", self.installation / name, *more, check=False)

        before = {name: content(name) for name in inputs}
        for name in (*inputs, "fifo.csv", "vendor"):
            for more in (["--dry-run"], []):  # nobody is asked for a PIN before it is refused
                done = report(name, *more)
                self.assertEqual((done.returncode, "(file-of-other-kind)" in done.stderr), (5, True), done.stderr)
        self.assertEqual({name: content(name) for name in inputs}, before)
        self.assertIn("(file-unwritable)", report("none/report.csv", "--dry-run").stderr)

        for name in ("report.csv", "report.json"):
            self.installation.write(name, "")
            for lang in ("en", "zh", "en"):
                done = report(name, "--dry-run", lang=lang)
                self.assertIn("(legacy-rows-refused)", done.stderr)
                self.assertIn("legacy-row-time", content(name).decode())
        self.assertTrue(content("report.csv").startswith("\ufeffline,".encode()))
        self.assertTrue(json.loads(content("report.json"))["dry_run"])

    def test_a_kind_that_no_licence_names_and_a_time_to_come_are_told(self):
        self.installation.licensed(5).stop()
        with open(sample("activations.toml"), encoding="utf-8") as file:
            good = file.read()
        self.installation.write("typo.toml", good.replace("smbios_uuid", "smbios_uid"))
        with open(sample("activations.utf8.csv"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        table = self.installation / "ahead.csv"
        self.installation.write("ahead.csv", "\n".join([lines[0], lines[1].replace("2025", "2099", 1)]) + "\n")
        typo = self.installation.actledger("legacy", "import", table, "--mapping", self.installation / "typo.toml",
                                           "--dry-run", check=False)
        self.assertEqual((typo.returncode, "(legacy-mapping-malformed)" in typo.stderr), (3, True), typo.stderr)
        self.assertIn("components.smbios_uid", typo.stderr)
        status, report, _ = self.dry_run(table)
        self.assertEqual((status, self.results(report)), (5, {2: ("refused", "legacy-row-time-ahead")}))

    def test_cut_over_dry_run_import_claim_and_end(self):
        self.server = self.installation.licensed(5)
        key = self.installation.enrolment_key()
        size = Client(self.server).get("/v1/status").json["size"]
        for table in ("activations.gb18030.csv", "activations.utf8.csv"):
            status, report, stderr = self.dry_run(table)
            self.assertEqual((status, "legacy-rows-refused" in stderr), (5, True), stderr)
            self.assertTrue(report["dry_run"])
            self.assertEqual(self.results(report), self.EXPECTED)
        self.assertEqual(Client(self.server).get("/v1/status").json["size"], size)  # nothing was written

        wrong = self.run_import(3, typed="keep it")
        self.assertEqual(wrong.status, 9, wrong.text)
        self.assertEqual(Client(self.server).get("/v1/status").json["size"], size)
        report_file = self.installation / "report.csv"
        done = self.run_import(3, "activations.gb18030.csv", "activations.toml", "--report", report_file)
        self.assertEqual(done.status, 5, done.text)  # two rows need somebody
        self.assertIn("legacy-row-time", done.text)
        with open(report_file, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["result"] for row in rows], [result for result, _ in self.EXPECTED.values()])
        self.assertEqual(sum(len(row["activation_id"]) == 26 for row in rows), 3)
        licence = self.licence()
        self.assertEqual((licence["used"], licence["held"], licence["legacy_reserved"]), (3, 0, 3))

        # Again: nothing to do, so nobody is asked; the rows that were bad still are.
        status, report, _ = self.dry_run()
        self.assertEqual(self.results(report)[2], ("taken_before", None))
        again = self.installation.actledger("legacy", "import", sample("activations.utf8.csv"), "--mapping",
                                            sample("activations.toml"), check=False)
        self.assertEqual(again.returncode, 5, again.stderr)
        self.assertEqual(self.licence()["used"], 3)

        # The history names the same desktops, and one more.
        status, report, _ = self.dry_run("history.gb18030.csv", "history.toml")
        self.assertEqual((status, self.results(report)),
                         (0, {2: ("taken_before", None), 3: ("passed_over", None), 4: ("taken_before", None),
                              5: ("reserved", None)}))

        # New desktops get what is free; the old ones their own, at their first call, and once.
        client = Client(self.server)
        for _ in range(2):
            self.assertEqual(Desktop().activate(client, key).status, 201)
        self.assertEqual(Desktop().activate(client, key).code, "quota-reached")
        one = desktop_of("02:00:00:00:10:01", "11111111-2222-4333-8444-000000000001")
        first = one.activate(client, key)
        self.assertEqual(first.status, 201)
        self.assertEqual(first.json["activation"]["id"], rows[0]["activation_id"])
        self.assertEqual(one.activate(client, key).json["file"], first.json["file"])
        thin = desktop_of("02:00:00:00:10:03").activate(client, key)
        self.assertEqual((thin.status, thin.json["activation"]["id"]), (201, rows[2]["activation_id"]))
        licence = self.licence()
        self.assertEqual((licence["used"], licence["held"], licence["legacy_reserved"]), (5, 4, 1))

        listed = [json.loads(line) for line in
                  self.installation.actledger("--json", "legacy", "list").stdout.splitlines()]
        self.assertEqual([seat["status"] for seat in listed], ["claimed", "open", "claimed"])
        self.assertEqual(listed[1]["device_name"], "财务-李四")
        self.assertEqual(listed[0]["activated_at"], "2025-03-01T00:30:00.000000Z")
        refused = Terminal(self.installation, "legacy", "free", listed[1]["activation_id"],
                           answers=[("PIN", self.pin), ("> ", "free 1 seats")])
        self.assertNotEqual(refused.status, 0)
        self.assertIn("legacy-seat-promised", refused.text)

        # Kept across a restart, an export, a restore; and an auditor finds nothing wrong.
        self.server.stop()
        self.installation.verify()
        self.installation.actledger("replay")
        self.installation.actledger("export", self.installation / "export")
        shutil.rmtree(self.installation / "ledger")
        self.installation.actledger("restore", self.installation / "export", "--root",
                                    self.installation / "vendor/root.crt", "--complete")
        self.server = self.installation.start()
        self.assertEqual(self.licence()["legacy_reserved"], 1)
        two = desktop_of("02:00:00:00:10:02", "11111111-2222-4333-8444-000000000002")
        self.assertEqual(two.activate(Client(self.server), key).json["activation"]["id"], listed[1]["activation_id"])

    def test_more_rows_than_seats_are_reported_and_the_surplus_is_not_kept(self):
        self.server = self.installation.licensed(2)
        status, report, _ = self.dry_run()
        self.assertEqual(status, 5)
        self.assertEqual(self.results(report)[4], ("refused", "legacy-quota-reached"))
        done = self.run_import(2)
        self.assertEqual(done.status, 5, done.text)
        self.assertEqual(self.licence()["legacy_reserved"], 2)

    def test_a_large_table_comes_in_whole_without_a_server_and_after_a_kill(self):
        self.server = self.installation.licensed(3_000)
        table = self.installation / "large.csv"
        with open(table, "w", encoding="gb18030", newline="") as file:
            file.write("激活编号,设备名称,MAC地址,主机UUID,激活时间,状态\r\n")
            for n in range(2_000):
                file.write(f"L-{n},桌面{n},0200.0001.{n:04x},,2025-01-02 03:04:05,已激活\r\n")
        killed = subprocess.Popen(
            ["setsid", os.path.join(BIN, "actledger"), "--config", self.installation / "actledgerd.toml", "legacy",
             "import", table, "--mapping", sample("activations.toml")], env=self.installation.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        _, stderr = killed.communicate(timeout=60)
        self.assertIn("person-needed", stderr)  # no terminal, nobody to ask
        self.assertEqual(self.licence()["legacy_reserved"], 0)
        # Half of it by the interface itself, as a run that was killed leaves it; then all, with the server stopped.
        local = Client(self.server, "local")
        for begin in range(0, 1_000, 50):
            records = [{"key": f"L-{n}", "components": [f"mac=0200.0001.{n:04x}"]} for n in range(begin, begin + 50)]
            for _ in range(100):
                answer = local.send("POST", "/v1/admin/legacy/seats",
                                    {"authority": TWO_PEOPLE, "product": "vdi", "records": records,
                                     "reserved_until": "2099-01-01T00:00:00Z"})
                self.assertEqual(answer.status, 200)
                if not any(row.get("code") == "seats-not-reserved" for row in answer.json["results"]):
                    break
        self.assertEqual(self.licence()["legacy_reserved"], 1_000)
        self.server.stop()
        done = self.run_import(1_000, table)
        self.assertEqual(done.status, 0, done.text)
        self.server = self.installation.start()
        self.assertEqual(self.licence()["legacy_reserved"], 2_000)
        self.server.stop()
        self.installation.verify()

    def test_input_is_judged_and_changes_nothing(self):
        self.server = self.installation.licensed(5)
        local = Client(self.server, "local")
        path = "/v1/admin/legacy/seats"
        good = {"authority": TWO_PEOPLE, "product": "vdi", "reserved_until": "2099-01-01T00:00:00Z",
                "records": [{"key": "1", "components": ["mac=02:00:00:00:00:01"]}]}
        size = local.get("/v1/status").json["size"]
        for change, status, code in (
                ({"authority": "local_account"}, 403, "authority-insufficient"),
                ({"authority": "me"}, 400, "value-invalid"),
                ({"product": "other"}, 404, "product-unknown"),
                ({"reserved_until": "2001-01-01T00:00:00Z"}, 422, "legacy-until-in-the-past"),
                ({"records": []}, 422, "value-invalid"),
                ({"records": good["records"] * 65}, 422, "value-invalid"),
                ({"records": [1]}, 422, "value-invalid"),
                ({"records": [{"key": "1", "components": ["mac"]}]}, 422, "value-invalid"),
                ({"records": [{"key": "1"}]}, 400, "member-missing"),
                ({"more": 1}, 400, "member-unknown")):
            answer = local.send("POST", path, {**good, **change})
            with self.subTest(change=change):
                self.assertEqual(answer.code, code)
                self.assertIn(answer.status, (status, 422))
        self.assertEqual(local.send("POST", path, b"{}", {"Content-Type": "text/plain"}).status, 415)
        self.assertEqual(local.get(path + "?cursor=1").code, "value-invalid")
        unknown = "a" * 26
        self.assertEqual(local.send("DELETE", f"{path}/{unknown}", {"authority": TWO_PEOPLE}).code, "legacy-seat-unknown")
        self.assertEqual(local.send("DELETE", f"{path}/{unknown}").code, "authority-insufficient")
        self.assertEqual(local.send("DELETE", f"{path}/x", {"authority": TWO_PEOPLE}).status, 404)
        self.assertEqual(local.send("DELETE", f"{path}/{unknown}", {"authority": "me"}).status, 422)
        self.assertEqual(local.get(path + "?colour=1").status, 400)
        self.assertEqual(local.send("DELETE", f"{path}/{unknown}", {"a": 1}).status, 400)
        self.assertEqual(local.send("DELETE", f"{path}/{unknown}", b"{}", {"Content-Type": "text/plain"}).status, 415)
        for method, target in (("POST", path), ("GET", path), ("DELETE", f"{path}/{unknown}")):
            answer = Client(self.server).send(method, target, good if method == "POST" else None)
            self.assertEqual((answer.status, answer.code), (403, "local-only"))
        kept = local.send("POST", path, good)
        self.assertEqual((kept.status, kept.json["results"][0]["status"]), (200, "reserved"))
        early = local.send("DELETE", f"{path}/{kept.json['results'][0]['activation_id']}", {"authority": TWO_PEOPLE})
        self.assertEqual((early.status, early.code), (409, "legacy-seat-promised"))
        self.assertEqual(local.get("/v1/status").json["size"], size + 1)

        for table, mapping, code in (("activations.toml", "activations.toml", "legacy-column-missing"),
                                     ("activations.utf8.csv", "history.toml", "legacy-column-missing"),
                                     ("activations.utf8.csv", "history.gb18030.csv", "legacy-mapping-malformed"),
                                     ("none.csv", "activations.toml", "file-unreadable")):
            refused = self.installation.actledger("legacy", "import", sample(table), "--mapping", sample(mapping),
                                                  "--dry-run", check=False)
            self.assertIn(code, refused.stderr)
            self.assertNotEqual(refused.returncode, 0)

    def test_unclaimed_seats_are_given_up_after_their_time(self):
        self.installation.initialise()
        self.installation.actledger("license", "import", self.installation.issue(3))
        done = self.run_import(3, "activations.utf8.csv", "activations.toml", "--keep-days", "1")
        self.assertEqual(done.status, 5, done.text)
        nothing = self.installation.actledger("legacy", "free", "--all-due")
        self.assertIn("No kept seat", nothing.stdout)
        self.server = self.installation.start(clock="+2d")
        freed = Terminal(self.installation, "legacy", "free", "--all-due",
                         answers=[("PIN", self.pin), ("> ", "free 3 seats")])
        self.assertEqual(freed.status, 0, freed.text)
        licence = self.licence()
        self.assertEqual((licence["used"], licence["legacy_reserved"]), (0, 0))
        local = Client(self.server, "local")
        (one, *_) = local.get("/v1/admin/legacy/seats?limit=1").json["seats"]
        size = local.get("/v1/status").json["size"]
        again = local.send("DELETE", f"/v1/admin/legacy/seats/{one['activation_id']}", {"authority": TWO_PEOPLE})
        self.assertEqual((again.status, local.get("/v1/status").json["size"]), (200, size))
        self.server.stop()
        self.installation.verify()


if __name__ == "__main__":
    unittest.main()
