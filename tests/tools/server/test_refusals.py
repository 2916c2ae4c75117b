"""Bad input changes nothing and gets a coded answer in both languages (L10); the transport's own limits."""

import http.client
import json
import socket
import ssl
import unittest

from api import PATIENCE_S, Client, Desktop, DOCUMENT, Answer
from installation import Installation
from test_survival import wait_until

JSON = {"Content-Type": "application/json"}


def raw(server, data):
    """Bytes as they are, over plain HTTP. -> Answer, or None when the server just closed"""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as connection:
        connection.sendall(data)
        response = http.client.HTTPResponse(connection)
        try:
            response.begin()
        except http.client.BadStatusLine:
            return None
        return Answer(response.status, response.headers, response.read())


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(100)
        cls.key = cls.installation.enrolment_key()
        cls.held = Desktop().activate(Client(cls.server), cls.key).json["activation"]["id"]

    def setUp(self):
        self.size = self.ledger_size()

    def tearDown(self):
        self.assertEqual(self.ledger_size(), self.size)

    def ledger_size(self):
        client = Client(self.server)
        self.addCleanup(client.close)
        return client.get("/v1/status").json["size"]

    def assert_refused(self, status, code, method, target, body=None, headers=None, transport="plain"):
        """In English and in Chinese, with the same code and different words."""
        said = []
        for language, tag in (("en", "en"), ("zh-CN,zh;q=0.9", "zh-CN")):
            client = Client(self.server, transport, language)
            answer = client.send(method, target, body, headers)
            client.close()
            self.assertEqual((answer.status, answer.code), (status, code), answer.body)
            self.assertEqual(answer.header("Content-Language"), tag)
            self.assertEqual(answer.json["request_id"], answer.header("X-Request-Id"))
            self.assertEqual(answer.json["status"], status)
            said.append((answer.json["detail"], answer.json["remedy"]))
        self.assertNotEqual(said[0][0], said[1][0])
        self.assertNotEqual(said[0][1], said[1][1])

    def test_unknown_paths_methods_and_types(self):
        for target in ("/", "/v1", "/v1/activation", "/v1/activations/a/b", "/v1/activations//file", "/../etc/passwd"):
            self.assert_refused(404, "resource-unknown", "GET", target)
        for method in ("PATCH", "OPTIONS", "TRACE"):
            answer = Client(self.server).send(method, "/v1/activations")
            self.assertEqual(answer.json["facts"], {"method": method, "allow": "POST"})
        for method, target in (("DELETE", "/healthz"), ("POST", "/v1/status"), ("PUT", "/v1/activations"),
                               ("PATCH", "/v1/activations"), ("OPTIONS", "/v1/status")):
            self.assert_refused(405, "method-not-allowed", method, target)
        body = json.dumps(Desktop().body()).encode()
        for wrong in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
            self.assert_refused(415, "media-type-unsupported", "POST", "/v1/activations", body, {"Content-Type": wrong})
        self.assert_refused(406, "not-acceptable", "GET", "/v1/checkpoint", headers={"Accept": "image/png"})
        self.assert_refused(400, "member-unknown", "GET", "/v1/status?x=1")
        self.assertEqual(Client(self.server).get("/v1/status?verbose").json["facts"], {"member": "verbose"})

    def test_bodies_that_are_not_what_was_asked_for(self):
        good = Desktop().body()
        device = good["device"]
        cases = [
            (b"", "json-malformed"), (b"{", "json-malformed"), (b"[]", "json-malformed"), (b"null", "json-malformed"),
            (b'{"product":"a","product":"a"}', "json-malformed"), (b"\xff", "json-malformed"),
            (b"[" * 5000, "json-malformed"),
            ({}, "member-missing"), ({"product": "vdi"}, "member-missing"),
            ({**good, "extra": 1}, "member-unknown"), ({**good, "product": 7}, "member-type-wrong"),
            ({**good, "device": []}, "member-type-wrong"), ({**good, "device": {**device, "x": 1}}, "member-unknown"),
        ]
        for body, code in cases:
            self.assert_refused(400, code, "POST", "/v1/activations", body, JSON)
        cases = [
            ({**good, "device": {**device, "public_key": "AAAA"}}, "device-key-malformed"),
            ({**good, "device": {**device, "public_key": "*"}}, "value-invalid"),
            ({**good, "device": {**device, "components": []}}, "value-invalid"),
            ({**good, "device": {**device, "components": [{"kind": "mac", "value": "a"}] * 17}}, "value-invalid"),
            ({**good, "device": {**device, "components": [{"kind": "MAC", "value": "a"}]}}, "component-malformed"),
            *(({**good, "device": {**device, "name": f"a{c}b"}}, "device-name-malformed")
              for c in ("\u0000", "\n", "\x1b[31m", "\x7f", "\u0085", "\u2028", "\u202e")),
            ({**good, "product": "a b"}, "product-malformed"),
            ({**good, "checkpoint": "x"}, "note-malformed"),
        ]
        bearer = {**JSON, "Authorization": f"Bearer {self.key}"}
        for body, code in cases:
            self.assert_refused(422, code, "POST", "/v1/activations", body, bearer)
        one = {**good, "device": {**device, "components": device["components"][:1]}}
        self.assert_refused(422, "device-components-insufficient", "POST", "/v1/activations", one, bearer)
        self.assert_refused(404, "product-unknown", "POST", "/v1/activations", {**good, "product": "other"}, bearer)

    def test_credentials_that_are_none(self):
        for wrong in ("Basic YTpi", "Bearer", "Bearer a b", "Device", 'Device challenge="a", signature="?"'):
            self.assert_refused(401, "credentials-malformed", "POST", "/v1/activations", Desktop().body(),
                                {"Authorization": wrong})
            self.assert_refused(401, "credentials-malformed", "DELETE", f"/v1/activations/{self.held}",
                                headers={"Authorization": wrong})
        self.assert_refused(401, "challenge-unusable", "DELETE", f"/v1/activations/{self.held}",
                            headers={"Authorization": 'Device challenge="QUJD", signature="QUJD"'})
        self.assert_refused(401, "credentials-missing", "POST", f"/v1/activations/{self.held}/renewals")
        for unknown in ("a" * 26, "x", "%00"):
            self.assert_refused(404, "activation-unknown", "GET", f"/v1/activations/{unknown}")

    def test_bodies_and_headers_that_are_too_large(self):
        self.assert_refused(413, "body-too-large", "POST", "/v1/activations", b" " * 98_305, JSON)
        # The server reads no further, so it cannot know the language.
        answer = Client(self.server).get("/healthz", headers={"X-Filler": "x" * 20_000})
        self.assertEqual((answer.status, answer.code), (431, "header-too-large"))
        self.assertEqual(answer.json["request_id"], answer.header("X-Request-Id"))

    def test_requests_that_are_no_http(self):
        for data in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                     b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
                     b"POST /v1/activations HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
                     b"GET /healthz HTTP/1.1\r\nHost: a\r\nAccept: a\r\nAccept: b\r\n\r\n"):
            answer = raw(self.server, data)
            self.assertIsNotNone(answer, data)
            self.assertEqual((answer.status, answer.code), (400, "http-request-malformed"), data)

    def test_administration_is_for_the_local_socket_only(self):
        for template, item in DOCUMENT.text["paths"].items():
            for method in item:
                if template.startswith("/v1/admin/") and method != "parameters":
                    target = template.replace("{name}", "x").replace("{id}", "x").replace("{sequence}", "1")
                    self.assert_refused(403, "local-only", method.upper(), target)
                    self.assert_refused(403, "local-only", method.upper(), target, transport="tls")

    def test_what_a_person_types_is_a_name_whatever_is_in_it(self):
        encoded = Client(self.server, "local")
        self.assertIs(encoded.get("/v1/admin/settings/open%5Fenrolment").json["value"], False)
        encoded.close()
        for name in ("a b", "a/b", "../x", "?x", "中", "%2e"):
            told = self.installation.actledger("setting", "get", name, check=False)
            self.assertEqual(told.returncode, 6, told.stderr)
            self.assertIn(f"There is no setting {name}. (setting-unknown)", told.stderr)

    def test_administrators_are_told_what_is_wrong_too(self):
        def refused(*more):
            self.assert_refused(*more, transport="local")

        refused(400, "member-missing", "POST", "/v1/admin/enrolment-keys", {})
        for pool in ("", "a\nb", "\x1b[2J", "p" * 65):
            refused(422, "pool-name-malformed", "POST", "/v1/admin/enrolment-keys", {"pool": pool})
        refused(422, "value-invalid", "POST", "/v1/admin/enrolment-keys", {"pool": "p", "expires_at": "tomorrow"})
        refused(422, "enrolment-key-ends-in-the-past", "POST", "/v1/admin/enrolment-keys",
                {"pool": "p", "expires_at": "2020-01-01T00:00:00Z"})
        refused(404, "enrolment-key-unknown", "DELETE", "/v1/admin/enrolment-keys/" + "0" * 32)
        refused(422, "value-invalid", "DELETE", "/v1/admin/enrolment-keys/x")
        refused(404, "setting-unknown", "GET", "/v1/admin/settings/a-setting-with-a-rather-long-name-indeed")
        refused(404, "setting-unknown", "PUT", "/v1/admin/settings/a-setting-with-a-rather-long-name-indeed",
                {"value": "a value that is long enough to be on the heap, where it can be freed twice"})
        for name in ("a%20b", "%E4%B8%AD%0A", "a%2Fb"):
            refused(404, "setting-unknown", "GET", "/v1/admin/settings/" + name)
            refused(404, "setting-unknown", "PUT", "/v1/admin/settings/" + name, {"value": 1})
        refused(400, "http-request-malformed", "GET", "/v1/admin/settings/a%zz")
        refused(422, "setting-value-invalid", "PUT", "/v1/admin/settings/open_enrolment", {"value": 1})
        refused(422, "value-invalid", "GET", "/v1/admin/activations?limit=0")
        refused(400, "member-unknown", "GET", "/v1/admin/activations?offset=1")
        refused(404, "activation-unknown", "DELETE", "/v1/admin/activations/" + "a" * 26)
        refused(403, "authority-insufficient", "DELETE", "/v1/admin/time/confirmation/1")
        refused(404, "confirmation-unknown", "DELETE", "/v1/admin/time/confirmation/1",
                {"authority": "hsm_pin_and_typed_confirmation"})
        refused(422, "value-invalid", "DELETE", "/v1/admin/time/confirmation/x")
        refused(422, "value-invalid", "POST", "/v1/admin/time/confirmation", {"authority": "root"})


