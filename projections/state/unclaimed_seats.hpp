#pragma once
// projections/state/unclaimed_seats.hpp: seats that were perhaps given before a loss, and that nothing that survived
// shows: they count against their licence, so that no seat is given twice (invariant L4). The rule:
// docs/formats/event.md, "Incarnations"; why: docs/adr/0026-incarnations.md.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/core/anchor.hpp"
#include "projections/state/licenses.hpp"

namespace projections {

class LedgerState;

/// What the newest IncarnationOpened said, less what was claimed or freed since. Part of the seat book; one thread.
class UnclaimedBook {
 public:
    /// @param licenses  has folded the event.
    void apply(const ledger::Event& event, const Licenses& licenses);
    /// So many of a licence, and of those whose seats it took over, are unclaimed no more: the first by id first.
    void take(LicenseIndex holder, std::uint64_t seats, const Licenses& licenses);
    /// Of this licence alone, without those whose seats it took over.
    [[nodiscard]] std::uint64_t of(LicenseIndex license) const {
        return license.value < by_index_.size() ? by_index_[license.value] : 0;
    }
    /// Also of licences that were never imported, or not yet again. Ascending by id.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& all() const { return by_id_; }
    /// Before apply(), for any event whose time is to be believed: the first one after a loss begins the time in which
    /// desktops may call. The opening itself bears the time of the last event that was kept, which may be long ago.
    void pass(ledger::Timestamp believed) {
        if (!awaits_time_) return;
        since_ = believed;
        awaits_time_ = false;
    }
    /// Nothing if nothing was lost, or if no such event came yet.
    [[nodiscard]] std::optional<ledger::Timestamp> since() const;
    void write(StateWriter& out) const;
    void read(StateReader& in, const Licenses& licenses);  ///< @pre nothing was folded; the licences have been read

 private:
    void index(const Licenses& licenses);

    ledger::Timestamp since_;   // 0: nothing was lost
    bool awaits_time_ = false;  // since the newest opening
    std::map<std::string, std::uint64_t> by_id_;
    std::vector<std::uint64_t> by_index_;  // as far as there is something
};

/// What an incarnation that is opened after `state` must state: pure, so that whoever judges the event computes it
/// again.
/// @param anchor  nullptr: nothing is known of what was given.
[[nodiscard]] std::vector<ledger::UnclaimedSeats> unclaimed_seats(const LedgerState& state,
                                                                  const ledger::Anchor* anchor);
/// The same if nothing is known to be missing, because only the key was lost: what was unclaimed before.
[[nodiscard]] std::vector<ledger::UnclaimedSeats> unclaimed_still(const LedgerState& state);
/// What `opened` must state, by what it says is known. Its notes and the vendor's file are parsed, not verified.
[[nodiscard]] std::vector<ledger::UnclaimedSeats> unclaimed_by(const LedgerState& state,
                                                               const ledger::IncarnationOpened& opened);

}  // namespace projections
