"""An export or a mirror, read as docs/formats/export.md describes it, and proven from the events up. Slow, and written
from the page and from C2SP's tlog-tiles, not from the C++ code.

    tiles.py EXPORT_FOLDER        prints what was proven, or why not
"""

import base64
import pathlib
import re
import sys

import merkle
import note
import wire
from note import Refused, require

WIDTH = 256
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")  # of a P-256 key, before its point
INCARNATION_OPENED, REENDORSED, LOG_LOST, ROTATED, LOG_AND_KEY_LOST = 18, 3, 4, 5, 6  # docs/formats/event.md


def number_path(index):
    """1234067 -> x001/x234/067"""
    parts = [f"{index % 1000:03}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03}")
    return "/".join(parts)


class Export:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.manifest = self.read_manifest()
        self.note = self.read("checkpoint").decode()
        body, self.signatures = note.parse_note(self.note)
        self.body = body
        self.origin, self.size, self.root = note.parse_checkpoint(body)
        require(self.origin.split("/")[0] == self.manifest["server"], "the checkpoint is of another server")

    def read(self, path):
        file = self.folder / path
        require(file.is_file(), f"{path} is missing")
        return file.read_bytes()

    def read_manifest(self):
        text = self.read("manifest").decode()
        match = re.fullmatch(r"actledger-export/1\nsuite P256-SHA256\nserver ([a-z2-7]{32})\ngenesis (\S{44})\n"
                             r"annex (kept|left-out)\n", text)
        require(match, "manifest")
        return {"server": match[1], "genesis": note.strict_base64(match[2]), "annex": match[3]}

    def read_tile(self, folder, index, width):
        """The file that has the first `width` places of a number, and how many it has: the full one, or a partial."""
        full = f"{folder}/{number_path(index)}"
        if (self.folder / full).is_file():
            return self.read(full), WIDTH
        partial = f"{full}.p/{width}"
        return self.read(partial), width

    def tiles(self, places):
        """Index and width of the tiles that so many places need."""
        for index in range(places // WIDTH):
            yield index, WIDTH
        if places % WIDTH:
            yield places // WIDTH, places % WIDTH

    def entries(self):
        """All events, in order."""
        for index, width in self.tiles(self.size):
            data, there = self.read_tile("tile/entries", index, width)
            found = []
            while data:
                length = int.from_bytes(data[:2], "big")
                require(length > 0 and len(data) >= 2 + length, f"entry bundle {index} is cut")
                found.append(data[2 : 2 + length])
                data = data[2 + length :]
            require(len(found) == there, f"entry bundle {index} has {len(found)} entries")
            yield from found[:width]

    def placed(self, folder):
        """(event's number, bytes) of heads or annex entries, in order."""
        for index, width in self.tiles(self.size):
            data, there = self.read_tile(folder, index, width)
            count, data, last = int.from_bytes(data[:2], "big"), data[2:], -1
            for _ in range(count):
                place, length = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
                require(last < place < there and 0 < length <= len(data) - 4, f"{folder} {index}")
                if place < width:
                    yield index * WIDTH + place, data[4 : 4 + length]
                data, last = data[4 + length :], place
            require(not data, f"{folder} {index} has more than it says")

    def check_tiles(self, leaves):
        """Every tile of every level is what the leaves give."""
        hashes, level = leaves, 0
        while hashes:
            for index, width in self.tiles(len(hashes)):
                data, there = self.read_tile(f"tile/{level}", index, width)
                require(len(data) == there * 32, f"tile {level} {index} is of another length")
                expected = b"".join(hashes[index * WIDTH : index * WIDTH + width])
                require(data[: width * 32] == expected, f"tile {level} {index} is not what the events give")
            full = len(hashes) // WIDTH
            hashes = [join(hashes[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]
            level += 1
        return level

    def key(self, genesis):
        """The first key: the only P-256 SubjectPublicKeyInfo in event 0 whose hash gives the server id; of a log that was
        begun anew, the one that stands in its place."""
        event = wire.Message(genesis).root()
        if not event.text(0).endswith("/1"):
            return note.load_key(base64.b64encode(event.struct(3).data(1)).decode())
        at = genesis.find(SPKI)
        while at >= 0:
            spki = genesis[at : at + 91]
            name = base64.b32encode(merkle.sha256(spki)[:20]).decode().lower()
            if name == self.manifest["server"]:
                return note.load_key(base64.b64encode(spki).decode())
            at = genesis.find(SPKI, at + 1)
        raise Refused("no key in event 0 gives the server id")

    def keys(self, events):
        """-> [(size of the first head that it can sign, key)]: the first one, and those that events hand over to."""
        keys = [(0, self.key(events[0]))]
        for index, stored in enumerate(events):
            event = wire.Message(stored).root()
            body = event.struct(3) if event.uint(144, 16) == INCARNATION_OPENED else None
            if body is None or body.uint(32, 16) not in (REENDORSED, ROTATED, LOG_AND_KEY_LOST, LOG_LOST):
                continue
            certificate = body.data(4)
            if body.uint(32, 16) == LOG_LOST and not certificate:
                continue  # the server's first key goes on
            at = certificate.find(SPKI)
            require(at >= 0, f"event {index} hands over to no key")
            keys.append((index + 1, note.load_key(base64.b64encode(certificate[at : at + 91]).decode())))
        return keys


def join(hashes):
    """The root over hashes of complete subtrees of one size; their number is any."""
    if len(hashes) == 1:
        return hashes[0]
    k = merkle.split(len(hashes))
    return merkle.node_hash(join(hashes[:k]), join(hashes[k:]))


def prove(folder):
    """-> {size, heads, root, annex}; raises Refused"""
    export = Export(folder)
    events = list(export.entries())
    require(len(events) == export.size, "the number of events")
    leaves = [merkle.leaf_hash(event) for event in events]
    require(leaves[0] == export.manifest["genesis"], "event 0 is not the one in the manifest")
    require(join(leaves) == export.root, "the events do not give the checkpoint's root")
    keys = export.keys(events)
    note.verify_note(export.body, export.signatures, export.origin, keys[-1][1])
    levels = export.check_tiles(leaves)
    heads = 0
    for number, text in export.placed("heads"):
        body, signatures = note.parse_note(text.decode())
        origin, size, root = note.parse_checkpoint(body)
        require(size == number + 1, f"the head at {number} says {size}")
        note.verify_note(body, signatures, origin, [key for first, key in keys if first <= size][-1])
        require(join(leaves[:size]) == root, f"the head of size {size} has another root")
        heads += 1
        last = text.decode()
    require(last == export.note, "the checkpoint is not the last head")
    annex = sum(1 for _ in export.placed("annex")) if export.manifest["annex"] == "kept" else None
    return {"size": export.size, "heads": heads, "root": base64.b64encode(export.root).decode(), "annex": annex,
            "levels": levels}


if __name__ == "__main__":
    try:
        print(prove(sys.argv[1]))
    except Refused as refused:
        sys.exit(f"not proven: {refused}")
