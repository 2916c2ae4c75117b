#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace ledger;

namespace {

const LicenseArchive contents{copy(as_bytes("signed bytes")), copy(as_bytes("{\n}\n"))};

/// A folder with a good a.lic, for the real `zip` to work on.
struct Workshop {
    Workshop() { folder.write("a.lic", write_license_archive(contents)); }

    void shell(const std::string& command) const {
        const auto result = support::run("cd " + support::quoted(folder.path().string()) + " && " + command);
        INFO(result.output);
        REQUIRE(result.exit_code == 0);
    }
    [[nodiscard]] Result<LicenseArchive> read() const { return read_license_archive(as_bytes(folder.read("a.lic"))); }
    /// The refusal, and the entry that it names.
    [[nodiscard]] std::string refusal() const {
        const auto archive = read();
        REQUIRE_FALSE(archive);
        const Error& error = archive.error();
        CHECK(error.remedy(Language::english).find("No editing of the archive is ever needed") != std::string::npos);
        CHECK(error.remedy(Language::chinese).find("不需要改动压缩包") != std::string::npos);
        std::string text(error.stable_code());
        for (const Fact& fact : error.facts) {
            if (fact.name == "entry") text += " " + fact.value;
        }
        return text;
    }

    support::TemporaryFolder folder;
};

void put(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

std::uint32_t crc_of(std::string_view text) {
    std::uint32_t crc = 0xffffffff;
    for (const char c : text) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
    }
    return ~crc;
}

struct HandEntry {
    std::string name;
    std::string data;
    std::uint32_t claimed_size = 0xffffffff;  ///< All ones: the true one.
};

/// A ZIP of stored entries, written from the format's description (APPNOTE 4.3) without any library.
std::string hand_written_zip(const std::vector<HandEntry>& entries) {
    std::string out;
    std::string directory;
    for (const HandEntry& entry : entries) {
        const auto size =
            entry.claimed_size == 0xffffffff ? static_cast<std::uint32_t>(entry.data.size()) : entry.claimed_size;
        std::string common;
        put(common, 20, 2);  // version needed
        put(common, 0, 2);   // flags
        put(common, 0, 2);   // stored
        put(common, 0, 2);   // time
        put(common, 0x21, 2);
        put(common, crc_of(entry.data), 4);
        put(common, static_cast<std::uint32_t>(entry.data.size()), 4);
        put(common, size, 4);
        put(common, static_cast<std::uint32_t>(entry.name.size()), 2);
        put(common, 0, 2);
        directory += "PK\x01\x02";
        put(directory, 20, 2);
        directory += common;
        put(directory, 0, 2);  // comment
        put(directory, 0, 2);  // disk
        put(directory, 0, 2);
        put(directory, 0, 4);
        put(directory, static_cast<std::uint32_t>(out.size()), 4);
        directory += entry.name;
        out += "PK\x03\x04" + common + entry.name + entry.data;
    }
    const auto start = static_cast<std::uint32_t>(out.size());
    out += directory + "PK\x05\x06";
    put(out, 0, 4);
    put(out, static_cast<std::uint32_t>(entries.size()), 2);
    put(out, static_cast<std::uint32_t>(entries.size()), 2);
    put(out, static_cast<std::uint32_t>(directory.size()), 4);
    put(out, start, 4);
    put(out, 0, 2);
    return out;
}

}  // namespace

TEST_CASE("archive: writing is reproducible, reading gives back what was written", "[license][archive]") {
    const Bytes lic = write_license_archive(contents);
    CHECK(lic == write_license_archive(contents));
    const auto read = read_license_archive(lic);
    REQUIRE(read);
    CHECK(*read == contents);
}

TEST_CASE_METHOD(Workshop, "archive: other programs can read it", "[license][archive]") {
    shell(
        "python3 -m zipfile -t a.lic && python3 -m zipfile -e a.lic out && cmp out/info - "
        "<<'EOF_INFO'\n{\n}\nEOF_INFO");
    shell("zip -T a.lic");
}

TEST_CASE_METHOD(Workshop, "archive: packed again by another program it is still the licence", "[license][archive]") {
    shell("python3 -m zipfile -e a.lic out && rm a.lic && cd out && zip -q -9 ../a.lic info license.bin");
    const auto archive = read();
    REQUIRE(archive);
    CHECK(*archive == contents);
}

TEST_CASE_METHOD(Workshop, "archive refused: not a ZIP", "[license][archive][refusal]") {
    SECTION("text") { folder.write("a.lic", std::string_view("授权")); }
    SECTION("empty") { folder.write("a.lic", std::string_view()); }
    SECTION("license.bin alone, sent without its archive") { folder.write("a.lic", as_text(contents.license_bin)); }
    SECTION("a tar archive") { shell("tar cf b.tar a.lic && mv b.tar a.lic"); }
    SECTION("something before the ZIP") { shell("(echo MZ; cat a.lic) > b && mv b a.lic"); }
    CHECK(refusal() == "license-not-zip");
}

