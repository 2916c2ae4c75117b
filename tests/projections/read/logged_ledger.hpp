#pragma once
// tests/projections/read/logged_ledger.hpp: a random ledger in a real log on disk, and what its read models should say,
// found the slow way.

#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/log_engine.hpp"
#include "projections/read/read_queries.hpp"
#include "tests/projections/random_ledger.hpp"
#include "tests/support/temporary_folder.hpp"

namespace support {

class LoggedLedger {
 public:
    LoggedLedger(std::uint64_t seed, std::size_t count) : random(seed) {
        const auto& genesis = random.events.front();
        const ledger::EventDraft first{genesis.actor, genesis.body, {}};
        REQUIRE(ledger::create_log(folder.path(), origin(), std::span(&first, 1), genesis.time, key_));
        engine_ = ledger::open_log_engine(folder.path()).value();
        grow(count);
    }
    /// `count` events more, or a few beyond; one group.
    void grow(std::size_t count) {
        const std::size_t end = random.events.size() + count;
        while (random.events.size() < end) random.step();
        auto frontier = ledger::Frontier::load(ledger::default_suite(), {size()}, *engine_).value();
        std::vector<ledger::StoredEvent> group;
        for (std::uint64_t n = size(); n < random.events.size(); ++n) {
            ledger::StoredEvent& stored = group.emplace_back();
            stored.event = ledger::encode_event(random.events[n]).value();
            frontier.append(ledger::default_suite().hash_leaf(stored.event), stored.completed);
        }
        const std::string body = ledger::Checkpoint{origin(), frontier.head()}.body();
        auto note = ledger::sign_note(ledger::default_suite(), body, origin().text(), key_).value();
        const auto appended = engine_->append({size()}, group, {frontier.size(), std::move(note)});
        REQUIRE(appended);
        events = random.events;
    }
    [[nodiscard]] std::uint64_t size() const { return engine_->size().value().value; }
    [[nodiscard]] const ledger::LogReader& log() const { return *engine_; }
    [[nodiscard]] std::filesystem::path models() const { return folder.path() / "read"; }

    TemporaryFolder folder;
    RandomLedger random;
    std::vector<ledger::Event> events;  ///< As they are in the log.

 private:
    [[nodiscard]] static ledger::Origin origin() { return {MemoryLedger::customer().server_id, 1}; }
    ledger::PrivateKey key_ = ledger::PrivateKey::generate();  // nobody verifies the heads here
    std::unique_ptr<ledger::LogEngine> engine_;
};

/// The slow reference: walks all events for each question.
struct SlowModels {
    struct Seat {
        projections::SeatSummary summary;
        ledger::SequenceNumber license_since;
        std::vector<projections::SeatChange> changes;
    };
    explicit SlowModels(std::span<const ledger::Event> events) {
        using Kind = projections::SeatChange::Kind;
        for (const ledger::Event& event : events) {
            const bool after_loss = std::holds_alternative<ledger::SeatAdopted>(event.body) ||
                                    std::holds_alternative<ledger::SeatLent>(event.body);
            const ledger::Seat* activated = std::get_if<ledger::SeatActivated>(&event.body);
            const ledger::Seat* renewed = std::get_if<ledger::SeatRenewed>(&event.body);
            if (after_loss) (held(event.seat()->activation_id) ? renewed : activated) = event.seat();
            if (activated != nullptr) {
                Seat& seat = seats[activated->activation_id];
                if (seat.summary.held) continue;
                seat.summary = {activated->activation_id, activated->product,    activated->license_id,
                                event.sequence_number,    event.sequence_number, true};
                seat.license_since = event.sequence_number;
                note(seat, event, Kind::activated);
            } else if (renewed != nullptr) {
                Seat* seat = held(renewed->activation_id);
                if (seat == nullptr) continue;
                if (seat->summary.license != renewed->license_id) seat->license_since = event.sequence_number;
                seat->summary.license = renewed->license_id;
                note(*seat, event, Kind::renewed);
            } else if (const auto* changed = std::get_if<ledger::SeatDeviceChanged>(&event.body)) {
                if (Seat* seat = held(changed->activation_id)) note(*seat, event, Kind::device_changed);
            } else if (const auto* released = std::get_if<ledger::SeatReleased>(&event.body)) {
                end(released->activation_id, event, Kind::released);
            } else if (const auto* expired = std::get_if<ledger::SeatExpired>(&event.body)) {
                end(expired->activation_id, event, Kind::expired);
            }
        }
    }
    [[nodiscard]] Seat* held(const ledger::ActivationId& id) {
        const auto found = seats.find(id);
        return found == seats.end() || !found->second.summary.held ? nullptr : &found->second;
    }
    void end(const ledger::ActivationId& id, const ledger::Event& event, projections::SeatChange::Kind kind) {
        Seat* seat = held(id);
        if (seat == nullptr) return;
        seat->summary.held = false;
        note(*seat, event, kind);
    }
    void note(Seat& seat, const ledger::Event& event, projections::SeatChange::Kind kind) {
        seat.summary.newest = event.sequence_number;
        seat.changes.push_back({event.sequence_number, seat.summary.id, event.time, kind});
        projections::DayCount& day = days[event.time.us / ledger::day.us];
        if (day.changes == decltype(day.changes){}) day.first = event.sequence_number;
        day.day = event.time.us / ledger::day.us;
        ++day.changes[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] std::vector<ledger::ActivationId> query(const projections::SeatQuery& wanted,
                                                          std::span<const ledger::Event> events) const {
        std::map<ledger::SequenceNumber, ledger::ActivationId> found;
        for (const auto& [id, seat] : seats) {
            const auto by = wanted.license.empty() ? seat.summary.activated : seat.license_since;
            const ledger::Timestamp at = events[by.value].time;
            if (!wanted.product.empty() && seat.summary.product != wanted.product) continue;
            if (!wanted.license.empty() && seat.summary.license != wanted.license) continue;
            if ((wanted.from && at < *wanted.from) || (wanted.to && at >= *wanted.to)) continue;
            found[by] = id;
        }
        std::vector<ledger::ActivationId> ids;
        ids.reserve(found.size());
        for (const auto& [by, id] : found) ids.push_back(id);
        return ids;
    }
    std::map<ledger::ActivationId, Seat> seats;
    std::map<std::int64_t, projections::DayCount> days;
};

}  // namespace support
