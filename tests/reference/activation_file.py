#!/usr/bin/python3
"""Verifies an activation file offline, with the vendor's root certificate alone:
   activation_file.py ROOT.crt FILE
An independent reading of docs/formats/activation-file.md; shares no code with the product."""

import base64
import datetime
import json
import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

import der
import merkle
import note
from note import Refused, require
from wire import Message

SERVER_PURPOSE = "2.25.274031556935164962146205830911425823721.4"
BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, SUBJECT_ALT_NAME = "2.5.29.19", "2.5.29.37", "2.5.29.17"
ANNEX_FIELDS = ["device_name", "device_address", "operator_name"]
SEAT_KINDS = {8: "seat_activated", 9: "seat_renewed", 10: "seat_device_changed", 20: "seat_adopted", 22: "seat_lent"}


def parse(text):
    lines = text.split("\n")
    require(lines[0] == "c2sp.org/tlog-proof@v1", "the first line")
    require(lines[1].startswith("extra "), "the extra line")
    require(lines[2].startswith("index "), "the index line")
    end = lines.index("", 3)
    proof = [note.strict_base64(line) for line in lines[3:end]]
    require(all(len(h) == 32 for h in proof) and len(proof) <= 64, "the proof")
    extra = Message(note.strict_base64(lines[1][6:])).root()
    return {
        "event": extra.data(0),
        "certificates": [extra.message.data_at(slot) for slot in extra.list(1)],
        "annex": [(v.uint(0, 16), v.data(0), v.text(1)) for v in extra.list(2)],
        "device_salt": extra.data(3),
        "index": note.strict_decimal(lines[2][6:]),
        "proof": proof,
        "checkpoint": "\n".join(lines[end + 1 :]),
    }


def parse_event(stored):
    event = Message(stored).root()
    require(event.uint(128, 16) == 1, "schema version")
    kind = event.uint(144, 16)
    found = {
        "sequence_number": event.uint(0, 64),
        "time": event.int64(64),
        "origin": event.text(0),
        "commitments": {c.uint(0, 16): c.data(0) for c in event.list(2)},
        "kind": SEAT_KINDS.get(kind, str(kind)),
    }
    if kind in SEAT_KINDS:
        seat = event.struct(3).struct(0) if kind == 20 else event.struct(3)
        found["seat"] = {
            "activation_id": base64.b32encode(seat.data(0)).decode().lower().rstrip("="),
            "license_id": seat.text(1),
            "product": seat.text(2),
            "components": [[c.text(0), c.data(1).hex()] for c in seat.list(3)],
            "device_public_key": seat.data(4).hex(),
            "lease_ends": seat.int64(0),
            "grace_ends": seat.int64(64),
        }
    return found


def check_certificate(certificate, issuer, at):
    require(certificate.issuer == issuer.subject, "the issuer's name")
    require(certificate.not_valid_before <= at <= certificate.not_valid_after, "a certificate that was not valid then")
    try:
        issuer.public_key().verify(
            certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(certificate.signature_hash_algorithm)
        )
    except InvalidSignature:
        raise Refused("a certificate's signature") from None


def check_chain(ders, root, at):
    """-> the server's certificate. Each is signed by the next one, the last one by the root."""
    require(1 <= len(ders) <= 4, "the number of certificates")
    chain = [x509.load_der_x509_certificate(der) for der in ders]
    for certificate, issuer in zip(chain, chain[1:] + [root]):
        check_certificate(certificate, issuer, at)
    for authority in chain[1:] + [root]:
        constraints = der.take(der.extensions(authority.tbs_certificate_bytes)[BASIC_CONSTRAINTS])[1]
        require(der.values(constraints)[:1] == [(0x01, b"\xff")], "an issuer that is no authority")
    usages = der.take(der.extensions(chain[0].tbs_certificate_bytes)[EXTENDED_KEY_USAGE])[1]
    require([der.object_identifier(u) for _, u in der.values(usages)] == [SERVER_PURPOSE], "the certificate's purpose")
    return chain[0]


def server_id_of(certificate):
    names = der.take(der.extensions(certificate.tbs_certificate_bytes)[SUBJECT_ALT_NAME])[1]
    ((tag, uri),) = der.values(names)
    require(tag == 0x86 and uri.startswith(b"urn:actledger:server:"), "the certificate's server id")
    return uri.decode().removeprefix("urn:actledger:server:")


def verify(text, root):
    """-> the event, the origin and the tree size; raises Refused, also for what python3-cryptography stumbles over."""
    try:
        return verified(text, root)
    except Refused:
        raise
    except Exception as error:  # A damaged certificate makes it raise KeyError, InvalidVersion, OverflowError and more.
        raise Refused(f"unreadable: {error!r}") from error


def verified(text, root):
    file = parse(text)
    event = parse_event(file["event"])
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=event["time"])
    server = check_chain(file["certificates"], root, at)

    body, signatures = note.parse_note(file["checkpoint"])
    origin, size, root_hash = note.parse_checkpoint(body)
    server_id, incarnation = origin.split("/")
    event_server_id, event_incarnation = event["origin"].split("/")
    require(server_id_of(server) == server_id == event_server_id, "the server id")
    require(int(event_incarnation) <= int(incarnation), "the incarnation")
    note.verify_note(body, signatures, origin, server.public_key())

    leaf = merkle.leaf_hash(file["event"])
    require(merkle.root_from_path(leaf, file["index"], size, file["proof"]) == root_hash, "the inclusion proof")
    require(event["sequence_number"] == file["index"], "the event's number")
    for field, salt, value in file["annex"]:
        require(event["commitments"].get(field) == merkle.sha256(salt + value.encode()), "an annex value")
    require(len(file["device_salt"]) == (32 if "seat" in event else 0), "the device salt")
    event["annex"] = {ANNEX_FIELDS[field]: value for field, _, value in file["annex"]}
    event["commitments"] = {ANNEX_FIELDS[field]: digest.hex() for field, digest in event["commitments"].items()}
    return {"event": event, "origin": origin, "size": size}


def main():
    with open(sys.argv[1], "rb") as root_file, open(sys.argv[2], encoding="utf-8", newline="") as file:
        root = x509.load_pem_x509_certificate(root_file.read())
        print(json.dumps(verify(file.read(), root), indent=1, ensure_ascii=False, sort_keys=True))


if __name__ == "__main__":
    main()
