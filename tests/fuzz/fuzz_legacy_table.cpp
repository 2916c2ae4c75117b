// The previous product's table and its mapping: taken, or refused with a code; every row has its line, and one that is
// not refused has a key and components.
#include "snapshot/errc.hpp"
#include "snapshot/legacy_table.hpp"
#include "tests/fuzz/edited.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/legacy_mapping.hpp"

namespace {

constexpr std::string_view good_table =
    "no,name,mac,when,state\r\n1,\"a \"\"b\"\"\",00:16:3e:01:02:03;00:16:3e:01:02:04,2025-03-01 "
    "08:30:00,on\r\n2,c,,,off\r\n";
constexpr std::string_view good_mapping =
    "product = \"p\"\nutc_offset = \"+08:00\"\nactive = [\"on\"]\n[columns]\nkey = \"no\"\ndevice_name = \"name\"\n"
    "activated_at = \"when\"\nstatus = \"state\"\n[components]\nmac = \"mac\"\n";

void check_table(std::string_view text, const snapshot::LegacyMapping& mapping) {
    const auto rows = snapshot::read_legacy_table(text, mapping);
    if (!rows) {
        ACTLEDGER_ASSERT(!rows.error().stable_code().empty());
        return;
    }
    std::uint64_t last = 1;
    for (const snapshot::LegacyEntry& row : *rows) {
        ACTLEDGER_ASSERT(row.line > last);
        last = row.line;
        const bool counts = !row.refused && !row.passed_over;
        ACTLEDGER_ASSERT(!counts || (!row.key.empty() && !row.components.empty()));
        ACTLEDGER_ASSERT(row.activated_at.us >= 0);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto mapping = cli::parse_mapping(good_mapping, "map.toml").value();
    check_table({reinterpret_cast<const char*>(data), size}, mapping);
    const auto table = fuzz::edited({good_table.begin(), good_table.end()}, {data, size});
    check_table({reinterpret_cast<const char*>(table.data()), table.size()}, mapping);
    const auto text = fuzz::edited({good_mapping.begin(), good_mapping.end()}, {data, size});
    const auto edited = cli::parse_mapping({reinterpret_cast<const char*>(text.data()), text.size()}, "map.toml");
    if (edited) {
        check_table(good_table, *edited);
    } else {
        ACTLEDGER_ASSERT(edited.error().code == cli::errc::mapping_malformed);
    }
    return 0;
}
