#pragma once
// tests/projections/random_losses.hpp: a ledger that was lost and goes on, as a seed decides: incarnations, adoptions
// and loans, also where no server would have written them.

#include "ledger/core/event_codec.hpp"
#include "tests/projections/random_seats.hpp"

namespace support {

class RandomLosses : public RandomSeats {
 protected:
    using RandomSeats::RandomSeats;

    /// With unclaimed seats of a licence that is there, and of one that is imported later or never.
    void open_incarnation() {
        const std::string later = next_license();
        ledger::IncarnationOpened opened{below(5) + 2, ledger::IncarnationOpened::Reason{}, "kept\n", "", {}};
        opened.unclaimed = {{any_license(), random() % 20 + 1}, {later, random() % 20 + 1}};
        std::ranges::sort(opened.unclaimed);
        append(std::move(opened));
    }
    /// What is folded in a stated way also where no server would have written it.
    void after_loss() {
        const ledger::Seat one = one_more();
        ledger::Actor actor;
        if (random() % 2 == 0) actor.kind = ledger::Actor::Kind::operator_;
        switch (random() % 6) {
            case 0:
                append(ledger::AdoptionProven{{random() % 9}, proven_event(one), {}, lost_head()});
                append(ledger::AdoptionRefused{one.activation_id}, actor);
                return;
            case 1:
                append(ledger::AdoptionProven{{7}, proven_event(one), {}, lost_head()});
                append(ledger::SeatAdopted{one, events.back().sequence_number}, actor);
                return;
            case 2:
                append(ledger::SeatAdopted{one, {random() % events.size()}}, actor);
                return;
            case 3:
                return over(ledger::UnclaimedFreed{{one.license_id, 1 + random() % 5}});
            default:
                return over(ledger::SeatLent{one});
        }
    }

 private:
    [[nodiscard]] static ledger::Bytes proven_event(const ledger::Seat& seat) {
        ledger::Event event;
        event.sequence_number = {7};
        event.origin = customer().server_id + "/1";
        event.body = ledger::SeatActivated{seat};
        return ledger::encode_event(event).value();
    }
    [[nodiscard]] static const std::string& lost_head() {
        static const std::string head = [] {
            ledger::PrivateKey key = ledger::PrivateKey::generate();
            const ledger::Checkpoint checkpoint{{customer().server_id, 1}, {{8}, {}}};
            return ledger::sign_note(ledger::default_suite(), checkpoint.body(), checkpoint.origin.text(), key).value();
        }();
        return head;
    }
};

}  // namespace support
