"""The server under its supervisor: sockets handed over, readiness, the watchdog, a ledger that is made while it runs."""

import contextlib
import ctypes
import http.client
import os
import socket
import ssl
import threading
import time
import unittest

from api import PATIENCE_S, Client, Desktop, any_certificate
from installation import Installation


def listening(count=1):
    """TCP sockets as a supervisor opens them."""
    sockets = []
    for _ in range(count):
        made = socket.socket()
        made.bind(("127.0.0.1", 0))
        made.listen(64)
        sockets.append(made)
    return sockets


def io_threads(pid):
    """Thread ids, in the order in which they were started."""
    names = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="utf-8") as file:
            names[int(thread)] = file.read().strip()
    return sorted(thread for thread, name in names.items() if name == "io")


@contextlib.contextmanager
def stopped_thread(thread):
    """One thread stands still, as if it hung in a call; the process's others go on (ptrace(2))."""
    seize, interrupt, detach = 0x4206, 0x4207, 17
    libc = ctypes.CDLL(None, use_errno=True)

    def trace(request):
        if libc.ptrace(request, thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    trace(seize)
    trace(interrupt)
    os.waitpid(thread, 0x40000000)  # __WALL
    try:
        yield
    finally:
        trace(detach)


class Supervision(unittest.TestCase):
    def test_sockets_that_were_handed_over_are_used_instead_of_the_configured_ones(self):
        with Installation() as installation:
            tls, plain = listening(2)
            local = socket.socket(socket.AF_UNIX)
            local.bind(installation / "handed-over.sock")
            local.listen(8)
            names = {"LISTEN_FDNAMES": "anything:plain:admin"}
            installation.initialise()
            server = installation.start(sockets=(tls, plain, local), environment=names)
            self.assertEqual((server.tls_port, server.port), (tls.getsockname()[1], plain.getsockname()[1]))
            self.assertEqual(sum(line["event"] == "listening" for line in server.log()), 3)
            self.assertFalse(os.path.exists(installation / "admin.sock"))
            for transport in ("tls", "plain"):
                client = Client(server, transport)
                self.assertEqual(client.get("/readyz").status, 200)
                client.close()
            os.rename(installation / "handed-over.sock", installation / "admin.sock")
            client = Client(server, "local")
            self.assertEqual(client.get("/v1/admin/licenses").status, 200)
            client.close()
            for made in (tls, plain, local):
                made.close()

    def test_a_restart_behind_handed_over_sockets_refuses_no_connection(self):
        with Installation() as installation:
            installation.initialise()
            (tls,) = listening()
            server = installation.start(sockets=(tls,))
            port = server.tls_port
            self.assertEqual(server.stop(), 0)
            statuses = []

            def ask():
                connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_S,
                                                         context=any_certificate())
                connection.request("GET", "/healthz")
                statuses.append(connection.getresponse().status)
                connection.close()

            asking = [threading.Thread(target=ask) for _ in range(4)]  # while there is no server
            for thread in asking:
                thread.start()
            server = installation.start(sockets=(tls,))
            for thread in asking:
                thread.join()
            self.assertEqual(statuses, [200] * 4)
            self.assertEqual(server.tls_port, port)
            tls.close()

    def test_the_supervisor_hears_ready_life_and_stopping(self):
        with Installation() as installation:
            installation.initialise()
            server = installation.start(environment={"WATCHDOG_USEC": "200000"})
            self.assertRegex(server.notified, r"STATUS=Serving [a-z2-7]+/1")
            for _ in range(3):
                server.notified = ""
                server.wait_notified("WATCHDOG=1")
            server.terminate()
            server.wait_notified("STOPPING=1")
            self.assertEqual(server.wait(), 0)

    def test_a_server_whose_io_thread_hangs_falls_silent(self):
        with Installation() as installation:
            installation.initialise()
            server = installation.start(environment={"WATCHDOG_USEC": "200000"})
            server.wait_notified("WATCHDOG=1")
            hanging = io_threads(server.process.pid)[1]  # not the one that speaks to the supervisor
            with stopped_thread(hanging):
                server.notify.settimeout(1)
                with self.assertRaises(TimeoutError):
                    while True:  # what was sent before it hung
                        server.notify.recv(4096)
                server.notify.settimeout(PATIENCE_S)
            server.notified = ""
            server.wait_notified("WATCHDOG=1")


