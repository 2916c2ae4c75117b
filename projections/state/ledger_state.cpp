#include "projections/state/ledger_state.hpp"

#include "projections/state/state_hash.hpp"

namespace projections {

void LedgerState::apply(const ledger::Event& event) {
    time_.apply(event);
    identity_.apply(event);
    if (event.seat() == nullptr) {
        licenses_.apply(event);
        enrolment_keys_.apply(event);
        settings_.apply(event);
    }
    seats_.apply(event);
    size_ = ledger::size_through(event.sequence_number);
}

std::optional<ledger::SequenceNumber> LedgerState::applied_through() const {
    if (size_.value == 0) return std::nullopt;
    return ledger::SequenceNumber{size_.value - 1};
}

ledger::Digest LedgerState::digest() const {
    StateHash hash;
    hash.number(size_.value);
    identity_.hash_into(hash);
    licenses_.hash_into(hash);
    enrolment_keys_.hash_into(hash);
    settings_.hash_into(hash);
    time_.hash_into(hash);
    seats_.hash_into(hash);
    return hash.finish();
}

}  // namespace projections
