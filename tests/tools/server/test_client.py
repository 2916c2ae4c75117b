"""The real actledger-client beside the real server: what a desktop's owner sees."""

import json
import os
import re
import shutil
import socket
import stat
import unittest

from api import Client
from client_machine import Machine, Service, ask, closed_port, https, seat_requests
from installation import Installation

CHINESE = re.compile("[\u4e00-\u9fff]")


class Desktops(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(20)
        cls.key = cls.installation.enrolment_key()

    def machine(self, *servers, **how):
        return Machine(self.installation, servers or (https(self.server),), **{"key": self.key, **how})

    def seats_held(self):
        return ask(self.server, "/v1/status")["seats_held"]

    def closed(self):
        holder, port = closed_port()
        self.addCleanup(holder.close)
        return https(port)

    def assert_says(self, machine, *arguments, code, exit_code):
        """The same code in both languages, a sentence and a remedy in each."""
        for language in ("en", "zh"):
            done = machine.run(*arguments, "--lang", language, check=False)
            self.assertEqual(done.returncode, exit_code, done.stderr)
            said = re.search(r"^actledger-client: (.+) \((.+)\)\n  (.+)$", done.stderr, re.M)
            self.assertIsNotNone(said, done.stderr)
            self.assertEqual(said[2], code)
            self.assertNotIn("{", said[0])
            for text in (said[1], said[3]):
                self.assertEqual(bool(CHINESE.search(text)), language == "zh", text)

    def test_activates_without_a_ca_at_the_second_address_when_the_first_is_away(self):
        machine = self.machine(self.closed(), https(self.server))
        report = json.loads(machine.activate("--json").stdout)
        self.assertEqual(report["state"], "active")
        self.assertEqual(report["device"], {"key": "same", "components": 3, "components_agreeing": 3})
        client = Client(self.server)
        self.assertEqual(client.get(f"/v1/activations/{report['activation_id']}/file").body, machine.read("activation.proof").encode())
        client.close()
        self.assertEqual(stat.S_IMODE(os.stat(machine.path("device.key")).st_mode), 0o600)

        held = self.seats_held()
        first = machine.read("activation.proof")
        # The settings of the first success were kept: no option but the state folder is needed.
        again = machine.run("activate")
        self.assertIn("vdi", again.stdout)
        self.assertEqual((machine.read("activation.proof"), self.seats_held()), (first, held))

    def test_a_machine_that_lost_everything_gets_the_same_file_back(self):
        machine = self.machine()
        machine.activate()
        first, held = machine.read("activation.proof"), self.seats_held()
        shutil.rmtree(machine.state)
        machine.activate()
        self.assertEqual((machine.read("activation.proof"), self.seats_held()), (first, held))
        refused = machine.run("release", "--yes", check=False)
        self.assertNotEqual(refused.returncode, 0)  # its key is gone: that is for an administrator
        self.assertEqual(self.seats_held(), held)

    def test_status_and_verify_need_no_server(self):
        machine = self.machine()
        machine.activate()
        report = machine.held()
        self.assertEqual((report["state"], report["product"]), ("active", "vdi"))
        copy = self.installation / "copied.proof"
        shutil.copy(machine.path("activation.proof"), copy)
        self.assertEqual(machine.run("verify", copy).returncode, 0)

        other = self.machine()
        os.makedirs(other.state)
        shutil.copy(copy, other.path("activation.proof"))
        self.assert_says(other, "status", "--root", other.root, code="client-device-other", exit_code=5)
        changed = bytearray(machine.read("activation.proof").encode())
        middle = changed.find(b"\n\n") + 40  # within what is signed
        changed[middle] ^= 1
        with open(copy, "wb") as file:
            file.write(changed)
        self.assertIn(machine.run("verify", copy, check=False).returncode, (3, 4))

    def test_release_gives_the_seat_back_once(self):
        machine = self.machine()
        machine.activate()
        held = self.seats_held()
        for _ in range(2):
            released = machine.run("release", "--yes", check=False)
            self.assertIn(released.returncode, (0, 6), released.stderr)
        self.assertEqual(self.seats_held(), held - 1)
        self.assert_says(machine, "status", code="client-not-activated", exit_code=6)
        machine.activate()
        self.assertEqual(self.seats_held(), held)

    def test_it_says_plainly_what_is_wrong(self):
        nowhere = Machine(self.installation, (), key=self.key)
        self.assert_says(nowhere, "activate", *nowhere.settings(), code="client-no-servers", exit_code=2)
        away = self.machine(self.closed())
        self.assert_says(away, "activate", *away.settings(), code="client-server-unreachable", exit_code=7)
        self.assert_says(self.machine(), "status", code="client-not-activated", exit_code=6)
        stranger = self.machine(key="ek1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        done = stranger.activate(check=False)
        self.assertIn(done.returncode, (3, 5), done.stderr)
        self.assertEqual(self.machine(key=False).activate(check=False).returncode, 5)

    def test_a_server_of_another_vendor_is_told_nothing(self):
        os.makedirs(self.installation / "other-vendor", exist_ok=True)
        self.installation.program("actledger-issuer", "--folder", self.installation / "other-vendor",
                                  "--passphrase-file", self.installation / "passphrase", "root", "--name", "Another")
        machine = self.machine(root=self.installation / "other-vendor/root.crt")
        before = seat_requests(self.server)
        done = machine.activate(check=False)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(seat_requests(self.server), before)


class ClientService(unittest.TestCase):
    def test_the_service_activates_once_the_server_is_there_and_renews_when_its_time_has_come(self):
        with Installation() as installation:
            terms = ("--lease", "days", "--days", "20", "--renew-after", "5", "--grace", "3")
            self.assertEqual(installation.licensed(5, *terms).stop(), 0)
            holder, port = closed_port()
            self.addCleanup(holder.close)

            def start(clock=None):
                listening = socket.socket()
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind(("127.0.0.1", port))
                listening.listen(16)
                server = installation.start(sockets=(listening,), clock=clock)
                listening.close()
                return server

            server = start()
            machine = Machine(installation, (https(port),))
            self.assertEqual(server.stop(), 0)
            service = Service(machine)
            service.wait("READY=1")
            service.wait(f"127.0.0.1:{port}")
            self.assertFalse(os.path.exists(machine.path("activation.proof")))
            server = start()
            service.wait("STATUS=Activated")
            self.assertEqual(service.stop(), 0)
            self.assertEqual(service.console().count("(client-server-unreachable)"), 1)  # once, not once an attempt
            before = machine.held()
            self.assertEqual(before["state"], "active")
            self.assertEqual(server.stop(), 0)

            server = start(clock="+10d")
            service = Service(machine, clock="+10d")
            service.wait("STATUS=Activated")
            self.assertEqual(service.stop(), 0)
            after = machine.held()
            self.assertEqual((after["activation_id"], after["state"]), (before["activation_id"], "active"))
            self.assertGreater(after["lease"]["ends_at"], before["lease"]["ends_at"])
            self.assertEqual(server.stop(), 0)
            self.assertEqual(installation.verify()["ledger"]["seats_held"], 1)


if __name__ == "__main__":
    unittest.main()
