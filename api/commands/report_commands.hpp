#pragma once
// api/commands/report_commands.hpp: puts on record that a statement of who held which seat at a time was made.
// Repeating it is another record: each says who asked, and when. ADR: docs/adr/0036-reports.md.

#include "api/commands/context.hpp"

namespace api::commands {

/// Whether a statement for this time can be made and proven now. When its answer is durable, so are all events that
/// have that time or an earlier one: later ones have a later time.
/// @return projections::errc::statement_ahead; errc::report_uncertified
[[nodiscard]] ledger::Result<void> admit_report(ledger::Timestamp at, const Context& context);

struct IssueReport {
    ledger::Actor actor;
    ledger::ReportIssued report;
};
/// @return what admit_report returns
[[nodiscard]] ledger::Result<ledger::Decision> decide(const IssueReport& command, const Context& context);

}  // namespace api::commands
