#include <catch2/catch.hpp>

#include "ledger/core/time_text.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/legacy_table.hpp"
#include "tests/support/result_text.hpp"

using namespace snapshot;
using ledger::Timestamp;

namespace {

constexpr std::string_view head = "编号,设备名称,MAC地址,主机UUID,激活时间,状态\r\n";

LegacyMapping mapping() {
    LegacyMapping mapping;
    mapping.product = "vdi-desktop";
    mapping.key = "编号";
    mapping.device_name = "设备名称";
    mapping.activated_at = "激活时间";
    mapping.status = "状态";
    mapping.active = {"已激活"};
    mapping.utc_offset = ledger::hour * 8;
    mapping.components = {{"mac", "MAC地址"}, {"smbios_uuid", "主机UUID"}};
    return mapping;
}

std::vector<LegacyEntry> read(std::string_view rows, const LegacyMapping& how = mapping()) {
    return read_legacy_table(std::string(head) + std::string(rows), how).value();
}

std::string code_of(const ledger::Result<std::vector<LegacyEntry>>& result) {
    return result ? "success" : std::string(result.error().stable_code());
}
std::string why(const LegacyEntry& entry) {
    return entry.refused ? std::string(entry.refused->stable_code()) : "success";
}
std::string fact(const ledger::Error& error, std::string_view name) {
    for (const ledger::Fact& one : error.facts) {
        if (one.name == name) return one.value;
    }
    return "(no such fact)";
}

Timestamp at(std::string_view text) { return ledger::parse_time_seconds(text).value(); }

}  // namespace

TEST_CASE("legacy table: a row becomes a record, with the table's own line, names and times") {
    const auto rows = read(
        "A-1,张三的桌面,00:16:3E:01:02:03;00-16-3e-01-02-04,,2025-03-01 08:30:00,已激活\r\n"
        "\r\n"
        "A-2,\"李四, \"\"二号\"\"\r\n楼\",0016.3e01.0205,,2025/3/1 8:30,已停用\r\n"
        "A-3, ,0016.3e01.0206,,,已激活");
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].line == 2);
    CHECK(rows[0].key == "A-1");
    CHECK(rows[0].device_name == "张三的桌面");
    CHECK(rows[0].activated_at == at("2025-03-01T00:30:00Z"));
    REQUIRE(rows[0].components.size() == 2);
    CHECK(rows[0].components[0].kind == "mac");
    CHECK(rows[0].components[1].value == "00-16-3e-01-02-04");
    CHECK(rows[1].line == 4);
    CHECK(rows[1].passed_over);
    CHECK(rows[2].line == 6);
    CHECK(!rows[2].device_name);
    CHECK(rows[2].activated_at.us == 0);
}

TEST_CASE("legacy table: GB18030, and UTF-8 with and without a byte order mark, are the same table") {
    const LegacyMapping how = mapping();
    // "编号,设备名称,MAC地址,主机UUID,激活时间,状态" and "1,桌面,0016.3e01.0206,,,已激活" as the old product exports
    // them.
    const std::string gb =
        "\xb1\xe0\xba\xc5,\xc9\xe8\xb1\xb8\xc3\xfb\xb3\xc6,MAC\xb5\xd8\xd6\xb7,\xd6\xf7\xbb\xfaUUID,"
        "\xbc\xa4\xbb\xee\xca\xb1\xbc\xe4,\xd7\xb4\xcc\xac\r\n1,\xd7\xc0\xc3\xe6,0016.3e01.0206,,,"
        "\xd2\xd1\xbc\xa4\xbb\xee\r\n";
    const std::string utf8 = std::string(head) + "1,桌面,0016.3e01.0206,,,已激活\r\n";
    for (const std::string& text : {gb, utf8, "\xef\xbb\xbf" + utf8}) {
        const auto rows = read_legacy_table(text, how);
        REQUIRE(rows);
        REQUIRE(rows->size() == 1);
        CHECK((*rows)[0].device_name == "桌面");
    }
    LegacyMapping strict = how;
    strict.encoding = LegacyMapping::Encoding::utf8;
    CHECK(code_of(read_legacy_table(gb, strict)) == "legacy-encoding");
    strict.encoding = LegacyMapping::Encoding::gb18030;
    CHECK(read_legacy_table(gb, strict));
    CHECK(code_of(read_legacy_table("\xff\xff\xff", how)) == "legacy-encoding");
    CHECK(code_of(read_legacy_table("\xef\xbb\xbf\xb1\xe0", how)) == "legacy-encoding");
    CHECK(code_of(read_legacy_table(std::string_view("a\0b", 3), how)) == "legacy-encoding");
}

