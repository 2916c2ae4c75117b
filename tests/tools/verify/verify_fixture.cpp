#include "tests/tools/verify/verify_fixture.hpp"

#include <algorithm>

namespace verify {

SoundLedger::SoundLedger() : maker(temporary.path() / "ledger", vendor, {.seats = 5'000}) {
    group_ends.push_back(maker.size());
    std::uint64_t device = 0;
    for (std::size_t length = 1; maker.size() < size; length = length * 7 % 100) {
        std::vector<ledger::EventDraft> group;
        while (group.size() < length && maker.size() + group.size() < size) group.push_back(maker.activation(device++));
        maker.append(group);
        group_ends.push_back(maker.size());
    }
    last_head = maker.last_head();
    activation_file = maker.activation_file({1'500});
    maker.close();
}

EventRange group_of(std::uint64_t number) {
    const auto& ends = SoundLedger::instance().group_ends;
    const auto end = std::ranges::upper_bound(ends, number);
    REQUIRE(end != ends.end());
    return {{end == ends.begin() ? 0 : *std::prev(end)}, {*end - 1}};
}

LedgerReport audit(const std::filesystem::path& folder, HeadSignatures signatures, std::vector<Witness> witnesses) {
    return verify_ledger({.folder = folder,
                          .root = SoundLedger::instance().vendor.root(),
                          .signatures = signatures,
                          .witnesses = std::move(witnesses),
                          .threads = 2,
                          .progress = {}})
        .value();
}

LedgerReport audit_under(const ledger::Certificate& root, const std::filesystem::path& folder) {
    return verify_ledger({.folder = folder, .root = root, .witnesses = {}, .threads = 2, .progress = {}}).value();
}

const Finding* find(const LedgerReport& report, std::error_code code) {
    const auto& kept = report.findings.kept();
    const auto found = std::ranges::find_if(kept, [&](const Finding& finding) { return finding.error.code == code; });
    return found == kept.end() ? nullptr : &*found;
}

std::string told(const LedgerReport& report) {
    return ledger_text(report, {.path = "ledger", .seconds = 0, .language = ledger::Language::english});
}

}  // namespace verify
