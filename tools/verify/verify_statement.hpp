#pragma once
// tools/verify/verify_statement.hpp: the audit of a statement of who held which seat at a time: with nothing but its
// proof and the vendor's root, and, if there is one, against a ledger or an export. Format: docs/formats/report.md.

#include <filesystem>
#include <functional>

#include "ledger/core/activation_file.hpp"
#include "projections/state/seat_statement.hpp"
#include "tools/verify/finding.hpp"

namespace verify {

struct StatementAudit {
    std::filesystem::path statement;
    std::filesystem::path proof;
    std::filesystem::path personal;  ///< Empty: there is none.
    std::filesystem::path against;   ///< A ledger's folder, or an export's; empty: none.
    ledger::Certificate root;
    std::size_t findings_max = 100;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;  ///< Of the comparison with a ledger.
};

struct StatementReport {
    std::optional<ledger::VerifiedEvent> proven;  ///< The ReportIssued, if the proof verifies.
    ledger::SequenceNumber index;                 ///< Its number.
    std::optional<projections::StatementHead> head;
    std::optional<projections::StatementTotals> totals;
    std::uint64_t losses = 0;                      ///< Incarnations opened up to then where events may be missing.
    std::optional<std::uint64_t> personal_values;  ///< That agree with their commitments; nothing: there was no file.
    bool compared = false;                         ///< With a ledger, to the end.
    FindingList findings{0};
};

/// Bounded memory, but for the state that the comparison folds.
/// @return why the audit could not be made: a file that cannot be read, a proof that is none, a ledger that cannot be
///         opened. Whatever is wrong with the statement is in the report.
[[nodiscard]] ledger::Result<StatementReport> verify_statement(const StatementAudit& audit);

/// Whether the file begins as a statement does.
[[nodiscard]] bool is_statement(const std::filesystem::path& file);

}  // namespace verify