TEST_CASE("legacy table: what is wrong with a row is said of that row, and the others are taken") {
    const auto rows = read(
        "1,a,0016.3e01.0206,,soon,已激活\r\n"
        "2,a,0016.3e01.0206,,2025-02-30 01:00:00,已激活\r\n"
        "3,a,00:00:00:00:00:00,To be filled by O.E.M.,,已激活\r\n"
        ",a,0016.3e01.0206,,,已激活\r\n"
        "5,a,0016.3e01.0206,,已激活\r\n"
        "6,a,0016.3e01.0206,,,已激活\r\n");
    REQUIRE(rows.size() == 6);
    CHECK(why(rows[0]) == "legacy-row-time");
    CHECK(fact(*rows[0].refused, "line") == "2");
    CHECK(fact(*rows[0].refused, "value") == "soon");
    CHECK(why(rows[1]) == "legacy-row-time");
    CHECK(why(rows[2]) == "legacy-row-components");
    CHECK(why(rows[3]) == "legacy-row-key");
    CHECK(why(rows[4]) == "legacy-row-columns");
    CHECK(why(rows[5]) == "success");
    const auto macs = read(
        "1,a,\"0016.3e01.0206,0016.3e01.0207\",,,已激活\r\n"
        "2,a,0016.3e01.02,,,已激活\r\n"
        "3,a,0016.3e01.0206; none,,,已激活\r\n");
    CHECK(why(macs[0]) == "legacy-row-mac");
    CHECK(fact(*macs[0].refused, "value") == "0016.3e01.0206,0016.3e01.0207");
    CHECK(why(macs[1]) == "legacy-row-mac");
    CHECK(why(macs[2]) == "success");
}

TEST_CASE("legacy table: a value that no machine has is said of its row") {
    LegacyMapping how;
    how.product = "vdi";
    how.components = {{"smbios_uuid", "uuid"}, {"disk_serial", "disk"}};
    const auto rows = read_legacy_table(
                          "uuid,disk\n"
                          "8.8E+11,s1\n"
                          "11111111-2222-4333-8444-000000000001,1.2E+5\n"
                          "{11111111222243338444000000000002},s3\n"
                          "11111111-2222-4333-8444,s4\n"
                          ",4E+s\n"
                          "To be filled by O.E.M.,s6\n",
                          how)
                          .value();
    REQUIRE(rows.size() == 6);
    for (const std::size_t bad : {0U, 1U, 3U}) {
        CAPTURE(bad);
        REQUIRE(rows[bad].refused);
        CHECK(rows[bad].refused->stable_code() == "legacy-row-value");
    }
    for (const std::size_t good : {2U, 4U, 5U}) {
        CAPTURE(good);
        CHECK_FALSE(rows[good].refused);
    }
}

TEST_CASE("legacy table: two desktops with one key are never taken for one record in silence") {
    const auto rows = read(
        "1.23E+15,a,0016.3e01.0206,,,已激活\r\n"
        "1.23E+15,b,0016.3e01.0207,,,已激活\r\n"
        "1.23E+15,a,0016.3e01.0206;0016.3e01.0208,,,已激活\r\n"  // the same one, with another card
        "1.23E+15,a,0016.3e01.0208,,,已激活\r\n"
        "1.23E+15,c,0016.3e01.0209,,,已停用\r\n");
    REQUIRE(rows.size() == 5);
    CHECK(why(rows[0]) == "success");
    CHECK(why(rows[1]) == "legacy-row-key-twice");
    CHECK(fact(*rows[1].refused, "line") == "3");
    CHECK(fact(*rows[1].refused, "first") == "2");
    CHECK(why(rows[2]) == "success");
    CHECK(why(rows[3]) == "success");
    CHECK(rows[4].passed_over);
}

