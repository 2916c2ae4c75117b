#include <catch2/catch.hpp>

#include "tests/support/result_text.hpp"
#include "tools/cli/legacy_mapping.hpp"

using cli::parse_mapping;

namespace {

constexpr const char* good =
    "product = \"vdi-desktop\"\n"
    "encoding = \"gb18030\"\n"
    "separator = \"\\t\"\n"
    "utc_offset = \"+08:00\"\n"
    "active = [\"已激活\", \"正常\"]\n"
    "[columns]\n"
    "key = \"编号\"\n"
    "status = \"状态\"\n"
    "activated_at = \"激活时间\"\n"
    "device_name = \"设备名称\"\n"
    "[components]\n"
    "mac = \"MAC地址\"\n";

std::string problem(const std::string& text) {
    const auto result = parse_mapping(text, "map.toml");
    if (result) return "";
    CHECK(result.error().stable_code() == "legacy-mapping-malformed");
    for (const ledger::Fact& fact : result.error().facts) {
        if (fact.name == "problem") return fact.value;
    }
    return "(no such fact)";
}

}  // namespace

TEST_CASE("legacy mapping: every key is taken") {
    const auto mapping = parse_mapping(good, "map.toml");
    REQUIRE(mapping);
    CHECK(mapping->encoding == snapshot::LegacyMapping::Encoding::gb18030);
    CHECK(mapping->separator == '\t');
    CHECK(mapping->utc_offset == ledger::hour * 8);
    CHECK(mapping->active.size() == 2);
    CHECK(mapping->key == "编号");
    CHECK(mapping->device_name == "设备名称");
    REQUIRE(mapping->components.size() == 1);
    CHECK(mapping->components[0].kind == "mac");
    CHECK(mapping->components[0].column == "MAC地址");
}

TEST_CASE("legacy mapping: what is wrong is named, with its line") {
    const std::string needed = "product = \"p\"\n[components]\nmac = \"m\"\n";
    CHECK(problem(needed).empty());
    CHECK(problem("[components]\nmac = \"m\"\n") == "product: it is missing");
    CHECK(problem("product = \"p\"\n") == "components: at least one column is wanted");
    CHECK(problem("colour = 1\n" + needed) == "colour: there is no such key (line 1)");
    CHECK(problem(needed + "[columns]\nname = \"a\"\n") == "columns.name: there is no such key (line 5)");
    CHECK(problem(needed + "[columns]\nkey = 1\n") == "columns.key: a text in quotes is wanted (line 5)");
    CHECK(problem(needed + "[columns]\nstatus = \"a\"\n") == "columns.status and active go together");
    CHECK(problem("active = [\"a\"]\n" + needed) == "columns.status and active go together");
    CHECK(problem("active = [1]\n" + needed) == "active: a list of texts is wanted (line 1)");
    CHECK(problem("separator = \"ab\"\n" + needed) == "separator: one character of ASCII is wanted, no quote (line 1)");
    CHECK(problem("separator = \";\"\n" + needed) == "separator and value_separator are the same");
    CHECK(problem("encoding = \"latin\"\n" + needed) == "encoding: \"auto\", \"utf-8\" or \"gb18030\" is wanted");
    for (const char* offset : {"8", "+8:00", "+15:00", "+08:60", "08:00 "}) {
        CHECK(problem("utc_offset = \"" + std::string(offset) + "\"\n" + needed) ==
              "utc_offset: a time like \"+08:00\" is wanted");
    }
    CHECK(problem(needed + "serial = \"m\"\n") == "components.serial: another kind has this column (line 4)");
    CHECK(problem(needed + "\"Disk serial\" = \"d\"\n") ==
          "components.Disk serial: a kind has 1 to 32 characters of a-z, 0-9 and _ (line 4)");
    CHECK(problem("columns = 3\n" + needed) == "columns: a table is wanted (line 1)");
    CHECK(problem("product = \n").find("(line 1)") != std::string::npos);
    CHECK(problem(std::string(cli::mapping_bytes_max + 1, '#')) == "it has more than 64 KiB");
}
