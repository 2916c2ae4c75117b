"""The real actledger-client beside the real server: what a desktop's owner sees."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import time
import unittest

from api import PATIENCE_S, Client
from installation import BIN, FAKETIME, Failed, Installation

CHINESE = re.compile("[\u4e00-\u9fff]")


def free_port():
    """Nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def address(port):
    return f"https://127.0.0.1:{port}"


class Machine:
    """A desktop: components of its own, and a state folder."""

    def __init__(self, installation, key=None, root=None):
        self.installation = installation
        self.name = secrets.token_hex(4)
        self.state = installation / f"client-{self.name}"
        self.components = installation / f"components-{self.name}.toml"
        self.root = root or installation / "vendor/root.crt"
        self.options = []
        self.make_components()
        if key:
            installation.write(f"key-{self.name}", key + "\n")
            self.options = ["--enrolment-key-file", installation / f"key-{self.name}"]

    def make_components(self):
        self.installation.write(f"components-{self.name}.toml", f'machine_id = "{secrets.token_hex(16)}"\n'
                                f'mac = "{secrets.token_hex(6)}"\ndisk_serial = "{secrets.token_hex(8)}"\n')

    def arguments(self, *arguments, servers=()):
        options = [option for port in servers for option in ("--server", address(port))]
        return ["--state", self.state, *arguments, "--product", "vdi", "--root", self.root, "--components-file",
                self.components, "--device-name", "-", *self.options, *options]

    def run(self, *arguments, servers=(), language="en"):
        return self.installation.program("actledger-client", *self.arguments(*arguments, servers=servers), "--lang",
                                         language, check=False)

    def file(self):
        with open(os.path.join(self.state, "activation.proof"), "rb") as file:
            return file.read()


