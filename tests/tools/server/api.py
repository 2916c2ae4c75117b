"""Speaks to the server, and holds every answer against the OpenAPI document: an undocumented status, media type, member
or type is a failure of the test that met it.
"""

import base64
import hashlib
import http.client
import json
import os
import re
import secrets
import socket
import ssl

import coverage
import jsonschema
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rendered import check_rendered

PATIENCE_S = 60


class Undocumented(AssertionError):
    """The server answered what its own document does not allow."""


class Document:
    """api/openapi.json as a judge of answers."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = json.load(file)
        self._resolver = jsonschema.RefResolver("", self.text)
        self._validators = {}

    def _follow(self, part):
        while "$ref" in part:
            part = self._resolver.resolve(part["$ref"])[1]
        return part

    def operation(self, method, path):
        """-> (template, operation), or None for what is not documented."""
        for template, item in self.text["paths"].items():
            slashes = any(parameter.get("x-actledger-slashes") for parameter in item.get("parameters", ()))
            pattern = re.sub(r"\\\{[^/]*\\\}", ".+" if slashes else "[^/]*", re.escape(template))
            verb = "get" if method == "HEAD" else method.lower()
            if re.fullmatch(pattern, path) and verb in item:
                return template, item[verb]
        return None

    def check(self, method, target, answer):
        self._require(answer.status != 500, f"{method} {target}: {answer.body[:300]}")  # documented, and never right
        found = self.operation(method, target.split("?")[0])
        if found is None:
            # Not an operation: only a refusal is right, in the form of all refusals.
            self._require(answer.status in (400, 404, 405, 408, 431), f"{answer.status} for an unknown operation")
            return self._check_content(self.text["components"]["responses"]["Problem"], method, answer)
        template, operation = found
        coverage.saw(method, template, answer.status)
        response = operation["responses"].get(str(answer.status))
        self._require(response, f"{method} {template}: status {answer.status} is not documented: {answer.body[:300]}")
        return self._check_content(self._follow(response), method, answer)

    def _check_content(self, response, method, answer):
        for name, header in response.get("headers", {}).items():
            header = self._follow(header)
            value = answer.header(name)
            self._require(value is not None or not header.get("required"), f"header {name} is missing")
            if value is not None and header["schema"].get("type") == "string":
                self._validator(header["schema"]).validate(value)
        self._require(answer.header("X-Request-Id"), "no X-Request-Id")
        self._require(answer.status not in (429, 503) or answer.header("Retry-After"), "no Retry-After")
        content = response.get("content")
        if content is None:
            return self._require(not answer.body, "a body that is not documented")
        media = (answer.header("Content-Type") or "").split(";")[0]
        self._require(media in content, f"media type {media!r} is not documented")
        if media.endswith("json") and method != "HEAD":
            body = json.loads(answer.body)
            if media == "application/problem+json" or (isinstance(body, dict) and "problems" in body):
                check_rendered(answer.body.decode())
            errors = list(self._validator(content[media]["schema"]).iter_errors(body))
            self._require(not errors, f"{answer.body[:500]}: {errors[0].message if errors else ''}")
        return None

    def _validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = jsonschema.Draft202012Validator(schema, resolver=self._resolver)
        return self._validators[key]

    @staticmethod
    def _require(condition, what):
        if not condition:
            raise Undocumented(what)


DOCUMENT = Document(os.path.join(os.environ["ACTLEDGER_SOURCE"], "api/openapi.json"))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.body, self._headers = status, body, headers

    def header(self, name):
        return self._headers.get(name)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code")


class LocalConnection(http.client.HTTPConnection):
    """HTTP over the admin socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE_S)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_S)
        self.sock.connect(self._path)


def any_certificate():
    """A TLS client that trusts nothing in particular: trust by proof is the client's test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Client:
    """One keep-alive connection, closed with the server at the latest. Not for two threads."""

    def __init__(self, server, transport="plain", language=None):
        self.language = language
        if transport == "plain":
            self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
        elif transport == "tls":
            self.connection = http.client.HTTPSConnection("127.0.0.1", server.tls_port, timeout=PATIENCE_S,
                                                          context=any_certificate())
        else:
            self.connection = LocalConnection(server.installation / "admin.sock")
        server.clients.append(self)

    def send(self, method, target, body=None, headers=None):
        """-> Answer, held against the document. A dict becomes JSON."""
        headers = dict(headers or {})
        if self.language:
            headers.setdefault("Accept-Language", self.language)
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        self.connection.request(method, target, body, headers)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        DOCUMENT.check(method, target, answer)
        return answer

    def get(self, target, **more):
        return self.send("GET", target, **more)

    def close(self):
        self.connection.close()


class Desktop:
    """A device of its own: components, and a key that never leaves it."""

    def __init__(self, product="vdi"):
        self.product = product
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.components = [{"kind": "machine_id", "value": secrets.token_hex(16)},
                           {"kind": "mac", "value": secrets.token_hex(6)},
                           {"kind": "disk_serial", "value": secrets.token_hex(8)}]

    def body(self, **more):
        key = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"product": self.product, "device": {"components": self.components,
                                                    "public_key": base64.b64encode(key).decode()}, **more}

    def activate(self, client, enrolment=None, **more):
        headers = {"Authorization": f"Bearer {enrolment}"} if enrolment else {}
        return client.send("POST", "/v1/activations", self.body(**more), headers)

    def authorization(self, method, path, origin, challenge, body=b"", key=None):
        """docs/formats/http.md, "Device proof"."""
        text = f"actledger-device-proof/1\n{method}\n{path}\n{origin}\n{challenge}\n{hashlib.sha256(body).hexdigest()}\n"
        signature = (key or self.key).sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        return f'Device challenge="{challenge}", signature="{base64.b64encode(signature).decode()}"'

    def signed(self, client, method, path, body=b"", key=None):
        """Asks for a challenge and answers it. -> (answer, the Authorization header that was used)"""
        json_type = {"Content-Type": "application/json"} if body else {}
        asked = client.send(method, path, body or None, json_type)
        assert asked.status == 401, asked.body
        challenge = re.search(r'challenge="([^"]+)"', asked.header("WWW-Authenticate"))[1]
        origin = client.get("/v1/status").json["origin"]
        header = self.authorization(method, path, origin, challenge, body, key)
        return client.send(method, path, body or None, {"Authorization": header, **json_type}), header
