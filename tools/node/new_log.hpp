#pragma once
// tools/node/new_log.hpp: the events with which a new log begins where one was lost: what opens it, and the licences
// that are imported again with it. Nothing is written here.

#include "projections/state/ledger_state.hpp"
#include "snapshot/recovery.hpp"

namespace node {

/// One group holds so many events; other licences are imported afterwards.
constexpr std::size_t lost_log_licenses_max = 20;

/// One thread.
class NewLog {
 public:
    /// @param drafts  LedgerCreated and IncarnationOpened.
    NewLog(ledger::Origin origin, ledger::Timestamp now, std::vector<ledger::EventDraft> drafts);

    /// As the server would import it. @param license  a .lic, byte for byte. @return what importing returns
    [[nodiscard]] ledger::Result<void> import(const std::string& license);
    [[nodiscard]] const std::vector<ledger::EventDraft>& drafts() const { return drafts_; }
    /// What IncarnationOpened states, beside the licences that were imported. Ascending by id.
    [[nodiscard]] std::vector<snapshot::LicenseLoss> losses() const;

 private:
    ledger::Origin origin_;
    ledger::Timestamp now_;
    std::vector<ledger::EventDraft> drafts_;
    projections::LedgerState state_;
};

}  // namespace node