class Transport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(http="header_timeout_ms = 2000\nconnections_per_address_max = 20")
        cls.addClassCleanup(cls.installation.close)
        cls.installation.initialise()
        cls.server = cls.installation.start()

    def handshake(self, version):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", self.server.tls_port), PATIENCE_S) as connection:
            with context.wrap_socket(connection) as tls:
                return tls.version()

    def test_tls_1_2_and_1_3_are_accepted_and_1_1_is_refused(self):
        self.assertEqual(self.handshake(ssl.TLSVersion.TLSv1_2), "TLSv1.2")
        self.assertEqual(self.handshake(ssl.TLSVersion.TLSv1_3), "TLSv1.3")
        with self.assertRaises(ssl.SSLError):
            self.handshake(ssl.TLSVersion.TLSv1_1)

    def test_a_header_that_comes_too_slowly_is_answered(self):
        answer = raw(self.server, b"GET /healthz HTTP/1.1\r\nHo")
        self.assertEqual((answer.status, answer.code), (408, "request-timeout"))

    def test_connections_beyond_the_limit_of_an_address_are_closed(self):
        clients = [Client(self.server) for _ in range(20)]

        def is_served(client):
            try:
                return client.get("/healthz").status == 200
            except (ConnectionError, http.client.BadStatusLine):
                client.close()  # connections of other tests, closed a moment ago, may still count
                return False

        for client in clients:
            wait_until(lambda client=client: is_served(client), "it was never served")
        with self.assertRaises((ConnectionError, http.client.BadStatusLine)):
            Client(self.server).get("/healthz")
        for client in clients:
            client.close()

    def test_the_server_serves_its_own_document(self):
        client = Client(self.server)
        self.assertEqual(client.get("/openapi.json").json, DOCUMENT.text)
        client.close()


if __name__ == "__main__":
    unittest.main()