TEST_CASE_METHOD(Workshop, "archive refused: damaged", "[license][archive][refusal]") {
    SECTION("cut off") { shell("head -c 60 a.lic > b && mv b a.lic"); }
    SECTION("a changed byte of a content (CRC)") { shell("sed -i 's/signed bytes/sigmed bytes/' a.lic"); }
    CHECK(refusal() == "license-archive-damaged");
}

TEST_CASE_METHOD(Workshop, "archive refused: license.bin removed, as people used to", "[license][archive][refusal]") {
    shell("zip -q -d a.lic license.bin");
    CHECK(refusal() == "license-entry-missing license.bin");
}

TEST_CASE_METHOD(Workshop, "archive refused: info removed, as people used to", "[license][archive][refusal]") {
    shell("zip -q -d a.lic info");
    CHECK(refusal() == "license-entry-missing info");
}

TEST_CASE_METHOD(Workshop, "archive refused: both removed", "[license][archive][refusal]") {
    folder.write("a.lic", as_bytes(hand_written_zip({})));
    CHECK(refusal() == "license-entry-missing license.bin");
}

TEST_CASE_METHOD(Workshop, "archive refused: an extra entry", "[license][archive][refusal]") {
    SECTION("a plain one") {
        shell("touch readme.txt && zip -q a.lic readme.txt");
        CHECK(refusal() == "license-entry-extra readme.txt");
    }
    SECTION("the same name in other letters") {
        shell("touch INFO && zip -q a.lic INFO");
        CHECK(refusal() == "license-entry-extra INFO");
    }
    SECTION("a name that is not fit to be shown") {
        folder.write("a.lic", as_bytes(hand_written_zip({{"in\x1b[31mfo", "x"}})));
        CHECK(refusal() == "license-entry-extra in?[31mfo");
    }
}

TEST_CASE_METHOD(Workshop, "archive refused: a duplicated entry", "[license][archive][refusal]") {
    folder.write("a.lic", as_bytes(hand_written_zip({{"license.bin", "one"}, {"info", "a"}, {"info", "b"}})));
    CHECK(refusal() == "license-entry-duplicated info");
    folder.write("a.lic", as_bytes(hand_written_zip({{"license.bin", "1"}, {"license.bin", "1"}, {"info", "b"}})));
    CHECK(refusal() == "license-entry-duplicated license.bin");
    // The hand-written archive is a good one otherwise.
    folder.write("a.lic", as_bytes(hand_written_zip({{"license.bin", "one"}, {"info", "a"}})));
    CHECK(read());
}

TEST_CASE_METHOD(Workshop, "archive refused: an oversized entry", "[license][archive][refusal]") {
    SECTION("info, small in the archive and large outside") {
        shell("head -c 100000000 /dev/zero > info && zip -q a.lic info");
        CHECK(refusal() == "license-entry-oversized info");
    }
    SECTION("license.bin, one byte over the limit") {
        folder.write("license.bin", Bytes(license_bin_bytes_max + 1, 7));
        shell("zip -q -0 a.lic license.bin");
        CHECK(refusal() == "license-entry-oversized license.bin");
    }
    SECTION("exactly the limit is not oversized") {
        folder.write("license.bin", Bytes(license_bin_bytes_max, 7));
        shell("zip -q a.lic license.bin");
        CHECK(read());
    }
}

TEST_CASE_METHOD(Workshop, "archive refused: a size that is a lie", "[license][archive][refusal]") {
    folder.write("a.lic", as_bytes(hand_written_zip({{"license.bin", "one", 5}, {"info", "a"}})));
    CHECK_FALSE(read());
}

TEST_CASE_METHOD(Workshop, "archive refused: an encrypted entry", "[license][archive][refusal]") {
    shell("python3 -m zipfile -e a.lic out && rm a.lic && cd out && zip -q -P secret ../a.lic license.bin info");
    CHECK(refusal() == "license-entry-encrypted license.bin");
}

TEST_CASE_METHOD(Workshop, "archive refused: an entry with a path", "[license][archive][refusal]") {
    SECTION("in a folder, as zipping a folder makes it") {
        shell("python3 -m zipfile -e a.lic lic && rm a.lic && zip -q a.lic lic/license.bin lic/info");
        CHECK(refusal() == "license-entry-with-path lic/license.bin");
    }
    SECTION("the folder itself") {
        shell("mkdir info && rm a.lic && zip -q -r a.lic info");
        CHECK(refusal() == "license-entry-with-path info/");
    }
    SECTION("out of the archive") {
        folder.write("a.lic", as_bytes(hand_written_zip({{"../info", "x"}})));
        CHECK(refusal() == "license-entry-with-path ../info");
    }
    SECTION("with backslashes") {
        folder.write("a.lic", as_bytes(hand_written_zip({{"lic\\info", "x"}})));
        CHECK(refusal().starts_with("license-entry-with-path lic"));
    }
    SECTION("a symbolic link") {
        shell("ln -s /etc/passwd info && zip -q --symlinks a.lic info");
        CHECK(refusal() == "license-entry-with-path info");
    }
}