class NotInitialised(unittest.TestCase):
    def test_a_ledger_that_cannot_be_read_is_logged_and_not_taken_for_none(self):
        with Installation() as installation:
            server = installation.start()
            os.makedirs(installation / "ledger/log", exist_ok=True)
            installation.write("ledger/log/data.mdb", "no ledger" * 4096)
            deadline = time.monotonic() + PATIENCE_S
            while not any(line["event"] == "ledger-unreadable" for line in server.log()):
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.1)
            self.assertEqual(Client(server).get("/readyz").status, 501)
            self.assertEqual(server.stop(), 0)

    def test_a_server_without_a_ledger_says_what_to_do_and_serves_once_it_is_made(self):
        with Installation() as installation:
            server = installation.start()
            self.assertIn("STATUS=There is no ledger. A new server: actledger hsm init; after a loss: actledger restore or recover",
                          server.notified)
            client = Client(server)
            self.assertEqual(client.get("/healthz").status, 200)
            self.assertEqual(client.get("/v1/status").json["status"], "not_initialised")
            ready = client.get("/readyz")
            self.assertEqual((ready.status, ready.code), (501, "not-initialised"))
            self.assertIn("actledger hsm init", ready.json["remedy"])
            for method, path, body in (("POST", "/v1/activations", Desktop().body()), ("GET", "/v1/checkpoint", None),
                                       ("POST", "/v1/checkpoints/consistency", {"checkpoint": "x"})):
                client.close()  # the body is not read
                refused = client.send(method, path, body)
                self.assertEqual((refused.status, refused.code), (501, "not-initialised"), path)
            fingerprint = ssl.get_server_certificate(("127.0.0.1", server.tls_port))
            client.close()

            installation.initialise()
            server.wait_notified("STATUS=Serving ")
            server.look_at_ports()
            client = Client(server)
            self.assertEqual(client.get("/readyz").status, 200)
            self.assertEqual(ssl.get_server_certificate(("127.0.0.1", server.tls_port)), fingerprint)
            installation.actledger("license", "import", installation.issue(2))
            self.assertEqual(Desktop().activate(client, installation.enrolment_key()).status, 201)
            client.close()
            self.assertEqual(server.stop(), 0)
            self.assertEqual(installation.verify()["ledger"]["seats_held"], 1)

    def test_it_ends_as_orderly_as_any(self):
        with Installation() as installation:
            server = installation.start()
            server.terminate()
            server.wait_notified("STOPPING=1")
            self.assertEqual(server.wait(), 0)


class RateLimits(unittest.TestCase):
    def test_an_address_over_its_limit_waits_and_administrators_do_not(self):
        with Installation(more="[limits]\naddress_requests_per_minute = 5\n") as installation:
            installation.initialise()
            server = installation.start()
            client = Client(server)
            left = []
            for _ in range(5):
                answer = client.get("/v1/status")
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.header("RateLimit-Policy"), '"address";q=5;w=60')
                left.append(answer.header("RateLimit").split(";")[1])
            self.assertEqual(left, ["r=4", "r=3", "r=2", "r=1", "r=0"])
            for language in ("en", "zh"):
                refused = Client(server, "tls", language).get("/v1/status")  # another connection, the same address
                self.assertEqual((refused.status, refused.code), (429, "rate-limited"))
                self.assertTrue(1 <= int(refused.header("Retry-After")) <= 60)
            local = Client(server, "local")
            for _ in range(10):
                self.assertEqual(local.get("/v1/status").status, 200)

    def test_an_enrolment_key_over_its_limit_waits_and_others_do_not(self):
        with Installation(more="[limits]\nenrolment_key_requests_per_minute = 3\n") as installation:
            server = installation.licensed(20)
            one, other = installation.enrolment_key(), installation.enrolment_key()
            client = Client(server)
            statuses = [Desktop().activate(client, one).status for _ in range(5)]
            self.assertEqual(statuses, [201] * 3 + [429] * 2)
            self.assertEqual(Desktop().activate(client, other).status, 201)
            self.assertIsNone(client.get("/v1/status").header("RateLimit"))
            self.assertEqual(server.stop(), 0)
            self.assertEqual(installation.verify()["ledger"]["seats_held"], 4)


class Configuration(unittest.TestCase):
    def test_what_cannot_be_used_is_told_with_a_code_before_anything_is_served(self):
        with Installation() as installation:
            with open(installation / "actledgerd.toml", encoding="utf-8") as file:
                good = file.read()

            def refused(old, new, status, code, *arguments):
                installation.write("wrong.toml", good.replace(old, new, 1))
                told = installation.program("actledgerd", "--config", installation / "wrong.toml", *arguments, check=False)
                self.assertEqual(told.returncode, status, told.stderr)
                self.assertRegex(told.stderr, rf"^actledgerd: .+\({code}\)\n  \S")

            log_below_a_file = ('file = "actledgerd.log"', 'file = "pin/actledgerd.log"')
            installation.write("pin", "1\n")
            refused(*log_below_a_file, 8, "file-unwritable")
            for arguments in ((), ("--check-config",)):
                refused('uri = "pkcs11:token=test"', 'uri = "pkcs11:token=test;pin-value=1"', 3, "hsm-uri-unsupported",
                        *arguments)
                refused('listen = ["127.0.0.1:0"]', 'listen = ["localhost:0"]', 3, "config-out-of-range", *arguments)
            right = installation.program("actledgerd", "--config", installation / "actledgerd.toml", "--check-config")
            self.assertEqual(right.returncode, 0)


if __name__ == "__main__":
    unittest.main()
