#pragma once
// snapshot/statement_source.hpp: the log as what a statement of seats is made from (projections/state).

#include "ledger/store_read/log_reader.hpp"
#include "projections/state/statement_maker.hpp"

namespace snapshot {

/// @param log  outlives the source.
[[nodiscard]] inline projections::StatementSource statement_source_in(const ledger::LogReader& log) {
    return {[&log](ledger::SequenceNumber from, ledger::TreeSize to,
                   const projections::StatementSource::Visitor& visit) { return log.visit_events(from, to, visit); },
            [&log](ledger::SequenceNumber number) { return log.event(number); }};
}

}  // namespace snapshot
