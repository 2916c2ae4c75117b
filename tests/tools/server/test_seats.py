"""Seats over the real server: quota (L4), idempotence (L5), renewal, release, enrolment, leases."""

import concurrent.futures
import json
import re
import threading
import unittest

from cryptography.hazmat.primitives.asymmetric import ec

from api import Client, Desktop
from installation import Installation


class Seats(unittest.TestCase):
    """Each test has the server to itself but for the ledger, whose seats are plenty."""

    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(1000, "--lease", "days", "--days", "30")
        cls.key = cls.installation.enrolment_key()

    def setUp(self):
        self.client = Client(self.server)
        self.addCleanup(self.client.close)

    def activated(self):
        desktop = Desktop()
        answer = desktop.activate(self.client, self.key)
        self.assertEqual(answer.status, 201, answer.body)
        return desktop, answer.json["activation"]["id"]

    def test_a_device_needs_a_key_unless_enrolment_is_open(self):
        self.assertEqual(Desktop().activate(self.client).code, "enrolment-closed")
        self.assertEqual(Desktop().activate(self.client, "ek1.wrong").code, "enrolment-key-invalid")
        self.installation.actledger("setting", "set", "open_enrolment", "true")
        self.assertEqual(Desktop().activate(self.client).status, 201)
        self.assertEqual(Desktop().activate(self.client, "ek1.wrong").code, "enrolment-key-invalid")
        self.installation.actledger("setting", "set", "open_enrolment", "false")
        self.assertEqual(Desktop().activate(self.client).code, "enrolment-closed")

    def test_a_revoked_key_admits_no_new_device_and_seats_stay(self):
        made = json.loads(self.installation.actledger("--json", "enrolment", "create", "--pool", "p").stdout)
        desktop = Desktop()
        first = desktop.activate(self.client, made["key"])
        self.assertEqual(first.status, 201)
        self.installation.actledger("enrolment", "revoke", made["id"])
        self.assertEqual(Desktop().activate(self.client, made["key"]).code, "enrolment-key-invalid")
        self.assertEqual(self.client.get(first.header("Location")).json["activation"]["state"], "active")

    def test_a_device_that_asks_at_once_on_many_connections_gets_one_seat(self):
        desktop = Desktop()
        gate = threading.Barrier(8)

        def ask(_):
            client = Client(self.server)
            gate.wait()
            return desktop.activate(client, self.key)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(8)))
        self.assertEqual(sorted(a.status for a in answers), [200] * 7 + [201])
        self.assertEqual(len({a.body for a in answers}), 1)

    def test_tls_and_plain_give_the_same_activation(self):
        desktop, _ = self.activated()
        plain = desktop.activate(self.client, self.key)
        tls = desktop.activate(Client(self.server, "tls"), self.key)
        self.assertEqual((plain.status, plain.body), (200, tls.body))

    def test_a_changed_component_keeps_the_seat_and_a_stranger_gets_another(self):
        desktop, activation = self.activated()
        desktop.components[1]["value"] = "02:00:00:00:00:01"
        again = desktop.activate(self.client, self.key)
        self.assertEqual((again.status, again.json["activation"]["id"]), (200, activation))
        _, other = self.activated()
        self.assertNotEqual(other, activation)

    def test_a_file_is_the_one_that_was_handed_out_and_is_not_sent_twice(self):
        desktop = Desktop()
        made = desktop.activate(self.client, self.key)
        path = made.header("Location") + "/file"
        file = self.client.get(path)
        self.assertEqual(file.body.decode(), made.json["file"])
        unchanged = self.client.get(path, headers={"If-None-Match": file.header("ETag")})
        self.assertEqual((unchanged.status, unchanged.body), (304, b""))

    def test_the_device_key_renews_and_releases_and_a_challenge_is_good_once(self):
        desktop, activation = self.activated()
        renewals = f"/v1/activations/{activation}/renewals"
        renewed, used = desktop.signed(self.client, "POST", renewals)
        self.assertEqual((renewed.status, renewed.json["activation"]["id"]), (200, activation))
        replay = self.client.send("POST", renewals, headers={"Authorization": used})
        self.assertEqual((replay.status, replay.code), (401, "challenge-unusable"))

        stranger = ec.generate_private_key(ec.SECP256R1())
        for method, path in (("POST", renewals), ("DELETE", f"/v1/activations/{activation}")):
            refused, _ = desktop.signed(self.client, method, path, key=stranger)
            self.assertEqual((refused.status, refused.code), (401, "device-signature-bad"))
        self.assertEqual(self.client.get(f"/v1/activations/{activation}").json["activation"]["state"], "active")

        released, used = desktop.signed(self.client, "DELETE", f"/v1/activations/{activation}")
        self.assertEqual((released.status, released.json["activation"]["state"]), (200, "released"))
        replay = self.client.send("DELETE", f"/v1/activations/{activation}", headers={"Authorization": used})
        self.assertEqual((replay.status, replay.code), (401, "challenge-unusable"))

    def test_a_signature_is_good_for_its_own_request_only(self):
        desktop, activation = self.activated()
        path = f"/v1/activations/{activation}"
        origin = self.client.get("/v1/status").json["origin"]
        asked = self.client.send("DELETE", path)
        challenge = re.search(r'challenge="([^"]+)"', asked.header("WWW-Authenticate"))[1]
        for wrong in (desktop.authorization("POST", path, origin, challenge),
                      desktop.authorization("DELETE", path + "x", origin, challenge),
                      desktop.authorization("DELETE", path, origin + "1", challenge),
                      desktop.authorization("DELETE", path, origin, challenge, b"{}")):
            refused = self.client.send("DELETE", path, headers={"Authorization": wrong})
            self.assertEqual((refused.status, refused.code), (401, "device-signature-bad"))
        right = desktop.authorization("DELETE", path, origin, challenge)
        self.assertEqual(self.client.send("DELETE", path, headers={"Authorization": right}).status, 200)

    def test_the_list_of_the_command_line_shows_when_a_lease_ends(self):
        _, activation = self.activated()
        listed = self.installation.actledger("activation", "list").stdout
        row = next(line for line in listed.splitlines() if line.startswith(activation))
        ends = self.client.get(f"/v1/activations/{activation}").json["activation"]["lease"]["ends_at"]
        self.assertIn(ends, row)


