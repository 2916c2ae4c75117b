// Lines of a statement of seats and of its personal values. What is taken is spelt as we spell it.
#include "projections/state/seat_statement.hpp"
#include "tests/fuzz/edited.hpp"

namespace {

using namespace projections;

const StatementSeat seat{StatementSeat::State::held,
                         {{1}},
                         "L-1",
                         "vdi",
                         {2},
                         {1'767'225'600'000'000},
                         {3},
                         {1'767'225'600'000'001},
                         {1'767'225'600'000'002},
                         {1'767'225'600'000'003},
                         {{"mac", {{4}}}},
                         {{{2}, {ledger::AnnexField::device_name, {{5}}}}}};
const std::array<std::string, 6> good{
    line_text(StatementHead{"abcdefghijklmnopqrstuvwxyz234567/1", {5}, {5}, false, {7}, {{1}}, {4}, false}),
    line_text(StatementLoss{2, {3}, ledger::IncarnationOpened::Reason::anchor, {3}, ledger::TreeSize{9}}),
    line_text(StatementLicense{"L-1", "vdi", LicenseStatus::live, true, "L-1", 9, 1, 0, 0, 0, 8}),
    line_text(seat),
    line_text(StatementTotals{1, 1, 0, 0, 0, 0, 0}),
    line_text(PersonalLine{{{1}}, {2}, {ledger::AnnexField::device_name, {6}, "桌面 \"1\""}})};

void check(std::string_view text) {
    if (const auto line = parse_statement_line(text)) ACTLEDGER_ASSERT(line_text(*line) == std::string(text) + '\n');
    if (const auto line = parse_personal_line(text)) ACTLEDGER_ASSERT(line_text(*line) == std::string(text) + '\n');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check({reinterpret_cast<const char*>(data), size});
    if (size == 0) return 0;
    const std::string& line = good[data[0] % good.size()];
    const auto edited = fuzz::edited({line.begin(), line.end() - 1}, {data + 1, size - 1});
    check({reinterpret_cast<const char*>(edited.data()), edited.size()});
    return 0;
}
