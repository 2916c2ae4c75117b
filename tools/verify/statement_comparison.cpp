#include "tools/verify/statement_comparison.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "ledger/store_read/log_scan.hpp"
#include "projections/state/statement_maker.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/statement_file.hpp"

namespace verify {
namespace {

using ledger::ByteView;
using ledger::Error;
using ledger::LogDatabase;
using ledger::Result;
using projections::StatementLine;
using projections::StatementSeat;

projections::StatementSource source_in(const ledger::LogScan& scan) {
    const auto visit = [&scan](ledger::SequenceNumber from, ledger::TreeSize to,
                               const projections::StatementSource::Visitor& visitor) -> Result<void> {
        ACTLEDGER_TRY(const auto view, scan.open_view());
        return view->visit(LogDatabase::events, ledger::log_key(from.value), ledger::log_key(to.value),
                           [&](ByteView key, ByteView stored) {
                               const auto number = ledger::log_key_number(key);
                               return number ? visitor({*number}, stored) : true;
                           });
    };
    const auto event = [visit](ledger::SequenceNumber number) -> Result<ledger::Bytes> {
        Result<ledger::Bytes> found = Error{ledger::errc::not_found, "event " + std::to_string(number.value)};
        ACTLEDGER_CHECK(visit(number, ledger::size_through(number), [&](ledger::SequenceNumber, ByteView stored) {
            found = ledger::copy(stored);
            return false;
        }));
        return found;
    };
    return {visit, event};
}

/// Walks the statement's lines beside those that the events give.
class Walk {
 public:
    Walk(LineFile& file, const projections::StatementHead& head, FindingList& findings)
        : file_(file), head_(head), findings_(findings) {}

    Result<void> begin() { return advance(); }
    Result<void> take(const StatementLine& line, std::string_view text) {
        if (const auto* const head = std::get_if<projections::StatementHead>(&line); head && head->root != head_.root) {
            return Error{errc::statement_ledger_other, {}, {{"problem", "its events have another root"}}};
        }
        if (const auto* const seat = std::get_if<StatementSeat>(&line)) return take_seat(*seat, text);
        if (std::holds_alternative<projections::StatementTotals>(line)) ACTLEDGER_CHECK(pass_seats(nullptr));
        if (!mine_ || *mine_ + '\n' != text) {
            find(Error{errc::statement_line_differs, {}, {{"line", std::to_string(file_.number())}}});
        }
        return advance();
    }

 private:
    void find(Error error) { findings_.add({FindingKind::statement, std::move(error), std::nullopt}); }
    void find(errc code, const StatementSeat& seat) {
        find(Error{code, {}, {{"activation", seat.activation_id.text()}}});
    }
    [[nodiscard]] const StatementSeat* my_seat() const { return line_ ? std::get_if<StatementSeat>(&*line_) : nullptr; }

    /// Those of the statement that come before `next`, or all: the events do not have them.
    Result<void> pass_seats(const StatementSeat* next) {
        while (const StatementSeat* const mine = my_seat()) {
            if (next != nullptr && projections::place_of(*mine) >= projections::place_of(*next)) break;
            find(errc::statement_seat_extra, *mine);
            ACTLEDGER_CHECK(advance());
        }
        return {};
    }
    Result<void> take_seat(const StatementSeat& seat, std::string_view text) {
        ACTLEDGER_CHECK(pass_seats(&seat));
        const StatementSeat* const mine = my_seat();
        if (mine == nullptr || projections::place_of(*mine) != projections::place_of(seat)) {
            find(errc::statement_seat_missing, seat);
            return {};
        }
        if (*mine_ + '\n' != text) find(errc::statement_seat_differs, seat);
        return advance();
    }
    Result<void> advance() {
        mine_.reset();
        line_.reset();
        ACTLEDGER_TRY(const auto text, file_.next());
        if (!text) return {};
        mine_ = *text;
        ACTLEDGER_TRY(line_, projections::parse_statement_line(*text));
        return {};
    }

    LineFile& file_;
    const projections::StatementHead& head_;
    FindingList& findings_;
    std::optional<std::string> mine_;
    std::optional<StatementLine> line_;
};

/// Why the folder's events cannot be the statement's; nothing if they may be.
Result<std::optional<std::string>> why_not(const ledger::LogScan& scan, const projections::StatementSource& source,
                                           const projections::StatementHead& head) {
    ACTLEDGER_TRY(const auto view, scan.open_view());
    ACTLEDGER_TRY(const std::uint64_t entries, view->entries(LogDatabase::events));
    if (entries < head.size.value) {
        return std::optional("it has " + std::to_string(entries) + " events, and the statement is of " +
                             std::to_string(head.size.value));
    }
    const auto size = projections::size_at(source, {entries}, head.at);
    if (!size || *size != head.size) return std::optional<std::string>("its times give another number of events");
    return std::optional<std::string>();
}

}  // namespace

Result<bool> StatementComparison::run(FindingList& findings) const {
    ACTLEDGER_TRY(const auto scan, ledger::ExportFolder::is_one(folder) ? ledger::open_export_scan(folder)
                                                                        : ledger::open_log_scan(folder));
    const auto source = source_in(*scan);
    const auto find_other = [&](Error error) {
        findings.add({FindingKind::statement, std::move(error), std::nullopt});
        return false;
    };
    ACTLEDGER_TRY(const auto problem, why_not(*scan, source, head));
    if (problem) return find_other(Error{errc::statement_ledger_other, {}, {{"problem", *problem}}});
    LineFile file(statement, projections::statement_line_bytes_max);
    ACTLEDGER_CHECK(file.open());
    Walk walk(file, head, findings);
    ACTLEDGER_CHECK(walk.begin());
    projections::StatementMaker maker(
        source, head.size, head.at,
        [&](const StatementLine& line, std::string_view text) { return walk.take(line, text); });
    for (bool complete = false; !complete;) {
        const auto stepped = maker.step();
        if (!stepped && stepped.error().code == errc::statement_ledger_other) return find_other(stepped.error());
        if (!stepped) return stepped.error();
        complete = *stepped;
        if (progress) progress(maker.done(), maker.total());
    }
    return true;
}

}  // namespace verify
