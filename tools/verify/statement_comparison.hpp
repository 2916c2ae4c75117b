#pragma once
// tools/verify/statement_comparison.hpp: makes a statement again from the events of a ledger or an export, and says
// what differs. The statement's root, which was signed, tells whether these are its events: nothing else of the folder
// is believed.

#include <filesystem>
#include <functional>

#include "projections/state/seat_statement.hpp"
#include "tools/verify/finding.hpp"

namespace verify {

struct StatementComparison {
    std::filesystem::path statement;  ///< Well formed, and with the digest that was signed.
    std::filesystem::path folder;
    projections::StatementHead head;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;

    /// @return whether it came to the end: false, with a finding, if these are not the statement's events; what opening
    ///         and reading the folder return
    [[nodiscard]] ledger::Result<bool> run(FindingList& findings) const;
};

}  // namespace verify