TEST_CASE("legacy table: a table that is none, or not as the mapping says, is refused as a whole") {
    const auto refused = [](std::string_view text, std::string_view name, std::string_view value) {
        const auto result = read_legacy_table(text, mapping());
        REQUIRE(!result);
        CHECK(fact(result.error(), name) == value);
        return code_of(result);
    };
    CHECK(refused("", "line", "1") == "legacy-table-malformed");
    CHECK(refused(std::string(head) + "1,\"a\n\nb", "line", "2") == "legacy-table-malformed");
    CHECK(refused(std::string(head) + "1,\"a\"b,", "problem", "text behind a closing quote") ==
          "legacy-table-malformed");
    CHECK(refused(std::string(head) + std::string(4'097, 'x'), "line", "2") == "legacy-table-malformed");
    CHECK(refused(std::string(256, ','), "problem", "more than 256 columns") == "legacy-table-malformed");
    CHECK(refused("编号,MAC地址\r\n", "column", "设备名称") == "legacy-column-missing");
    CHECK(refused("编号,编号\r\n", "column", "编号") == "legacy-column-twice");
}

TEST_CASE("legacy table: a record without a key is known by its components, however they are spelt") {
    LegacyMapping how = mapping();
    how.key.clear();
    const auto rows = read(
        ",a,00:16:3E:01:02:03;0016.3e01.0204,,,已激活\r\n"
        ",b,0016.3e01.0204; 00-16-3e-01-02-03,,,已激活\r\n"
        ",c,0016.3e01.0205,,,已激活\r\n",
        how);
    CHECK(rows[0].key == rows[1].key);
    CHECK(rows[0].key != rows[2].key);
}

TEST_CASE("legacy table: times as people write them, and nothing else") {
    const auto parse = [](std::string_view text) { return parse_legacy_time(text, ledger::hour * 8); };
    const Timestamp expected = at("2025-03-01T00:30:00Z");
    for (const char* text : {"2025-03-01 08:30:00", "2025/3/1 8:30", "2025.03.01 08:30:00", "2025年3月1日8时30分",
                             "2025-03-01 08:30:00.5", "2025-03-01 08:30:00.000000000"}) {
        CHECK(parse(text) == expected);
    }
    CHECK(parse("2025/3/1 下午 8:30") == expected + ledger::hour * 12);
    CHECK(parse("2025/3/1 上午 8:30:00") == expected);
    CHECK(parse("2025/3/1 12:30 AM") == expected - ledger::hour * 8);
    CHECK(parse("2025/3/1 12:30 PM") == expected + ledger::hour * 4);
    CHECK(parse("2025-03-01") == at("2025-02-28T16:00:00Z"));
    for (const char* text : {"2025-03-01T00:30:00Z", "2025-03-01 00:30Z", "2025-03-01T08:30:00+08:00",
                             "2025-03-01T08:30:00.123+0800 ", "2025-02-28 19:00 -05:30"}) {
        CAPTURE(text);
        CHECK(parse(text) == expected);
    }
    for (const char* text : {"", "x", "2025", "2025-03", "2025-03-01 08", "25-03-01", "01/03/2025", "2025-13-01",
                             "2025-03-01 24:00:00", "2025/3/1 下午 20:30", "2025/3/1 0:30 PM",
                             "2025-03-01 08:30:00.0000000000", "20250-3-1", "2025-03-001", "1970-01-01"}) {
        CAPTURE(text);
        CHECK(!parse(text));
    }
}
