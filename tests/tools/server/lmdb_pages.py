"""Finds what stands where in an LMDB file (data format 1, little endian), to damage it: pages, nodes, and whose they are.

A page begins with its number (8 bytes), pad (2), flags (2), end of the offsets (2), end of the free space (2), offsets
of 2 each. A node: size or page number (4), flags or the page number's upper bits (2), size of the key (2), key, value.
"""

import collections
import struct

PAGE = 4096
HEADER = 16
BRANCH, LEAF = 0x01, 0x02
BIG = 0x01
SUBDATA, DUPDATA = 0x02, 0x04
FLAGS_AT = 4  # of a node

Page = collections.namedtuple("Page", "table kind number nodes")  # nodes: where they begin in the file


class Pages:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        # A header: magic, version, address, size of the map, two databases of 48, last page, transaction.
        headers = [page * PAGE + HEADER for page in (0, 1)]
        newest = max(headers, key=lambda at: self._number("<Q", at + 24 + 96 + 8))
        self.used = self._number("<Q", newest + 24 + 96) + 1
        self.pages = []
        self._walk("main", self._number("<Q", newest + 24 + 48 + 40))
        for node in [node for page in self.of("main", "leaf") for node in page.nodes]:
            name_bytes = self._number("<H", node + 6)
            name = self.bytes[node + 8:node + 8 + name_bytes].decode()
            self._walk(name, self._number("<Q", node + 8 + name_bytes + 40))

    def _number(self, form, at):
        return struct.unpack_from(form, self.bytes, at)[0]

    def _walk(self, table, number):
        if number == 2**64 - 1:
            return
        at = number * PAGE
        flags, lower = struct.unpack_from("<HH", self.bytes, at + 10)
        nodes = [at + offset for (offset,) in struct.iter_unpack("<H", self.bytes[at + HEADER:at + lower])]
        kind = "leaf" if flags & LEAF else "branch"
        self.pages.append(Page(table, kind, number, nodes))
        if kind == "branch":
            for node in nodes:
                self._walk(table, self._number("<I", node) | self._number("<H", node + FLAGS_AT) << 32)

    def of(self, table, kind):
        return [page for page in self.pages if page.table == table and page.kind == kind]

    def tables(self):
        return sorted({page.table for page in self.pages})

    def flipped(self, at, mask):
        """The file with these bits of one byte turned over."""
        changed = bytearray(self.bytes)
        changed[at] ^= mask
        return changed
