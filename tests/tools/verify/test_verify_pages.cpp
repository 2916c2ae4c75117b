// What an auditor is handed may be made by anybody: pages whose keys are out of order, or whose entries reach beyond
// the file, lead the verifier to an error, never outside its memory.

#include <fstream>
#include <iterator>

#include "ledger/core/errc.hpp"
#include "tests/tools/verify/verify_fixture.hpp"
#include "tools/verify/verify_ledger.hpp"

using namespace verify;

namespace {

/// Nodes of LMDB's pages (lmdb.h 0.9, little endian), to be changed in the bytes of a data.mdb.
class Pages {
 public:
    static constexpr std::size_t page_bytes = 4'096;
    static constexpr std::size_t header_bytes = 16;
    static constexpr std::size_t flags_at = 10;
    static constexpr std::size_t lower_at = 12;
    static constexpr std::uint16_t leaf = 0x02;
    static constexpr std::size_t node_key_bytes_at = 6;
    static constexpr std::size_t node_key_at = 8;

    explicit Pages(const std::filesystem::path& file) : file_(file) {
        std::ifstream in(file, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(in), {});
    }
    /// Where nodes with keys of 8 bytes begin, those of each leaf page that has at least two.
    [[nodiscard]] std::vector<std::vector<std::size_t>> leaves() const {
        std::vector<std::vector<std::size_t>> pages;
        for (std::size_t page = 2 * page_bytes; page + page_bytes <= bytes_.size(); page += page_bytes) {
            if (number<std::uint16_t>(page + flags_at) != leaf) continue;
            const std::size_t lower = number<std::uint16_t>(page + lower_at);
            if (lower <= header_bytes || lower > page_bytes) continue;
            std::vector<std::size_t> nodes;
            for (std::size_t at = header_bytes; at + 1 < lower; at += 2) {
                const std::size_t node = page + number<std::uint16_t>(page + at);
                if (node + node_key_at + 8 > bytes_.size()) continue;
                if (number<std::uint16_t>(node + node_key_bytes_at) == 8) nodes.push_back(node);
            }
            if (nodes.size() > 1) pages.push_back(std::move(nodes));
        }
        return pages;
    }
    void put_key(std::size_t node, std::uint64_t key) {
        for (std::size_t i = 0; i < 8; ++i) {
            bytes_[node + node_key_at + i] = static_cast<char>(key >> (56 - 8 * i));
        }
    }
    /// Low and high half of the size of the value in the node.
    void put_value_size(std::size_t node, std::uint32_t size) { std::memcpy(&bytes_[node], &size, sizeof size); }
    void write() const { std::ofstream(file_, std::ios::binary).write(bytes_.data(), std::ssize(bytes_)); }

 private:
    template <class Number>
    [[nodiscard]] Number number(std::size_t at) const {
        Number value{};
        std::memcpy(&value, &bytes_.at(at), sizeof value);
        return value;
    }
    std::filesystem::path file_;
    std::vector<char> bytes_;
};

/// @return the code of the error, or "(findings)"; "" if nothing was found
std::string judged(const LedgerCopy& copy) {
    const auto report = verify_ledger({.folder = copy.folder(),
                                       .root = SoundLedger::instance().vendor.root(),
                                       .witnesses = {},
                                       .threads = 1,
                                       .progress = {}});
    if (!report) return std::string(report.error().stable_code());
    return report->findings.empty() ? "" : "(findings)";
}

std::vector<std::vector<std::size_t>> leaves_of_sound_ledger() {
    const LedgerCopy copy;
    return Pages(copy.folder() / "log" / "data.mdb").leaves();
}

}  // namespace

TEST_CASE("verify: keys that are not in order are an error or a finding, whichever page they are on") {
    const auto leaves = leaves_of_sound_ledger();
    REQUIRE(leaves.size() > 10);
    constexpr std::array<std::uint64_t, 2> keys{3, UINT64_MAX};
    std::size_t noticed = 0;
    for (std::size_t page = 0; page < leaves.size(); page += 1 + leaves.size() / 6) {
        for (const std::size_t node : {leaves[page].front(), leaves[page].back()}) {
            for (const std::uint64_t key : keys) {
                const LedgerCopy copy;
                Pages pages(copy.folder() / "log" / "data.mdb");
                pages.put_key(node, key);
                pages.write();
                const std::string code = judged(copy);
                CAPTURE(page, node, key, code);
                CHECK((code.empty() || code == "(findings)" || code == "log-damaged"));  // empty: a page in no use
                if (!code.empty()) ++noticed;
            }
        }
    }
    CHECK(noticed > 5);
}

TEST_CASE("verify: an entry that claims more bytes than there are is an error or a finding") {
    const auto leaves = leaves_of_sound_ledger();
    std::size_t noticed = 0;
    for (std::size_t page = 0; page < leaves.size(); page += 1 + leaves.size() / 6) {
        const LedgerCopy copy;
        Pages pages(copy.folder() / "log" / "data.mdb");
        pages.put_value_size(leaves[page].back(), UINT32_MAX);
        pages.write();
        const std::string code = judged(copy);
        CAPTURE(page, code);
        CHECK((code.empty() || code == "(findings)" || code == "log-damaged"));
        if (!code.empty()) ++noticed;
    }
    CHECK(noticed > 2);
}
