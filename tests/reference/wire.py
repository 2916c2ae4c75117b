"""Cap'n Proto messages read by hand, as docs/formats/event.md describes them: one segment, near pointers only."""

import struct

from note import require


class Message:
    def __init__(self, framed):
        require(len(framed) >= 16 and len(framed) % 8 == 0, "frame")
        segments, words = struct.unpack_from("<II", framed)
        require(segments == 0 and words * 8 == len(framed) - 8, "frame")
        self.words = struct.unpack_from("<%dQ" % words, framed, 8)
        self.bytes = framed[8:]

    def root(self):
        return self.struct_at(0)

    def target(self, slot, kind):
        """The word that the pointer in `slot` leads to, and the pointer's upper half."""
        pointer = self.words[slot]
        require(pointer & 3 == kind, "kind of pointer")
        offset = (pointer & 0xFFFFFFFF) >> 2
        if offset >= 1 << 29:
            offset -= 1 << 30
        at = slot + 1 + offset
        require(0 <= at <= len(self.words), "beyond the end")
        return at, pointer >> 32

    def require_words(self, at, count):
        require(at + count <= len(self.words), "beyond the end")

    def struct_at(self, slot):
        if self.words[slot] == 0:
            return Struct(self, 0, 0, 0)
        at, sizes = self.target(slot, 0)
        self.require_words(at, (sizes & 0xFFFF) + (sizes >> 16))
        return Struct(self, at, sizes & 0xFFFF, sizes >> 16)

    def data_at(self, slot):
        if self.words[slot] == 0:
            return b""
        at, sizes = self.target(slot, 1)
        require(sizes & 7 == 2, "not a list of bytes")
        count = sizes >> 3
        require(at * 8 + count <= len(self.bytes), "beyond the end")
        return self.bytes[at * 8 : at * 8 + count]

    def list_at(self, slot):
        """The slots of a list of pointers, or the structs of a list of structs."""
        if self.words[slot] == 0:
            return []
        at, sizes = self.target(slot, 1)
        self.require_words(at, sizes >> 3)
        if sizes & 7 == 6:
            return list(range(at, at + (sizes >> 3)))
        require(sizes & 7 == 7, "not a list of structs")
        self.require_words(at, 1 + (sizes >> 3))
        tag = self.words[at]
        count, data, pointers = (tag & 0xFFFFFFFF) >> 2, tag >> 32 & 0xFFFF, tag >> 48
        require(count * (data + pointers) == sizes >> 3 and count <= len(self.words), "not a list of structs")
        return [Struct(self, at + 1 + i * (data + pointers), data, pointers) for i in range(count)]


class Struct:
    """Fields that lie beyond what was stored are zero or empty."""

    def __init__(self, message, at, data_words, pointer_words):
        self.message, self.at, self.data_words, self.pointer_words = message, at, data_words, pointer_words

    def uint(self, bit, bits):
        word = bit // 64
        if word >= self.data_words:
            return 0
        return self.message.words[self.at + word] >> bit % 64 & (1 << bits) - 1

    def int64(self, bit):
        value = self.uint(bit, 64)
        return value - (1 << 64) if value >> 63 else value

    def data(self, index):
        if index >= self.pointer_words:
            return b""
        return self.message.data_at(self.at + self.data_words + index)

    def text(self, index):
        data = self.data(index)
        require(not data or data[-1] == 0, "text without an end")
        return data[:-1].decode()

    def struct(self, index):
        if index >= self.pointer_words:
            return Struct(self.message, 0, 0, 0)
        return self.message.struct_at(self.at + self.data_words + index)

    def list(self, index):
        if index >= self.pointer_words:
            return []
        return self.message.list_at(self.at + self.data_words + index)
