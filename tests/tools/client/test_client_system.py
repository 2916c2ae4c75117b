"""The real client against the real server: what a desktop lives through from its first activation to its release."""

import json
import os
import re
import signal
import stat
import time
import unittest

from client_machine import Machine, Service, ask, closed_port, https, seat_requests
from installation import PATIENCE_S, Installation


def fix_port(installation, port):
    """The server listens there from its next start on."""
    with open(installation / "actledgerd.toml", "r+", encoding="utf-8") as file:
        text = file.read()
        file.seek(0)
        file.write(text.replace('listen = ["127.0.0.1:0"]', f'listen = ["127.0.0.1:{port}"]', 1))


class Desktop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(hsm="deadline_ms = 2000")
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(100, "--lease", "days", "--days", "30", "--grace", "7")

    def machine(self, *servers, **how):
        return Machine(self.installation, servers or (https(self.server),), **how)

    def get(self, target):
        return ask(self.server, target)

    def size(self):
        return self.get("/v1/status")["size"]

    def test_activates_once_keeps_what_it_was_told_renews_and_releases(self):
        machine = self.machine()
        self.assertEqual(machine.run("status", check=False).returncode, 6)
        machine.activate()
        first, size = machine.read("activation.proof"), self.size()
        self.assertEqual(stat.S_IMODE(os.stat(machine.path("device.key")).st_mode), 0o600)
        machine.activate()
        self.assertEqual((machine.read("activation.proof"), self.size()), (first, size))

        # Nothing has to be named any more: the settings are kept.
        held = machine.held()
        self.assertEqual((held["state"], held["product"], held["device"]["key"]), ("active", "vdi", "same"))
        self.assertEqual((held["device"]["components_agreeing"], held["lease"]["days_left"]), (3, 29))  # whole days
        self.assertEqual(machine.run("verify").returncode, 0)
        renewed = json.loads(machine.run("renew", "--json").stdout)
        self.assertEqual(renewed["activation_id"], held["activation_id"])
        self.assertEqual((renewed["index"], self.size()), (held["index"], size))  # it is not due yet: the same file
        seat = self.get(f"/v1/activations/{held['activation_id']}")["activation"]["lease"]
        self.assertEqual({name: renewed["lease"][name] for name in ("ends_at", "grace_ends_at")},
                         {name: seat[name] for name in ("ends_at", "grace_ends_at")})

        self.assertEqual(machine.run("release", "--yes").returncode, 0)
        after = machine.run("status", "--json", check=False)
        self.assertEqual((after.returncode, json.loads(after.stdout)), (6, {"state": "not_activated"}))
        self.assertEqual(self.get(f"/v1/activations/{held['activation_id']}")["activation"]["state"], "released")

    def test_collects_the_components_and_masks_them_unless_told(self):
        machine = self.machine()
        masked, shown = (machine.run("components", *more).stdout for more in ((), ("--show",)))
        self.assertEqual([line.split()[0] for line in shown.splitlines()], ["board_serial", "machine_id", "smbios_uuid"])
        self.assertIn(machine.uuid, shown)
        self.assertNotIn(machine.uuid, masked)

    def test_a_machine_that_was_reset_gets_the_same_file_back(self):
        machine = self.machine()
        machine.activate()
        first = machine.read("activation.proof")
        machine.state += "-reset"
        machine.activate()
        self.assertEqual(machine.read("activation.proof"), first)

    def test_a_state_folder_that_was_copied_to_another_machine_is_no_activation_there(self):
        machine = self.machine()
        machine.activate()
        clone = self.machine(state=machine.state)
        told = clone.run("status", check=False)
        self.assertEqual(told.returncode, 5)
        self.assertIn("(client-device-other)", told.stderr)

    def test_killed_at_any_rename_it_goes_on_and_holds_one_seat(self):
        """Key, pins, file, checkpoint and settings are each replaced by a rename: none is ever half there."""
        held = self.get("/v1/status")["seats_held"]
        for number in range(1, 20):
            machine = self.machine()
            killed = machine.activate(check=False, before=(
                "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename", "-e",
                f"inject=rename:signal=KILL:when={number}"))
            done = machine.run("verify", "--root", self.installation / "vendor/root.crt", check=False).returncode
            self.assertIn(done, (0, 6))
            machine.activate()
            self.assertEqual(machine.held()["device"]["key"], "same")
            held += 1
            self.assertEqual(self.get("/v1/status")["seats_held"], held)
            if killed.returncode == 0:
                break
        self.assertGreater(number, 4)
        self.assertEqual(killed.returncode, 0)

    def test_of_several_servers_the_next_is_asked_when_one_is_dead_or_somebody_else(self):
        holder, dead = closed_port()
        self.addCleanup(holder.close)
        machine = self.machine(f"https://127.0.0.1:{dead}", f"https://127.0.0.1:{self.server.port}", https(self.server))
        machine.activate()
        self.assertEqual(machine.held()["state"], "active")

        nobody = self.machine(f"https://127.0.0.1:{dead}", f"https://127.0.0.1:{self.server.port}")
        told = nobody.activate(check=False)
        self.assertEqual(told.returncode, 7)
        for part in ("(client-server-unreachable)", f":{dead}", f":{self.server.port}", "client-tls-failed"):
            self.assertIn(part, told.stderr)

    def refused(self, machine, code, status, english, chinese, *more):
        """The same trouble in both languages: the same code and exit code, a sentence and a remedy of each."""
        size = self.size()
        for language, words in (("en", english), ("zh", chinese)):
            told = machine.run("activate", *machine.settings(), "--lang", language, *more, check=False)
            self.assertEqual((told.returncode, told.stdout), (status, ""), told.stderr)
            sentence, remedy = told.stderr.rstrip("\n").split("\n")[:2]
            self.assertIn(f"({code})", sentence)
            self.assertRegex(sentence, words)
            self.assertRegex(remedy, r"^  \S.*[.。]$")
            self.assertEqual(bool(re.search("[\u4e00-\u9fff]", remedy)), language == "zh", remedy)
        self.assertFalse(os.path.exists(machine.path("activation.proof")))
        self.assertEqual(self.size(), size)

    def test_says_plainly_what_is_wrong_in_both_languages(self):
        other = self.installation / "other"
        self.installation.program("actledger-issuer", "--folder", other, "--passphrase-file",
                                  self.installation / "passphrase", "root", "--name", "Somebody Else")
        holder, dead = closed_port()
        self.addCleanup(holder.close)
        server = https(self.server)
        for machine, *expected in (
                (self.machine(key=False), "client-server-refused", 5, r"\[enrolment-closed\]",
                 r"\[enrolment-closed\]"),
                (self.machine(product="unheard-of"), "client-server-refused", 5, r"unheard-of.*\[product-unknown\]",
                 r"unheard-of.*\[product-unknown\]"),
                (self.machine(f"https://127.0.0.1:{dead}"), "client-server-unreachable", 7, f"{dead} cannot be reached",
                 f"无法连接.*{dead}"),
                (self.machine(f"https://127.0.0.1:{self.server.port}"), "client-tls-failed", 7, "No secure connection",
                 "安全连接"),
                (self.machine(f"http://127.0.0.1:{self.server.port}"), "client-plain-http-refused", 5, "plain HTTP",
                 "明文 HTTP"),
                (self.machine(), "client-tls-untrusted", 4, "not trusted", "不受信任", "--trust", "ca"),
                (self.machine(root=other + "/root.crt"), "certificate-untrusted", 4, "vendor's root", "根证书"),
                (self.machine(), "client-server-other", 5, "belongs to", "属于", "--server-id", "a" * 32),
                (self.machine(root="/nonexistent"), "file-unreadable", 6, "/nonexistent cannot be read", "无法读取 /nonexistent"),
                (Machine(self.installation, ()), "client-no-servers", 2, "No activation server", "没有指定激活服务器")):
            with self.subTest(expected[0], server=server):
                self.refused(machine, *expected)

    def test_a_server_whose_card_hangs_is_busy_and_not_broken(self):
        machine = self.machine()
        workers = self.server.children()
        self.assertTrue(workers)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        told = machine.activate(check=False)
        # The hung worker is killed and replaced by the server itself.
        self.assertEqual(told.returncode, 7, told.stderr)
        self.assertIn("(client-server-busy)", told.stderr)
        for _ in range(PATIENCE_S):
            if machine.activate(check=False).returncode == 0:
                break
        self.assertEqual(machine.held()["state"], "active")


