"""The rules of docs/formats/event.md, "Incarnations", 1 to 4 (without quotas), held against an export by another hand."""

import base64

import merkle
import note
import tiles
import wire

OPENED = 18
REENDORSED = 3
LOG_LOST = 4
ROTATED = 5
LOG_AND_KEY_LOST = 6
ANCHORS = ("actledger-anchor/1\n", "actledger-anchor/2\n")


def read_opening(stored):
    """-> what an incarnationOpened says, or None for another kind. Always with the envelope's number and origin."""
    event = wire.Message(stored).root()
    found = {"number": event.uint(0, 64), "origin": event.text(0), "opened": None}
    if event.uint(144, 16) == OPENED:
        body = event.struct(3)
        found["opened"] = {
            "incarnation": body.uint(0, 32),
            "reason": body.uint(32, 16),
            "kept": body.text(0),
            "known": body.text(1),
            "unclaimed": {one.text(0): one.uint(0, 64) for one in body.list(2)},
            "certificate": body.data(4),
            "hand_over": body.text(5),
        }
    return found


def anchor_of(text):
    """Origin, head, keys and reservations of an anchor's body, as docs/formats/anchor.md has them."""
    found = {"reserved": {}, "keys": []}
    for line in text.splitlines()[1:]:
        name, *words = line.split(" ")
        if name == "origin":
            found["origin"] = words[0]
        elif name == "head":
            found["size"] = int(words[0])
        elif name == "key":
            found["keys"].append(words[1:])
        elif name == "license":
            found["reserved"][words[1]] = int(words[3])
    return found


def prove_rotation(opened, keys, index):
    """The key before says, of the head that was kept, which key takes over: docs/formats/rotation.md."""
    before, after = [[key for first, key in keys if first <= size][-1] for size in (index, index + 1)]
    body, signatures = note.parse_note(opened["hand_over"])
    origin, size, root = note.parse_checkpoint(note.parse_note(opened["kept"])[0])
    digests = [base64.b64encode(merkle.sha256(note.spki(key))).decode() for key in (before, after)]
    expected = ["actledger-key-handover/1", f"origin {origin}", f"head {size} {base64.b64encode(root).decode()}",
                f"key {digests[0]}", f"next {digests[1]}", ""]
    note.require(body.split("\n") == expected, "the note says who hands over to whom, and where")
    note.require(len(signatures) == 1, "one signature")
    note.verify_note(body, signatures, origin, before)


def prove_later_key(opened, keys):
    """The log was lost under a later key than the first: the anchor names both, and that key signed it."""
    (_, first), (_, last) = keys[0], [one for one in keys if one[0] <= 2][-1]
    body, signatures = note.parse_note(opened["known"])
    note.require(body.startswith(ANCHORS[1]), "an anchor that names its keys")
    anchor = anchor_of(body)
    points = [base64.b64decode(words[1]) for words in anchor["keys"]]
    numbers = [int(words[0]) for words in anchor["keys"]]
    note.require(len(points) > 1 and numbers == sorted(set(numbers)), "more than one key, each with its incarnation")
    note.require(points[0] == note.compressed(first) and points[-1] == note.compressed(last), "its keys are this log's")
    note.verify_note(body, signatures, anchor["origin"], last)


def prove(folder):
    """-> the incarnations that the export's events opened. Raises what note.require raises."""
    export = tiles.Export(folder)
    heads = {number + 1: text.decode() for number, text in export.placed("heads")}
    origin, openings = None, []
    events = list(export.entries())
    keys = export.keys(events)
    for index, stored in enumerate(events):
        event = read_opening(stored)
        note.require(event["number"] == index, "numbers are dense")
        opened = event["opened"]
        if opened is None:
            note.require(origin in (None, event["origin"]), f"event {index} changes the origin")
        else:
            before = int(origin.split("/")[1])
            note.require(event["origin"].split("/")[0] == origin.split("/")[0], "another server")
            note.require(event["origin"].endswith(f"/{opened['incarnation']}"), "the number is the origin's")
            lost = opened["reason"] in (LOG_LOST, LOG_AND_KEY_LOST)
            if lost:
                note.require((index, opened["kept"]) == (1, ""), "a log that was lost begins with its opening")
                note.require(before == opened["incarnation"], "its genesis bears the new origin")
                note.require(opened["reason"] == LOG_AND_KEY_LOST or
                             opened["known"].startswith(ANCHORS), "an anchor says what was lost")
            else:
                note.require(opened["incarnation"] > before, "the number grows")
                note.require(opened["kept"] == heads[index], "what was kept is a head of this log")
            size = None
            known = note.parse_note(opened["known"])[0] if opened["known"] else ""
            key_alone = opened["reason"] in (REENDORSED, ROTATED, LOG_AND_KEY_LOST)
            note.require(known or key_alone, "what was known is named, unless only the key changed")
            if opened["reason"] == ROTATED:
                prove_rotation(opened, keys, index)
            if opened["reason"] == LOG_LOST and opened["certificate"]:
                prove_later_key(opened, keys)
            if known.startswith(ANCHORS):
                anchor = anchor_of(known)
                size = anchor["size"]
                next_one = int(anchor["origin"].split("/")[1]) + 1
                note.require(next_one == opened["incarnation"] or
                             (opened["reason"] in (REENDORSED, LOG_AND_KEY_LOST) and next_one < opened["incarnation"]), "it follows the anchor")
                for license_id, seats in opened["unclaimed"].items():
                    note.require(0 < seats, "none of zero")
                    note.require(opened["reason"] == LOG_AND_KEY_LOST or seats <= anchor["reserved"][license_id],
                                 "no more than were reserved")
            elif known and opened["reason"] == LOG_AND_KEY_LOST:
                known_origin, size, _ = note.parse_checkpoint(known)
                note.require(int(known_origin.split("/")[1]) < opened["incarnation"], "the number was not used")
            openings.append({"incarnation": opened["incarnation"], "kept_size": 0 if lost else index, "known_size": size})
        origin = event["origin"]
        if index + 1 in heads:
            stated = note.parse_note(heads[index + 1])[0].splitlines()[0]
            note.require(stated == origin, f"the head of size {index + 1} is of {stated}")
    return openings
