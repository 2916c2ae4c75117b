"""A key of a server's in somebody else's hands: its card, or a copy of its token's folder. It signs whatever he wants."""

import base64
import hashlib
import os
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from installation import MODULE
from test_recover import pin_of

sys.path.insert(0, os.path.join(os.environ["ACTLEDGER_SOURCE"], "tests/reference"))
import note  # noqa: E402  pylint: disable=wrong-import-position

ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551  # of P-256


class StolenKey:
    """@param tokens  the folder, within the installation. @param certificate  the vendor's, a PEM file"""

    def __init__(self, installation, tokens, certificate, label="actledger-1"):
        self.label = label
        self.pin = pin_of(installation)
        self.work = installation / f"stolen-{label}"
        os.makedirs(self.work, exist_ok=True)
        with open(os.path.join(self.work, "softhsm2.conf"), "w", encoding="utf-8") as file:
            file.write(f"directories.tokendir = {installation / tokens}\nobjectstore.backend = file\n")
        self.environment = {**installation.environment, "SOFTHSM2_CONF": os.path.join(self.work, "softhsm2.conf")}
        with open(certificate, "rb") as file:
            self.certificate = x509.load_pem_x509_certificate(file.read())

    def sign(self, message):
        digest, signature = (os.path.join(self.work, name) for name in ("digest", "signature"))
        with open(digest, "wb") as file:
            file.write(hashlib.sha256(message).digest())
        subprocess.run(["pkcs11-tool", "--module", MODULE, "--token-label", "test", "--login", "--pin", self.pin, "--sign",
                        "--mechanism", "ECDSA", "--signature-format", "openssl", "--id", self.label.encode().hex(), "-i",
                        digest, "-o", signature], env=self.environment, capture_output=True, check=True)
        with open(signature, "rb") as file:
            r, s = decode_dss_signature(file.read())
        return encode_dss_signature(r, min(s, ORDER - s))  # the one form that is accepted

    def head(self, origin, size):
        """A head that no ledger has. @return as clients show it"""
        body = f"{origin}\n{size}\n{base64.b64encode(os.urandom(32)).decode()}\n"
        key_id = hashlib.sha256(note.spki(self.certificate.public_key())).digest()[:4]
        line = base64.b64encode(key_id + self.sign(body.encode())).decode()
        return {"checkpoint": f"{body}\n\u2014 {origin} {line}\n",
                "certificates": [base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()]}


def show(client, head):
    return client.send("POST", "/v1/checkpoints/consistency", head)
