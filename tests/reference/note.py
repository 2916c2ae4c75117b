"""C2SP signed notes and checkpoints, as docs/formats/checkpoint.md describes them."""

import base64
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

import merkle


class Refused(Exception):
    pass


def require(condition, what):
    if not condition:
        raise Refused(what)


def strict_base64(text):
    require(re.fullmatch(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text), "base64")
    data = base64.b64decode(text)
    require(base64.b64encode(data).decode() == text, "base64: unused bits")
    return data


def strict_decimal(text):
    require(re.fullmatch(r"0|[1-9][0-9]*", text), "a number")
    return int(text)


def parse_note(text):
    """-> (body, [(key name, key id, signature)])"""
    require(not re.search(r"[\x00-\x09\x0b-\x1f]", text), "a control character")
    body, separator, lines = text.rpartition("\n\n")
    require(separator and lines.endswith("\n"), "no signatures")
    signatures = []
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line)
        require(match, "a signature line")
        data = strict_base64(match[2])
        require(len(data) > 4, "a signature without a signature")
        require((match[1], data[:4]) not in [s[:2] for s in signatures], "two signatures of one key")
        signatures.append((match[1], data[:4], data[4:]))
    return body + "\n", signatures


def spki(key):
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def compressed(key):
    """SEC 1, section 2.3.3."""
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def verify_note(body, signatures, key_name, key):
    """ECDSA over SHA-256; the key's id is that of its SubjectPublicKeyInfo."""
    key_id = merkle.sha256(spki(key))[:4]
    for name, found_id, signature in signatures:
        if (name, found_id) == (key_name, key_id):
            try:
                key.verify(signature, body.encode(), ec.ECDSA(hashes.SHA256()))
                return
            except InvalidSignature:
                raise Refused("the signature does not hold") from None
    raise Refused("no signature of the key")


def parse_checkpoint(body):
    """-> (origin, tree size, root hash)"""
    lines = body.split("\n")
    require(len(lines) == 4 and lines[3] == "", "not three lines")
    require(re.fullmatch(r"[a-z2-7]{32}/[1-9][0-9]*", lines[0]), "origin")
    root = strict_base64(lines[2])
    require(len(root) == 32, "root hash")
    return lines[0], strict_decimal(lines[1]), root


def load_key(spki_base64):
    return load_der_public_key(strict_base64(spki_base64))
