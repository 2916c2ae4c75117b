"""The operations one by one: what each answers beside what the other tests ask of it. Every answer is held against the API
document as it comes in (api.py); check_coverage.py holds that none is left out.
"""

import base64
import json
import os
import re
import secrets
import unittest

import jsonschema

from api import DOCUMENT, Answer, Client, Desktop
from installation import Installation

JSON = {"Content-Type": "application/json"}
OCTETS = {"Content-Type": "application/octet-stream"}


def extra_of(file):
    """The base64 of an activation file's `extra` line (docs/formats/activation-file.md)."""
    return re.search(rb"^extra (\S+)$", file, re.M)[1]


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(50, "--lease", "days", "--days", "30")
        cls.key = cls.installation.enrolment_key()

    def setUp(self):
        self.plain = Client(self.server)
        self.local = Client(self.server, "local")
        self.addCleanup(self.plain.close)
        self.addCleanup(self.local.close)

    def activated(self):
        desktop = Desktop()
        answer = desktop.activate(self.plain, self.key)
        self.assertEqual(answer.status, 201, answer.body)
        return desktop, answer.json["activation"]["id"]

    def assert_answer(self, status, code, answer):
        self.assertEqual((answer.status, answer.code), (status, code), answer.body)

    def operations(self):
        """(client, method, path with some id, whether it takes a JSON body)"""
        for template, item in DOCUMENT.text["paths"].items():
            for verb, operation in item.items():
                if verb not in ("get", "post", "put", "delete"):
                    continue
                content = operation.get("requestBody", {}).get("content", {})
                path = re.sub(r"\{[^}]*\}", lambda name: {"{name}": "open_enrolment", "{sequence}": "7"}.get(
                    name[0], "a" * 26 if "activations" in template else "0" * 32), template)
                yield self.local, verb.upper(), path, next(iter(content), None)

    def test_a_query_that_is_not_documented_is_refused_everywhere(self):
        for client, method, path, _ in self.operations():
            with self.subTest(method=method, path=path):
                answer = client.send(method, path + "?nonsense=1")
                self.assert_answer(400, "member-unknown", answer)
                client.close()

    def test_a_body_of_another_type_is_refused_wherever_there_is_one(self):
        for client, method, path, media in self.operations():
            if media is None:
                continue
            with self.subTest(method=method, path=path):
                answer = client.send(method, path, b"x=1", {"Content-Type": "application/x-www-form-urlencoded"})
                self.assert_answer(415, "media-type-unsupported", answer)
                client.close()

    def test_renewal_says_why_not(self):
        desktop, activation = self.activated()
        path = f"/v1/activations/{activation}/renewals"
        body = {"components": desktop.components}
        bearer = {"Authorization": "Bearer " + self.key}
        self.assertEqual(self.plain.send("POST", path, body, bearer).status, 200)
        self.assert_answer(403, "enrolment-key-invalid",
                           self.plain.send("POST", path, body, {"Authorization": "Bearer ek1.wrong"}))
        self.assert_answer(403, "device-mismatch",
                           self.plain.send("POST", path, {"components": Desktop().components}, bearer))
        self.assert_answer(400, "member-unknown", self.plain.send("POST", path, {"key": 1}, bearer))
        self.assert_answer(422, "component-malformed", self.plain.send(
            "POST", path, {"components": [{"kind": "Mac!", "value": "02:00:00:00:00:01"}]}, bearer))
        unknown, _ = desktop.signed(self.plain, "POST", f"/v1/activations/{'a' * 26}/renewals")
        self.assert_answer(404, "activation-unknown", unknown)
        self.assertEqual(desktop.signed(self.plain, "DELETE", f"/v1/activations/{activation}")[0].status, 200)
        released, _ = desktop.signed(self.plain, "POST", path)
        self.assert_answer(409, "activation-released", released)

    def test_a_release_of_what_never_was_is_not_found(self):
        desktop, _ = self.activated()
        unknown, _ = desktop.signed(self.plain, "DELETE", f"/v1/activations/{'a' * 26}")
        self.assert_answer(404, "activation-unknown", unknown)

    def test_administrators_see_and_release_activations(self):
        made = [self.activated()[1] for _ in range(3)]
        listed = []
        target = "/v1/admin/activations?limit=2"
        while target:
            page = self.local.get(target)
            self.assertEqual(page.status, 200)
            self.assertLessEqual(len(page.json["activations"]), 2)
            listed += [activation["id"] for activation in page.json["activations"]]
            cursor = page.json.get("next_cursor")
            target = f"/v1/admin/activations?limit=2&cursor={cursor}" if cursor else None
        self.assertLessEqual(set(made), set(listed))
        self.assertEqual(len(listed), len(set(listed)))

        path = f"/v1/admin/activations/{made[0]}"
        self.assert_answer(422, "value-invalid", self.local.send("DELETE", path, {"authority": "me"}))
        self.assert_answer(400, "member-unknown", self.local.send("DELETE", path, {"who": "me"}))
        for _ in range(2):
            self.assertEqual(self.local.send("DELETE", path).json["activation"]["state"], "released")
        self.assertEqual(self.plain.get(f"/v1/activations/{made[0]}").json["activation"]["state"], "released")

    def test_enrolment_keys_are_made_listed_and_revoked_and_shown_once(self):
        made = self.local.send("POST", "/v1/admin/enrolment-keys", {"pool": "第三层", "expires_at": "2099-01-01T00:00:00Z"})
        self.assertEqual(made.status, 201)
        listed = self.local.get("/v1/admin/enrolment-keys")
        self.assertEqual(listed.status, 200)
        self.assertIn(made.json["id"], [key["id"] for key in listed.json["enrolment_keys"]])
        self.assertNotIn(made.json["key"].encode(), listed.body)
        path = "/v1/admin/enrolment-keys/" + made.json["id"]
        size = self.plain.get("/v1/status").json["size"]
        self.assertEqual([self.local.send("DELETE", path).status for _ in range(2)], [200, 200])
        self.assertEqual(self.plain.get("/v1/status").json["size"], size + 1)

    def test_keys_of_before_are_put_back_with_id_and_digest(self):
        for kind, holder in (("enrolment-keys", "pool"), ("log-keys", "reader")):
            path = f"/v1/admin/{kind}/{secrets.token_hex(16)}"
            body = {"digest": secrets.token_hex(32), holder: "第三层", "expires_at": "2099-01-01T00:00:00.000001Z"}

            def put(change, target=path, **more):
                return self.local.send("PUT", target, {**change, **more})

            self.assertEqual([put(body).status for _ in range(3)], [201, 200, 200])
            self.assert_answer(409, kind[:-1] + "-differs", put(body, digest=secrets.token_hex(32)))
            self.assert_answer(422, kind[:-1] + "-ends-in-the-past",
                               put(body, f"/v1/admin/{kind}/{secrets.token_hex(16)}", digest=secrets.token_hex(32),
                                   expires_at="2020-01-01T00:00:00Z"))
            self.assert_answer(422, "value-invalid", put(body, digest="ab"))
            self.assert_answer(422, "value-invalid", put(body, f"/v1/admin/{kind}/x"))
            self.assert_answer(400, "member-missing", put({holder: "p"}))
            self.assert_answer(415, "media-type-unsupported",
                               self.local.send("PUT", path, b"{}", {"Content-Type": "text/plain"}))
            self.assertEqual(self.local.send("DELETE", path).status, 200)
            self.assert_answer(409, kind[:-1] + "-revoked", put(body))
            self.assertEqual(Client(self.server, "plain").send("PUT", path, body).status, 403)

    def test_a_value_of_the_annex_is_erased_from_log_and_file_and_the_ledger_still_verifies(self):
        name = "desk-of-" + secrets.token_hex(8)
        desktop = Desktop()
        body = desktop.body()
        body["device"]["name"] = name
        bearer = {"Authorization": f"Bearer {self.key}"}
        made = self.plain.send("POST", "/v1/activations", body, bearer)
        activation = made.json["activation"]
        file = f"/v1/activations/{activation['id']}/file"
        self.assertIn(name.encode(), base64.b64decode(extra_of(self.plain.get(file).body)))

        path, index = "/v1/admin/annex/erasures", activation["index"]
        erasure = {"sequence_number": index, "field": "device_name"}
        for status, code, wrong in ((404, "annex-value-unknown", {**erasure, "field": "operator_name"}),
                                    (404, "annex-value-unknown", {**erasure, "sequence_number": 0}),
                                    (404, "event-unknown", {**erasure, "sequence_number": 10**9}),
                                    (422, "value-invalid", {**erasure, "sequence_number": -1}),
                                    (422, "value-invalid", {**erasure, "field": "deviceName"}),
                                    (400, "member-missing", {"field": "device_name"})):
            self.assert_answer(status, code, self.local.send("POST", path, wrong))
        remote = Client(self.server)
        self.assert_answer(403, "local-only", remote.send("POST", path, erasure))
        remote.close()
        size = self.plain.get("/v1/status").json["size"]
        erased = [self.local.send("POST", path, erasure) for _ in range(2)]
        self.assertEqual([answer.status for answer in erased], [201, 200])
        self.assertEqual(erased[0].json["sequence_number"], size)
        self.assertEqual(self.plain.get("/v1/status").json["size"], size + 1)

        # The commitment stays, so the event and its proof are what they were.
        after = base64.b64decode(extra_of(self.plain.get(file).body))
        self.assertNotIn(name.encode(), after)
        self.installation.write("erased.proof", self.plain.get(file).body.decode())
        self.installation.program("actledger-verify", self.installation / "erased.proof", "--root",
                                  self.installation / "vendor/root.crt")
        again = desktop.activate(self.plain, self.key)
        self.assertEqual((again.status, again.json["activation"]["id"]), (200, activation["id"]))
        self.assertNotIn(name.encode(), base64.b64decode(extra_of(again.json["file"].encode())))
        self.assertEqual(self.installation.verify()["ledger"]["annex_erased"], 1)

    def test_settings_are_read_and_written(self):
        path = "/v1/admin/settings/open_enrolment"
        for value in (True, False):
            self.assertEqual(self.local.send("PUT", path, {"value": value}).status, 200)
            self.assertEqual(self.local.get(path).json["value"], value)

    def test_a_clock_that_is_right_needs_no_confirmation(self):
        size = self.plain.get("/v1/status").json["size"]
        self.assertEqual(self.local.send("POST", "/v1/admin/time/confirmation").status, 200)
        self.assertEqual(self.plain.get("/v1/status").json["size"], size)

    def test_a_card_that_is_well_may_be_tried_again(self):
        heard = self.local.send("POST", "/v1/admin/hsm/retry")
        self.assertEqual((heard.status, heard.json), (202, {"state": "ready"}))
        self.assertEqual(Desktop().activate(self.plain, self.key).status, 201)

    def test_the_tls_certificate_has_its_proof(self):
        tls = Client(self.server, "tls")
        self.addCleanup(tls.close)
        for _ in range(300):  # it is recorded after the start
            proof = tls.get("/v1/tls-proof")
            if proof.status == 200:
                break
        self.assertTrue(proof.body.startswith(b"c2sp.org/tlog-proof@v1\n"))

    def test_licences_and_revocations_come_in_over_the_api(self):
        def send(kind, path):
            with open(path, "rb") as file:
                return self.local.send("POST", f"/v1/admin/{kind}", file.read(), OCTETS)

        installation = self.installation
        self.assertEqual(send("licenses", installation.issue(2, "--id", "API-1", product="api")).status, 201)
        replaced = installation.issue(2, "--id", "API-2", "--supersedes", "API-1", product="api")
        self.assertEqual(send("licenses", replaced).status, 201)
        self.assert_answer(409, "license-superseded", send("licenses", installation / "vendor/licenses/API-1.lic"))
        listed = {entry["license_id"]: entry for entry in self.local.get("/v1/admin/licenses").json["licenses"]}
        self.assertIn("API-2", listed)

        def revoke(license_id, out):
            installation.issuer("revoke", "--license", license_id, "--id", "API-R", "--reason", "x", "--out",
                                installation / out)
            return installation / out

        first = revoke("API-2", "first.rev")
        self.assertEqual([send("revocations", first).status for _ in range(2)], [201, 200])
        os.unlink(installation / "vendor/revocations/API-R.rev")  # a vendor who lost the record
        self.assert_answer(409, "revocation-id-conflict", send("revocations", revoke("API-1", "second.rev")))
        answer = self.local.send("POST", "/v1/admin/revocations", b"nothing", OCTETS)
        self.assert_answer(422, "revocation-malformed", answer)


