"""Every licence that an operator can hold in hands and that must not go in: real issuer, real HSM, a running server, both
languages. What only a forger with the vendor's keys could make is in tests/ledger/license_file.
"""

import io
import os
import re
import struct
import unittest
import zipfile

from api import Client
from installation import Installation

CHINESE = re.compile("[\u4e00-\u9fff]")


def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(pairs):
    """A ZIP of (name, bytes) pairs, in this order; doubles allowed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pairs:
            archive.writestr(name, data)
    return out.getvalue()


def encrypted(archive):
    """The same archive with "encrypted" said of every entry (APPNOTE 4.4.4, bit 0)."""
    data = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            flags = struct.unpack_from("<H", data, at + offset)[0]
            struct.pack_into("<H", data, at + offset, flags | 1)
            at = data.find(signature, at + 4)
    return bytes(data)


class LicenseRefusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.installation = Installation()
        cls.addClassCleanup(cls.installation.close)
        cls.server = cls.installation.licensed(10)
        cls.lic = cls.installation.issue(7)
        cls.entries = entries(cls.lic)

    def checkpoint(self):
        client = Client(self.server)
        self.addCleanup(client.close)
        return client.get("/v1/checkpoint").body

    def assert_refused(self, code, lic, *facts, exit_code):
        """By the CLI beside the server, in both languages, with the facts in the sentence; the ledger is as it was."""
        if isinstance(lic, bytes):
            path = self.installation / "edited.lic"
            with open(path, "wb") as file:
                file.write(lic)
            lic = path
        before = self.checkpoint()
        sentences = []
        for language in ("en", "zh"):
            done = self.installation.actledger("--lang", language, "license", "import", lic, check=False)
            self.assertEqual(done.returncode, exit_code, done.stderr)
            said = re.match(r"actledger: (.*) \((.*)\)\n  (.*)\n", done.stderr)
            self.assertIsNotNone(said, done.stderr)
            sentence, found, remedy = said.groups()
            self.assertEqual(found, code, done.stderr)
            self.assertNotIn("{", done.stderr)
            for fact in facts:
                self.assertIn(fact, sentence)
            for text in (sentence, remedy):
                self.assertEqual(bool(CHINESE.search(text)), language == "zh", text)
            sentences.append(sentence)
            self.remedy = remedy
        self.assertNotEqual(*sentences)
        self.assertEqual(self.checkpoint(), before)

    def test_files_that_are_no_archive(self):
        with open(self.lic, "rb") as file:
            whole = file.read()
        middle = len(whole) // 2  # within the compressed bytes
        changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:]
        self.assert_refused("license-not-zip", b"", exit_code=3)
        self.assert_refused("license-not-zip", self.entries["license.bin"], exit_code=3)
        self.assert_refused("license-archive-damaged", whole[:-30], exit_code=3)
        self.assert_refused("license-archive-damaged", changed, exit_code=3)

    def test_archives_that_were_edited_are_told_that_no_editing_is_needed(self):
        signed, info = ("license.bin", self.entries["license.bin"]), ("info", self.entries["info"])
        cases = (("license-entry-missing", packed([info]), "license.bin"),
                 ("license-entry-missing", packed([signed]), "info"),
                 ("license-entry-missing", packed([]), "license.bin"),
                 ("license-entry-extra", packed([signed, info, ("readme.txt", b"x")]), "readme.txt"),
                 ("license-entry-duplicated", packed([signed, info, info]), "info"),
                 ("license-entry-oversized", packed([signed, ("info", b" " * 5_000_000)]), "info"),
                 ("license-entry-encrypted", encrypted(packed([signed, info])), "license.bin"),
                 ("license-entry-with-path", packed([("licence/" + signed[0], signed[1]), info]), "licence/license.bin"),
                 ("license-entry-with-path", packed([("../license.bin", signed[1]), info]), "../license.bin"))
        for code, archive, entry in cases:
            with self.subTest(code=code, entry=entry):
                self.assert_refused(code, archive, entry, exit_code=3)
                self.assertRegex(self.remedy, "编辑|修改|原样")
        more = packed([signed, ("info", self.entries["info"].replace(b'"quantity": 7', b'"quantity": 700'))])
        self.assert_refused("license-info-differs", more, exit_code=4)
        self.assertRegex(self.remedy, "编辑|修改|原样")

    def test_signatures_that_are_not_the_vendors(self):
        content = self.entries["license.bin"].replace(b'"quantity": 7', b'"quantity": 8')
        info = self.entries["info"].replace(b'"quantity": 7', b'"quantity": 8')
        self.assertNotEqual(info, self.entries["info"])
        self.assert_refused("license-signature-bad", packed([("license.bin", content), ("info", info)]), exit_code=4)
        garbage = packed([("license.bin", b"\x30\x03\x02\x01\x00"), ("info", self.entries["info"])])
        self.assert_refused("license-bin-malformed", garbage, exit_code=3)

        installation = self.installation
        os.makedirs(installation / "other-vendor")
        other = ("--folder", installation / "other-vendor", "--passphrase-file", installation / "passphrase")
        installation.program("actledger-issuer", *other, "root", "--name", "Another Vendor")
        installation.program("actledger-issuer", *other, "certificate", "--purpose", "license-issuer")
        installation.actledger("license", "request", "--product", "vdi", "--quantity", "5", "--out",
                               installation / "foreign.req")
        installation.program("actledger-issuer", *other, "issue", installation / "foreign.req", "--match", "2", "--out",
                             installation / "foreign.lic")
        self.assert_refused("license-issuer-unknown", installation / "foreign.lic", exit_code=4)

    def test_licences_of_another_server(self):
        with Installation() as other:
            other.initialise()
            other.actledger("license", "request", "--product", "vdi", "--quantity", "5", "--out", other / "other.req")
            self.installation.issuer("issue", other / "other.req", "--match", "2", "--out",
                                     self.installation / "other.lic")
            there = self.server_id(other)
        here = self.server_id(self.installation)
        self.assert_refused("license-other-server", self.installation / "other.lic", here, there, exit_code=5)

    @staticmethod
    def server_id(installation):
        text = installation.program("actledger-verify", "--json", installation / "ledger", "--root",
                                    installation / "vendor/root.crt", check=False).stdout
        return re.search(r'"server_id": ?"([a-z2-7]+)"', text)[1]

    def test_licences_whose_time_is_not_now(self):
        early = self.installation.issue(5, "--valid-from", "2999-01-01")
        self.assert_refused("license-not-yet-valid", early, "2999-01-01", exit_code=5)
        late = self.installation.issue(5, "--valid-from", "2020-01-01", "--valid-to", "2020-02-01")
        self.assert_refused("license-expired", late, "2020-02-01", exit_code=5)

    def test_licences_that_were_replaced_or_taken_back(self):
        installation = self.installation
        old = installation.issue(1, "--id", "OLD-1", product="replaced")
        installation.actledger("license", "import", installation.issue(2, "--id", "NEW-1", "--supersedes", "OLD-1",
                                                                       product="replaced"))
        self.assert_refused("license-superseded", old, "OLD-1", "NEW-1", exit_code=5)

        bad = installation.issue(1, "--id", "BAD-1", product="revoked")
        installation.issuer("revoke", "--license", "BAD-1", "--id", "REV-1", "--reason", "a test", "--out",
                            installation / "bad.rev")
        for _ in range(2):  # the second time changes nothing
            installation.actledger("license", "import-revocation", installation / "bad.rev")
        self.assert_refused("license-revoked", bad, "BAD-1", exit_code=5)

    def test_another_licence_under_a_known_id(self):
        installation = self.installation
        installation.actledger("license", "import", installation.issue(1, "--id", "TWICE-1", product="twice"))
        os.unlink(installation / "vendor/licenses/TWICE-1.lic")  # a vendor who lost the record
        other = installation.issue(2, "--id", "TWICE-1", product="twice")
        self.assert_refused("license-id-conflict", other, "TWICE-1", exit_code=5)

    def test_packing_again_what_is_whole_is_no_edit(self):
        lic = self.installation.issue(3, product="repacked")
        again = self.installation / "repacked.lic"
        with open(again, "wb") as file:
            file.write(packed(sorted(entries(lic).items(), reverse=True)))
        self.installation.actledger("license", "import", again)
        before = self.checkpoint()
        self.installation.actledger("license", "import", lic)
        self.assertEqual(self.checkpoint(), before)


if __name__ == "__main__":
    unittest.main()
