#include "api/commands/report_commands.hpp"

#include "ledger/core/time_text.hpp"
#include "projections/state/errc.hpp"

namespace api::commands {

using ledger::Error;

ledger::Result<void> admit_report(ledger::Timestamp at, const Context& context) {
    if (context.moment.now <= at) {
        return Error{projections::errc::statement_ahead, {}, {{"at", ledger::time_text(at)}}};
    }
    if (context.state.identity().certificates().empty()) return Error{errc::report_uncertified};
    return {};
}

ledger::Result<ledger::Decision> decide(const IssueReport& command, const Context& context) {
    ACTLEDGER_CHECK(admit_report(command.report.as_of, context));
    ACTLEDGER_ASSERT(command.report.size <= context.state.size());
    return ledger::Decision{{{command.actor, command.report, {}}}, {}};
}

}  // namespace api::commands