class Doubt(unittest.TestCase):
    def test_l11_doubt_is_confirmed_and_the_confirmation_undone(self):
        with Installation() as installation:
            self.assertEqual(installation.licensed(5).stop(), 0)
            server = installation.start(clock="+90d")
            plain, local = Client(server), Client(server, "local")
            self.assertTrue(plain.get("/v1/status").json["time"]["in_doubt"])
            confirmed = local.send("POST", "/v1/admin/time/confirmation")
            self.assertEqual(confirmed.status, 201)
            path = f"/v1/admin/time/confirmation/{confirmed.json['sequence_number']}"
            self.assertFalse(plain.get("/v1/status").json["time"]["in_doubt"])
            size = plain.get("/v1/status").json["size"]
            for body in (None, {}, {"authority": "local_account"}):  # undone by two people
                refused = local.send("DELETE", path, body)
                self.assertEqual((refused.status, refused.code), (403, "authority-insufficient"))
            self.assertEqual(plain.get("/v1/status").json["size"], size)
            undone = local.send("DELETE", path, {"authority": "hsm_pin_and_typed_confirmation"})
            self.assertEqual(undone.status, 200)
            self.assertTrue(plain.get("/v1/status").json["time"]["in_doubt"])
            again = local.send("DELETE", path, {"authority": "hsm_pin_and_typed_confirmation"})
            self.assertEqual(again.status, 200, json.dumps(again.json))
            plain.close()
            local.close()


