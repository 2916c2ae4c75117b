"""Licences that come in while the real server runs."""

import os
import unittest

from api import Client, Desktop
from installation import Installation


class Licenses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.installation.initialise()
        cls.server = cls.installation.start()
        cls.key = cls.installation.enrolment_key()

    def setUp(self):
        self.client = Client(self.server)
        self.addCleanup(self.client.close)

    def send_license(self, path):
        with open(path, "rb") as file:
            return Client(self.server, "local").send("POST", "/v1/admin/licenses", file.read(),
                                                     {"Content-Type": "application/octet-stream"})

    def test_the_first_activation_after_an_import_succeeds(self):
        for number in range(4):
            product = f"product-{number}"
            lic = self.installation.issue(5, product=product)
            self.assertEqual(Desktop(product).activate(self.client, self.key).code, "product-unknown")
            self.assertEqual(self.send_license(lic).status, 201)
            self.assertEqual(Desktop(product).activate(self.client, self.key).status, 201)

    def test_the_same_licence_again_changes_nothing(self):
        lic = self.installation.issue(5, product="again")
        first = self.send_license(lic)
        size = self.client.get("/v1/status").json["size"]
        second = self.send_license(lic)
        self.assertEqual((first.status, second.status), (201, 200))
        self.assertEqual(first.json, second.json)
        self.assertEqual(self.client.get("/v1/status").json["size"], size)

    def test_a_licence_that_replaces_another_takes_its_seats_over(self):
        old = self.send_license(self.installation.issue(2, product="grows")).json["license_id"]
        held = [Desktop("grows") for _ in range(2)]
        for desktop in held:
            self.assertEqual(desktop.activate(self.client, self.key).status, 201)
        self.assertEqual(Desktop("grows").activate(self.client, self.key).code, "quota-reached")
        replaced = self.installation.issue(3, "--supersedes", old, product="grows")
        self.assertEqual(self.send_license(replaced).status, 201)
        self.assertEqual(Desktop("grows").activate(self.client, self.key).status, 201)
        self.assertEqual([d.activate(self.client, self.key).status for d in held], [200, 200])
        self.assertEqual(Desktop("grows").activate(self.client, self.key).code, "quota-reached")

    def test_a_request_for_what_is_no_product_is_refused(self):
        for name in ("two words", "", "x" * 65, "a/b", "产品"):
            refused = self.installation.actledger("license", "request", "--product", name, "--quantity", "5", "--out",
                                                  self.installation / "refused.req", check=False)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn("(product-malformed)", refused.stderr)
            self.assertFalse(os.path.exists(self.installation / "refused.req"))

    def test_a_file_that_is_no_licence_changes_nothing(self):
        size = self.client.get("/v1/status").json["size"]
        local = Client(self.server, "local")
        for body in (b"", b"PK\x03\x04", b"x" * 5000):
            answer = local.send("POST", "/v1/admin/licenses", body, {"Content-Type": "application/octet-stream"})
            self.assertEqual(answer.status, 422, answer.body)
        self.assertEqual(self.client.get("/v1/status").json["size"], size)


if __name__ == "__main__":
    unittest.main()
