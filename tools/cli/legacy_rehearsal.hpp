#pragma once
// tools/cli/legacy_rehearsal.hpp: what an import of the previous product's records would do, found out by doing it: the
// log is folded, and the server's own decisions are made and folded on that state, which nobody else sees.

#include <filesystem>
#include <memory>
#include <set>

#include "api/commands/ledger_decider.hpp"
#include "api/commands/legacy_seats.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace cli {

/// One thread. While it lives, the log is open for reading in this process: nobody else here may open it.
class LegacyRehearsal {
 public:
    /// @param folder  the ledger's; beside a running server or without one.
    /// @return what reading the log returns
    [[nodiscard]] static ledger::Result<std::unique_ptr<LegacyRehearsal>> open(const std::filesystem::path& folder);
    [[nodiscard]] const api::commands::Preparation& preparation() const { return *preparation_; }
    /// The kinds of components that licences of the product name; the others of a record are not kept.
    [[nodiscard]] std::set<std::string> kinds_asked(const std::string& product) const;
    /// What the server would answer now, if it had taken everything before.
    [[nodiscard]] ledger::Result<std::vector<api::commands::LegacyOutcome>> reserve(
        const api::commands::ReserveLegacySeats& command);
    /// The time that an event would bear now.
    [[nodiscard]] ledger::Timestamp now() const;

 private:
    /// The anchor follows: a real run waits for it.
    class Unlimited final : public api::commands::Reservations {
     public:
        [[nodiscard]] std::uint64_t reserved(std::string_view) const noexcept override { return ~std::uint64_t{0}; }
        void want(std::string_view, std::uint64_t) override {}
    };
    LegacyRehearsal(std::unique_ptr<ledger::LogReader> log, std::unique_ptr<projections::LedgerState> state);

    std::unique_ptr<ledger::LogReader> log_;
    projections::StoredSeats seats_;
    Unlimited reservations_;
    api::commands::LedgerDecider decider_;
    std::optional<api::commands::Preparation> preparation_;
};

}  // namespace cli