class Judge(unittest.TestCase):
    """The judge of answers itself: it must not let a wrong one pass."""

    GOOD = {"Content-Type": "application/json", "X-Request-Id": "a"}

    def check(self, status, headers, body, method="GET", path="/healthz"):
        DOCUMENT.check(method, path, Answer(status, headers, body))

    def test_it_takes_what_is_documented_and_nothing_else(self):
        self.check(200, self.GOOD, b'{"status":"alive"}')
        problem = {"type": "urn:actledger:problem:x", "title": "t", "status": 404, "detail": "d", "code": "x", "remedy": "r",
                   "request_id": "a", "facts": {}}
        refusal = {**self.GOOD, "Content-Type": "application/problem+json", "Content-Language": "en"}
        unknown = json.dumps(problem).encode()
        self.check(404, refusal, unknown, path="/nothing")
        wrong = (
            ("a status", (202, self.GOOD, b'{"status":"alive"}')),
            ("a media type", (200, {**self.GOOD, "Content-Type": "text/plain"}, b"alive")),
            ("no request id", (200, {"Content-Type": "application/json"}, b'{"status":"alive"}')),
            ("a member too many", (200, self.GOOD, b'{"status":"alive","more":1}')),
            ("a member missing", (200, self.GOOD, b"{}")),
            ("another type", (200, self.GOOD, b'{"status":1}')),
            ("a body that is no JSON", (200, self.GOOD, b"alive")),
            ("429 without Retry-After", (429, refusal, unknown)),
            ("an internal error", (500, refusal, unknown)),
            ("success for what is not documented", (200, self.GOOD, b"{}", "GET", "/nothing")),
            ("a refusal without a remedy",
             (404, refusal, json.dumps({**problem, "remedy": ""}).encode(), "GET", "/nothing")),
        )
        for what, answer in wrong:
            with self.subTest(what), self.assertRaises((AssertionError, ValueError, jsonschema.ValidationError)):
                self.check(*answer)


if __name__ == "__main__":
    unittest.main()
