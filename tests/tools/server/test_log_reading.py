"""The log under /log/, read as a tlog client reads it: checkpoint, then tiles, then entries."""

import filecmp
import os
import pathlib
import socket
import sys
import unittest

from api import Client, Desktop
from installation import Installation

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import note  # noqa: E402  pylint: disable=wrong-import-position
import tiles  # noqa: E402  pylint: disable=wrong-import-position

FOR_EVER = "max-age=31536000, immutable"


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


class Reader:
    """Takes the files that a checkpoint's size asks for, into a folder."""

    def __init__(self, client, key, folder):
        self.client, self.headers, self.folder = client, bearer(key) if key else {}, pathlib.Path(folder)

    def take(self, path):
        answer = self.client.get(f"/log/{path}", headers=self.headers)
        assert answer.status == 200, (path, answer.status, answer.body)
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(answer.body)
        return answer

    def take_places(self, name, places):
        for index in range(-(-places // tiles.WIDTH)):
            width = min(tiles.WIDTH, places - index * tiles.WIDTH)
            part = "" if width == tiles.WIDTH else f".p/{width}"
            answer = self.take(f"{name}/{tiles.number_path(index)}{part}")
            assert answer.header("Cache-Control") == (FOR_EVER if not part else "no-cache"), answer.header("Cache-Control")

    def take_all(self):
        text = self.take("checkpoint").body.decode()
        size = note.parse_checkpoint(note.parse_note(text)[0])[1]
        level = 0
        while places := size >> 8 * level:
            self.take_places(f"tile/{level}", places)
            level += 1
        self.take_places("tile/entries", size)
        self.take_places("heads", size)
        self.take("manifest")
        self.take("chain.pem")
        return size


def log_key(installation, *options):
    return installation.actledger("log-key", "create", "--reader", "auditor", "--key-only", *options).stdout.strip()


class LogReading(unittest.TestCase):
    def test_a_client_rebuilds_the_root_and_has_what_an_export_has_byte_for_byte(self):
        with Installation() as installation:
            server = installation.licensed(1_000)
            enrolment = installation.enrolment_key()
            key = log_key(installation)
            client = Client(server)
            for _ in range(300):
                desktop = Desktop()
                body = desktop.body()
                body["device"]["name"] = "张三的桌面"  # there is an annex, and it stays where it is
                self.assertEqual(client.send("POST", "/v1/activations", body, bearer(enrolment)).status, 201)
            size = Reader(client, key, installation / "taken").take_all()
            self.assertGreater(size, 300)
            proven = tiles.prove(installation / "taken")
            self.assertEqual((proven["size"], proven["annex"]), (size, None))

            # More events: who began with the earlier head still finds the parts that it covers.
            for _ in range(3):
                Desktop().activate(client, enrolment)
            earlier = client.get(f"/log/tile/0/001.p/{size % 256}", headers=bearer(key))
            self.assertEqual(earlier.body, pathlib.Path(installation / f"taken/tile/0/001.p/{size % 256}").read_bytes())

            installation.actledger("export", installation / "export", "--without-personal-data")
            Reader(Client(server, "tls"), key, installation / "again").take_all()
            again = pathlib.Path(installation / "again")
            files = [str(file.relative_to(again)) for file in again.rglob("*") if file.is_file()]
            self.assertGreater(len(files), 9)
            same, different, missing = filecmp.cmpfiles(again, installation / "export", files, shallow=False)
            self.assertEqual((len(same), different, missing), (len(files), [], []))
            done = installation.program("actledger-verify", "--every-signature", installation / "again", "--root",
                                        installation / "vendor/root.crt")
            self.assertEqual(done.returncode, 0)

    def test_the_local_socket_reads_without_a_key(self):
        with Installation() as installation:
            server = installation.licensed(10)
            local = Client(server, "local")
            self.assertEqual(Reader(local, None, installation / "taken").take_all(), tiles.prove(
                installation / "taken")["size"])

    def test_nobody_else_reads_and_each_refusal_says_why(self):
        with Installation() as installation:
            server = installation.licensed(10)
            enrolment = installation.enrolment_key()
            key = log_key(installation)
            client = Client(server)
            paths = ("checkpoint", "manifest", "chain.pem", "tile/entries/000.p/1", "heads/000.p/1")

            def check(status, code, headers):
                for path in paths:
                    answer = client.get(f"/log/{path}", headers=headers)
                    self.assertEqual((answer.status, answer.code), (status, code), path)
                    self.assertEqual(answer.header("WWW-Authenticate") is not None, status == 401)

            for path in paths:
                self.assertEqual(client.get(f"/log/{path}", headers=bearer(key)).status, 200, path)
            check(401, "credentials-missing", {})
            check(401, "log-key-invalid", bearer("lk1.none"))
            check(401, "credentials-malformed", {"Authorization": "Basic YTpi"})
            check(403, "log-key-wrong-kind", bearer(enrolment))
            check(403, "log-key-wrong-kind", {"Authorization": 'Device challenge="a", signature="AA=="'})
            answer = Client(server, "plain", "zh").get("/log/checkpoint")
            self.assertIn("凭据", answer.json["detail"])
            # The other way round: a log key enrols nobody.
            self.assertEqual(Desktop().activate(client, key).code, "enrolment-key-invalid")
            # A query and another type are not for files.
            for path in paths:
                self.assertEqual(client.get(f"/log/{path}?a=b", headers=bearer(key)).status, 400, path)
            self.assertEqual(client.get("/log/checkpoint", headers={**bearer(key), "Accept": "text/html"}).status, 406)

            local = Client(server, "local")
            (listed,) = local.get("/v1/admin/log-keys").json["log_keys"]
            self.assertEqual((listed["reader"], listed["state"], listed["expires_at"]), ("auditor", "usable", None))
            self.assertNotIn(key, str(listed))
            for _ in range(2):  # again is a success that changes nothing
                installation.actledger("log-key", "revoke", listed["id"])
            check(401, "log-key-invalid", bearer(key))
            self.assertEqual(local.get("/v1/admin/log-keys").json["log_keys"][0]["state"], "revoked")
            server.stop()
            server = installation.start()
            self.assertEqual(Client(server).get("/log/checkpoint", headers=bearer(key)).code, "log-key-invalid")

    def test_what_is_not_there_is_not_found(self):
        with Installation() as installation:
            server = installation.licensed(10)
            headers = bearer(log_key(installation))
            client = Client(server)
            size = note.parse_checkpoint(note.parse_note(client.get("/log/checkpoint", headers=headers).body.decode())[0])[1]
            for path in (f"tile/0/000.p/{size + 1}", "tile/0/000", "tile/1/000.p/1", "tile/8/000", "tile/0/0", "tile/0/001",
                         "tile/entries/000.p/0", "tile/entries/000.p/256", "tile/0/x001/x234/067", "tile/0/000.p/01",
                         "tile/annex/000.p/1", "tile/../annex/000.p/1", "tile/0%2f000.p/1x", "heads/000", "heads/annex"):
                answer = client.get(f"/log/{path}", headers=headers)
                self.assertEqual((answer.status, answer.code), (404, "log-file-unknown"), path)
            # Personal data is not here, whoever asks.
            for transport in ("plain", "local"):
                for path in ("annex/000.p/1", "annex/000", "erased-through", ".lock", "", "tile", "heads/"):
                    answer = Client(server, transport).get(f"/log/{path}", headers=headers)
                    self.assertEqual((answer.status, answer.code), (404, "resource-unknown"), path)
            post = client.send("POST", "/log/checkpoint", None, headers)
            self.assertEqual((post.status, post.header("Allow")), (405, "GET, HEAD"))
            head = client.send("HEAD", "/log/checkpoint", None, headers)
            self.assertEqual((head.status, head.body), (200, b""))

    def test_before_the_first_licence_there_is_no_chain_and_before_the_ledger_nothing(self):
        with Installation() as installation:
            server = installation.start()
            self.assertEqual(Client(server).get("/log/checkpoint").code, "not-initialised")
            server.stop()
            installation.initialise()
            server = installation.start()
            headers = bearer(log_key(installation))
            self.assertEqual(Client(server).get("/log/chain.pem", headers=headers).code, "log-file-unknown")
            self.assertEqual(Client(server).get("/log/manifest", headers=headers).status, 200)

    def test_input_for_keys_is_judged(self):
        with Installation() as installation:
            installation.initialise()
            server = installation.start()
            local = Client(server, "local")

            def make(**body):
                return local.send("POST", "/v1/admin/log-keys", body)

            made = make(reader="second site", expires_at="2099-01-01T00:00:00Z")
            self.assertEqual((made.status, made.json["key"][:4]), (201, "lk1."))
            self.assertEqual(local.get("/v1/admin/log-keys").json["log_keys"][0]["expires_at"][:10], "2099-01-01")
            self.assertEqual(local.send("DELETE", f"/v1/admin/log-keys/{made.json['id']}").status, 200)
            self.assertEqual(make(reader="").code, "reader-name-malformed")
            self.assertEqual(make(reader="a\nb").code, "reader-name-malformed")
            self.assertEqual(make(reader="x" * 65).code, "reader-name-malformed")
            self.assertEqual(make(reader="a", expires_at="2001-01-01T00:00:00Z").code, "log-key-ends-in-the-past")
            # Nothing but leaving it out means: for ever.
            for never in ("1970-01-01T00:00:00Z", "", "1969-12-31T23:59:59Z"):
                self.assertEqual(make(reader="a", expires_at=never).code, "value-invalid", never)
                done = installation.actledger("log-key", "create", "--reader", "a", "--expires-at", never, check=False)
                self.assertNotEqual(done.returncode, 0, never)
                self.assertIn("value-invalid", done.stderr)
            self.assertEqual(make(reader="  ").code, "reader-name-malformed")
            for wrong in (installation.actledger("log-key", "revoke", "", check=False),
                          installation.actledger("enrolment", "revoke", "", check=False)):
                self.assertIn("argument-invalid", wrong.stderr)
            self.assertEqual(make(reader="a", expires_at="soon").code, "value-invalid")
            self.assertEqual(make(pool="a").status, 400)
            self.assertEqual(local.send("POST", "/v1/admin/log-keys", b"{}", {"Content-Type": "text/plain"}).status, 415)
            self.assertEqual(local.send("DELETE", "/v1/admin/log-keys/" + "0" * 32).code, "log-key-unknown")
            self.assertEqual(local.send("DELETE", "/v1/admin/log-keys/x").code, "value-invalid")
            self.assertEqual(local.get("/v1/admin/log-keys?a=b").status, 400)
            self.assertEqual(local.send("DELETE", "/v1/admin/log-keys/" + "0" * 32 + "?a=b").status, 400)
            for method, path in (("POST", "log-keys"), ("GET", "log-keys"), ("DELETE", "log-keys/" + "0" * 32)):
                answer = Client(server).send(method, f"/v1/admin/{path}", {"reader": "a"} if method == "POST" else None)
                self.assertEqual((answer.status, answer.code), (403, "local-only"))
            refused = installation.actledger("log-key", "revoke", "0" * 32, check=False)
            self.assertEqual(refused.returncode, 6)
            self.assertIn("log-key-unknown", refused.stderr)

    def test_a_reader_that_takes_nothing_in_holds_nobody_up(self):
        with Installation() as installation:
            server = installation.licensed(1_000)
            enrolment = installation.enrolment_key()
            key = log_key(installation)
            client = Client(server)
            for _ in range(260):
                Desktop().activate(client, enrolment)
            slow = []
            for _ in range(8):
                connection = socket.create_connection(("127.0.0.1", server.port))
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                ask = f"GET /log/tile/entries/000 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\r\n"
                connection.sendall(ask.encode() * 4)
                slow.append(connection)
            for _ in range(20):
                self.assertEqual(Desktop().activate(client, enrolment).status, 201)
            # No transaction is held: LMDB lists a reader's transaction only while it is open.
            report = installation.verify()
            self.assertEqual(report["result"], "verified")
            for connection in slow:
                connection.close()

    def test_rate_limits_apply(self):
        with Installation(more="[limits]\naddress_requests_per_minute = 3\n") as installation:
            server = installation.licensed(10)
            headers = bearer(log_key(installation))
            client = Client(server)
            statuses = [client.get("/log/checkpoint", headers=headers).status for _ in range(4)]
            self.assertEqual(statuses, [200, 200, 200, 429])


if __name__ == "__main__":
    unittest.main()