class LastSeat(unittest.TestCase):
    def test_l4_the_last_seats_hammered_from_many_connections_are_given_exactly_once(self):
        limit, connections, asked_by_each = 25, 32, 4
        with Installation() as installation:
            server = installation.licensed(limit, "--lease", "days", "--days", "30", "--grace", "7")
            key = installation.enrolment_key()
            desktops = [[Desktop() for _ in range(asked_by_each)] for _ in range(connections)]
            gate = threading.Barrier(connections)

            def hammer(own):
                client = Client(server)
                gate.wait()
                return [(desktop, desktop.activate(client, key)) for desktop in own]

            with concurrent.futures.ThreadPoolExecutor(connections) as pool:
                answers = [pair for pairs in pool.map(hammer, desktops) for pair in pairs]
            given = [(desktop, a) for desktop, a in answers if a.status == 201]
            refused = [a for _, a in answers if a.status != 201]
            self.assertEqual(len(given), limit)
            self.assertEqual({(a.status, a.code) for a in refused}, {(409, "quota-reached")})
            for answer in refused:
                facts = answer.json["facts"]
                self.assertEqual((facts["used"], facts["limit"]), (str(limit), str(limit)))
                self.assertRegex(facts["next_seat_free_at"], r"^\d{4}-\d\d-\d\dT")
            self.assertEqual(len({a.json["activation"]["id"] for _, a in given}), limit)

            client = Client(server)
            for desktop, first in given:
                again = desktop.activate(client, key)
                self.assertEqual((again.status, again.body), (200, first.body))
            self.assertEqual(client.get("/v1/status").json["seats_held"], limit)

            # A seat that is given back is given away once.
            desktop, first = given[0]
            released, _ = desktop.signed(client, "DELETE", first.header("Location"))
            self.assertEqual(released.status, 200)
            self.assertEqual(Desktop().activate(client, key).status, 201)
            self.assertEqual(Desktop().activate(client, key).code, "quota-reached")
            self.assertEqual(server.stop(), 0)
            installation.verify()


class Leases(unittest.TestCase):
    def test_a_lease_that_runs_out_gives_its_seat_back_by_an_event(self):
        with Installation() as installation:
            server = installation.licensed(1, "--lease", "days", "--days", "5", "--grace", "2")
            key = installation.enrolment_key()
            first = Desktop()
            activation = first.activate(Client(server), key).json["activation"]["id"]
            self.assertEqual(Desktop().activate(Client(server), key).code, "quota-reached")
            self.assertEqual(server.stop(), 0)

            # Across a stop the wall clock is believed: in the grace the seat is still held, after it it is not.
            server = installation.start(clock="+6d")
            client = Client(server)
            self.assertEqual(Desktop().activate(client, key).code, "quota-reached")
            self.assertEqual(server.stop(), 0)
            server = installation.start(clock="+8d")
            client = Client(server)
            second = Desktop().activate(client, key)
            self.assertEqual(second.status, 201, second.body)
            self.assertEqual(client.get(f"/v1/activations/{activation}").json["activation"]["state"], "released")
            self.assertEqual(first.activate(client, key).code, "quota-reached")
            self.assertEqual(server.stop(), 0)
            ledger = installation.verify()["ledger"]
            self.assertEqual((ledger["activations"], ledger["seats_held"]), (2, 1))


if __name__ == "__main__":
    unittest.main()