class AsService(unittest.TestCase):
    def setUp(self):
        self.installation = Installation()
        self.addCleanup(self.installation.close)

    def service(self, machine, **how):
        service = Service(machine, **how)
        self.addCleanup(service.kill)
        return service

    def test_is_ready_without_a_server_and_activates_when_one_comes(self):
        self.installation.initialise()
        self.installation.actledger("license", "import", self.installation.issue(5))
        holder, dead = closed_port()
        self.addCleanup(holder.close)
        later, port = closed_port()
        self.addCleanup(later.close)
        fix_port(self.installation, port)
        machine = Machine(self.installation, (f"https://127.0.0.1:{dead}", f"https://127.0.0.1:{port}"))
        service = self.service(machine)
        service.wait("READY=1")
        service.wait("cannot be reached")
        server = self.installation.start()
        service.wait("STATUS=Activated")
        self.assertEqual(machine.held()["state"], "active")
        self.assertEqual(service.stop(), 0)
        self.assertEqual(service.console().count("(client-server-unreachable)"), 1)  # each trouble once, and not once an attempt
        self.assertEqual(server.stop(), 0)

    def test_renews_by_itself_and_takes_a_seat_anew_that_was_given_away(self):
        holder, port = closed_port()
        self.addCleanup(holder.close)
        fix_port(self.installation, port)
        server = self.installation.licensed(5, "--lease", "days", "--days", "10", "--renew-after", "3", "--grace", "2")
        machine = Machine(self.installation, (f"https://127.0.0.1:{port}",))
        machine.activate()
        first = machine.held()

        # Before it is due, the service leaves it alone.
        service = self.service(machine)
        service.wait("STATUS=Activated")
        self.assertEqual(service.stop(), 0)
        self.assertEqual(machine.held()["index"], first["index"])

        self.assertEqual(server.stop(), 0)
        server = self.installation.start(clock="+5d")
        service = self.service(machine, clock="+5d")
        service.wait("STATUS=Activated")
        self.assertEqual(service.stop(), 0)
        renewed = machine.held()
        self.assertEqual(renewed["activation_id"], first["activation_id"])
        self.assertGreater(renewed["index"], first["index"])
        self.assertGreater(renewed["lease"]["ends_at"], first["lease"]["ends_at"])

        self.installation.actledger("activation", "release", renewed["activation_id"], "--yes")
        self.assertEqual(server.stop(), 0)
        server = self.installation.start(clock="+9d")
        service = self.service(machine, clock="+9d")
        service.wait("STATUS=Activated")
        self.assertEqual(service.stop(), 0)
        taken = machine.held()
        self.assertNotEqual(taken["activation_id"], first["activation_id"])
        self.assertEqual(ask(server, "/v1/status")["seats_held"], 1)
        self.assertEqual(server.stop(), 0)
        self.installation.verify()

    def test_a_machine_whose_clock_is_wrong_says_so_and_does_not_ask_without_a_pause(self):
        server = self.installation.licensed(5, "--lease", "days", "--days", "30", "--renew-after", "15", "--grace", "7")
        for clock in ("+20d", "+90d"):  # the renewal seems due; the lease and its grace seem over
            with self.subTest(clock):
                machine = Machine(self.installation, (https(server),))
                machine.activate()
                held = machine.held()
                before = seat_requests(server)
                service = self.service(machine, clock=clock)
                service.wait("clocks differ")
                time.sleep(4)
                self.assertLess(seat_requests(server) - before, 20)  # three attempts or so; it was fifteen a second
                self.assertEqual(service.stop(), 0)
                self.assertEqual(machine.held()["index"], held["index"])
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
