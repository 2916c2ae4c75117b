#pragma once
// snapshot/seat_report.hpp: writes the files of a report: the statement of who held which seat at a time, the personal
// values beside it, and a table for spreadsheets. The proof comes from the server. Format: docs/formats/report.md; why:
// docs/adr/0036-reports.md.

#include <memory>

#include "snapshot/event_table.hpp"
#include "snapshot/new_file.hpp"
#include "snapshot/statement_source.hpp"

namespace snapshot {

/// The other files of a report lie beside its statement.
constexpr std::string_view report_proof_suffix = ".tlog-proof";
constexpr std::string_view report_personal_suffix = ".personal";

struct ReportPlan {
    std::filesystem::path statement;  ///< No file of this name, nor of those beside it, may be there.
    std::filesystem::path csv;        ///< Empty: none.
    ledger::Timestamp at;
    TableOptions::PersonalData personal_data = TableOptions::PersonalData::kept;
    ledger::Language language = ledger::Language::english;  ///< Of the table's first row.
    std::function<void(std::uint64_t, std::uint64_t)> progress;
    std::function<bool()> stop;  ///< Asked now and then; true ends it with errc::table_interrupted.
};

/// Files under way: in their places once publish() succeeds, gone otherwise. One thread.
class SeatReport {
 public:
    ~SeatReport();
    SeatReport(const SeatReport&) = delete;
    SeatReport& operator=(const SeatReport&) = delete;
    /// Reads the log beside a running server; it is not needed any more afterwards.
    /// @return errc::report_names_same; what size_at, NewFile and reading the log return; errc::table_interrupted
    [[nodiscard]] static ledger::Result<std::unique_ptr<SeatReport>> make(const ledger::LogReader& log,
                                                                          const ReportPlan& plan);
    [[nodiscard]] const projections::StatementHead& head() const { return head_; }
    [[nodiscard]] const projections::StatementTotals& totals() const { return totals_; }
    [[nodiscard]] const ledger::Digest& digest() const { return digest_; }
    /// Of events that were lost up to then, if any were.
    [[nodiscard]] bool has_losses() const { return losses_; }
    /// Writes the proof and puts all files in place, the statement last. @return what NewFile returns
    [[nodiscard]] ledger::Result<void> publish(std::string_view proof);

 private:
    struct Out;
    explicit SeatReport(const ReportPlan& plan);
    [[nodiscard]] ledger::Result<void> open();
    [[nodiscard]] ledger::Result<void> write(const ledger::LogReader& log, const ReportPlan& plan);
    [[nodiscard]] ledger::Result<void> take(const ledger::LogReader& log, const projections::StatementLine& line,
                                            std::string_view text);
    [[nodiscard]] ledger::Result<void> add_seat(const ledger::LogReader& log, const projections::StatementSeat& seat);

    std::unique_ptr<Out> statement_;
    std::unique_ptr<Out> proof_;
    std::unique_ptr<Out> personal_;  ///< Null: left out.
    std::unique_ptr<Out> csv_;       ///< Null: not wanted.
    projections::StatementHead head_;
    projections::StatementTotals totals_;
    ledger::Digest digest_;
    bool losses_ = false;
};

}  // namespace snapshot
