#include "tools/node/new_log.hpp"

#include "api/commands/license_commands.hpp"
#include "projections/state/seat_source.hpp"
#include "snapshot/lost_log.hpp"
#include "tools/node/errc.hpp"

namespace node {

using ledger::Result;

namespace {

/// Nobody asks for seats before the server starts.
class NoReservations final : public api::commands::Reservations {
 public:
    [[nodiscard]] std::uint64_t reserved(std::string_view) const noexcept override { return 0; }
    void want(std::string_view, std::uint64_t) override {}
};

}  // namespace

NewLog::NewLog(ledger::Origin origin, ledger::Timestamp now, std::vector<ledger::EventDraft> drafts)
    : origin_(std::move(origin)), now_(now), drafts_(std::move(drafts)) {
    for (const ledger::Event& event : snapshot::numbered(origin_, now_, drafts_)) state_.apply(event);
}

Result<void> NewLog::import(const std::string& license) {
    ACTLEDGER_TRY(const auto preparation, api::commands::Preparation::of(state_));
    ACTLEDGER_TRY(const auto command,
                  api::commands::prepare_license(ledger::as_bytes(license), preparation, drafts_.front().actor));
    const projections::StoredSeats no_seats(
        [](ledger::SequenceNumber) -> Result<ledger::Bytes> { return ledger::Error{errc::nothing_to_recover}; });
    NoReservations reservations;
    const ledger::Moment moment{now_, now_, false, {drafts_.size()}, now_};
    ACTLEDGER_TRY(ledger::Decision decision, api::commands::decide(command, {state_, no_seats, reservations, moment}));
    const std::size_t before = drafts_.size();
    for (ledger::EventDraft& draft : decision.drafts) drafts_.push_back(std::move(draft));
    const auto events = snapshot::numbered(origin_, now_, drafts_);
    for (std::size_t i = before; i < events.size(); ++i) state_.apply(events[i]);
    return {};
}

std::vector<snapshot::LicenseLoss> NewLog::losses() const {
    std::vector<snapshot::LicenseLoss> losses;
    for (const ledger::UnclaimedSeats& one : std::get<ledger::IncarnationOpened>(drafts_.at(1).body).unclaimed) {
        snapshot::LicenseLoss& license = losses.emplace_back();
        license.license_id = one.license_id;
        license.unclaimed = one.seats;
        const auto index = state_.licenses().find(one.license_id);
        if (index) license.quantity = state_.licenses().at(*index).terms.quantity;
    }
    return losses;
}

}  // namespace node