class Service:
    """actledger-client run, as systemd would start it."""

    def __init__(self, machine, servers, clock=None):
        self.path = machine.installation / f"notify-{machine.name}"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path)
        self.notify.settimeout(1)
        variables = {**machine.installation.environment, "NOTIFY_SOCKET": self.path}
        if clock:
            variables.update(LD_PRELOAD=FAKETIME, FAKETIME=clock, FAKETIME_DONT_FAKE_MONOTONIC="1")
        command = [os.path.join(BIN, "actledger-client"), *machine.arguments("run", servers=servers), "--lang", "en"]
        self.output = machine.installation / f"console-{machine.name}"
        with open(self.output, "wb") as console:
            self.process = subprocess.Popen(command, env=variables, stdout=console, stderr=console,
                                            start_new_session=True)

    def wait_until_heard(self, pattern):
        for _ in range(PATIENCE_S):
            try:
                said = self.notify.recv(4096).decode()
            except TimeoutError:
                continue
            if re.search(pattern, said):
                return
        raise Failed(f"never said {pattern}: {self.console()}")

    def console(self):
        with open(self.output, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        self.notify.close()
        return status


class Desktops(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(20)
        cls.key = cls.installation.enrolment_key()

    def machine(self, **how):
        return Machine(self.installation, self.key, **how)

    def activated(self, machine, *arguments, servers=None):
        done = machine.run("activate", *arguments, servers=servers or [self.server.tls_port])
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def seats_held(self):
        client = Client(self.server)
        self.addCleanup(client.close)
        return client.get("/v1/status").json["seats_held"]

    def assert_says(self, machine, *arguments, code, exit_code, servers=()):
        """The same code in both languages, a sentence and a remedy in each."""
        for language in ("en", "zh"):
            done = machine.run(*arguments, servers=servers, language=language)
            self.assertEqual(done.returncode, exit_code, done.stderr)
            said = re.search(r"^actledger-client: (.+) \((.+)\)\n  (.+)$", done.stderr, re.M)
            self.assertIsNotNone(said, done.stderr)
            self.assertEqual(said[2], code)
            self.assertNotIn("{", said[0])
            for text in (said[1], said[3]):
                self.assertEqual(bool(CHINESE.search(text)), language == "zh", text)

    def test_activates_without_a_ca_at_the_second_address_when_the_first_is_away(self):
        machine = self.machine()
        report = json.loads(self.activated(machine, "--json", servers=[free_port(), self.server.tls_port]).stdout)
        self.assertEqual(report["state"], "active")
        self.assertEqual(report["device"], {"key": "same", "components": 3, "components_agreeing": 3})
        client = Client(self.server)
        self.assertEqual(client.get(f"/v1/activations/{report['activation_id']}/file").body, machine.file())
        client.close()
        mode = stat.S_IMODE(os.stat(os.path.join(machine.state, "device.key")).st_mode)
        self.assertEqual(mode, 0o600)

        held = self.seats_held()
        first = machine.file()
        # The settings of the first success were kept: no option but the state folder is needed.
        again = self.installation.program("actledger-client", "--state", machine.state, "activate")
        self.assertIn("vdi", again.stdout)
        self.assertEqual((machine.file(), self.seats_held()), (first, held))

    def test_a_machine_that_lost_everything_gets_the_same_file_back(self):
        machine = self.machine()
        self.activated(machine)
        first, held = machine.file(), self.seats_held()
        shutil.rmtree(machine.state)
        self.activated(machine)
        self.assertEqual((machine.file(), self.seats_held()), (first, held))
        refused = machine.run("release", "--yes", servers=[self.server.tls_port])
        self.assertNotEqual(refused.returncode, 0)  # its key is gone: that is for an administrator
        self.assertEqual(self.seats_held(), held)

    def test_status_and_verify_need_no_server(self):
        machine = self.machine()
        self.activated(machine)
        report = json.loads(machine.run("status", "--json").stdout)
        self.assertEqual((report["state"], report["product"]), ("active", "vdi"))
        copy = self.installation / "copied.proof"
        with open(copy, "wb") as file:
            file.write(machine.file())
        self.assertEqual(machine.run("verify", copy).returncode, 0)

        other = self.machine()
        os.makedirs(other.state)
        shutil.copy(copy, os.path.join(other.state, "activation.proof"))
        self.assert_says(other, "status", code="client-device-other", exit_code=5)
        changed = bytearray(machine.file())
        middle = changed.find(b"\n\n") + 40  # within what is signed
        changed[middle] ^= 1
        with open(copy, "wb") as file:
            file.write(changed)
        self.assertIn(machine.run("verify", copy).returncode, (3, 4))

    def test_release_gives_the_seat_back_once(self):
        machine = self.machine()
        self.activated(machine)
        held = self.seats_held()
        for _ in range(2):
            released = machine.run("release", "--yes", servers=[self.server.tls_port])
            self.assertIn(released.returncode, (0, 6), released.stderr)
        self.assertEqual(self.seats_held(), held - 1)
        self.assert_says(machine, "status", code="client-not-activated", exit_code=6)
        self.activated(machine)
        self.assertEqual(self.seats_held(), held)

    def test_it_says_plainly_what_is_wrong(self):
        port = self.server.tls_port
        self.assert_says(self.machine(), "activate", code="client-no-servers", exit_code=2)
        self.assert_says(self.machine(), "activate", servers=[free_port()], code="client-server-unreachable",
                         exit_code=7)
        self.assert_says(self.machine(), "status", code="client-not-activated", exit_code=6)
        stranger = Machine(self.installation, "ek1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        done = stranger.run("activate", servers=[port])
        self.assertIn(done.returncode, (3, 5), done.stderr)
        keyless = Machine(self.installation)
        self.assertEqual(keyless.run("activate", servers=[port]).returncode, 5)

    def test_a_server_of_another_vendor_is_told_nothing(self):
        os.makedirs(self.installation / "other-vendor", exist_ok=True)
        self.installation.program("actledger-issuer", "--folder", self.installation / "other-vendor",
                                  "--passphrase-file", self.installation / "passphrase", "root", "--name", "Another")
        machine = self.machine(root=self.installation / "other-vendor/root.crt")
        client = Client(self.server)
        self.addCleanup(client.close)

        def asked():
            lines = client.get("/metrics").body.decode().splitlines()
            return [line for line in lines if "/v1/activations" in line and not line.startswith("#")]

        before = asked()
        done = machine.run("activate", servers=[self.server.tls_port])
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertEqual(asked(), before)


class ClientService(unittest.TestCase):
    def test_the_service_activates_once_the_server_is_there_and_renews_when_its_time_has_come(self):
        with Installation() as installation:
            terms = ("--lease", "days", "--days", "20", "--renew-after", "5", "--grace", "3")
            self.assertEqual(installation.licensed(5, *terms).stop(), 0)
            port = free_port()

            def start(clock=None):
                listening = socket.socket()
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind(("127.0.0.1", port))
                listening.listen(16)
                server = installation.start(sockets=(listening,), clock=clock)
                listening.close()
                return server

            server = start()
            machine = Machine(installation, installation.enrolment_key())
            self.assertEqual(server.stop(), 0)
            service = Service(machine, [port])
            service.wait_until_heard("READY=1")
            service.wait_until_heard("STATUS=.*127.0.0.1")
            self.assertFalse(os.path.exists(os.path.join(machine.state, "activation.proof")))
            server = start()
            for _ in range(PATIENCE_S * 10):
                if os.path.exists(os.path.join(machine.state, "activation.proof")):
                    break
                time.sleep(0.1)
            self.assertEqual(service.stop(), 0)
            self.assertIn("client-server-unreachable", service.console())
            self.assertEqual(service.console().count("client-server-unreachable"), 1)  # once, not once an attempt
            before = json.loads(machine.run("status", "--json").stdout)
            self.assertEqual(before["state"], "active")
            self.assertEqual(server.stop(), 0)

            server = start(clock="+10d")
            first = machine.file()
            os.unlink(machine.installation / f"notify-{machine.name}")
            service = Service(machine, [port], clock="+10d")
            for _ in range(PATIENCE_S * 10):
                if machine.file() != first:
                    break
                time.sleep(0.1)
            self.assertEqual(service.stop(), 0)
            after = json.loads(machine.run("status", "--json").stdout)
            self.assertEqual((after["activation_id"], after["state"]), (before["activation_id"], "active"))
            self.assertGreater(after["lease"]["ends_at"], before["lease"]["ends_at"])
            self.assertEqual(server.stop(), 0)
            self.assertEqual(installation.verify()["ledger"]["seats_held"], 1)


if __name__ == "__main__":
    unittest.main()
