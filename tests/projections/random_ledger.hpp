#pragma once
// tests/projections/random_ledger.hpp: a ledger that a seed decides: every kind of event, clones that share components,
// leases that move, and now and then an event that no server would have written, because a fold is total.

#include "ledger/core/event_codec.hpp"
#include "tests/projections/memory_ledger.hpp"

namespace support {

class RandomLedger : public MemoryLedger {
 public:
    explicit RandomLedger(std::uint64_t seed) {
        random.seed(seed);
        for (std::uint64_t n = 0; n < 3; ++n) import_next();
    }

    /// Appends one event, or a few that belong together.
    void step() {
        now = now + ledger::second * static_cast<std::int64_t>(random() % 7'200);
        switch (random() % 24) {
            case 0:
                return rare();
            case 1:
            case 2:
                return over(ledger::SeatReleased{any_id()});
            case 3:
                return over(ledger::SeatExpired{any_id()});
            case 4:
            case 5:
            case 6:
                return renew();
            case 7:
            case 8:
                return change_device();
            case 9:
                return after_loss();
            default:
                return activate();
        }
    }

    /// Device `number` of some thousand; every tenth value is shared with others.
    [[nodiscard]] ledger::Components any_device() {
        std::vector<std::pair<std::string, std::string>> values;
        for (const char* kind : {"smbios_uuid", "machine_id", "mac", "disk_serial", "board_serial"}) {
            const bool shared = random() % 10 == 0;
            values.emplace_back(kind, shared ? "clone" + std::to_string(random() % 3) : std::to_string(random()));
        }
        return device(values);
    }

    void activate() {
        ledger::Seat one = seat(licenses_[random() % licenses_.size()], any_device());
        if (!seats_.empty() && random() % 50 == 0) one.activation_id = any_id();  // one that is or was taken
        if (!kept_.empty() && random() % 10 == 0) one.activation_id = kept_[random() % kept_.size()];
        seats_.push_back(one);
        append(ledger::SeatActivated{one});
    }
    void change_device() {
        if (seats_.empty()) return;
        ledger::Seat& one = seats_[random() % seats_.size()];
        one.components = any_device();
        append(ledger::SeatDeviceChanged{one});
    }

 private:
    [[nodiscard]] std::uint32_t below(std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); }
    [[nodiscard]] ledger::ActivationId any_id() {
        return seats_.empty() ? ledger::ActivationId{} : seats_[random() % seats_.size()].activation_id;
    }
    template <class Body>
    void over(Body body) {
        append(std::move(body));
    }
    void renew() {
        if (seats_.empty()) return;
        ledger::Seat& one = seats_[random() % seats_.size()];
        const ledger::Seat fresh = seat(licenses_[random() % licenses_.size()], one.components);
        one.license_id = fresh.license_id;
        one.lease_ends = fresh.lease_ends;
        one.grace_ends = fresh.grace_ends;
        append(ledger::SeatRenewed{one});
    }
    void import_next() {
        const std::string id = "L" + std::to_string(licenses_.size() + 1);
        ledger::LicenseTerms fresh = terms(id, 1'000 + random() % 1'000);
        if (random() % 3 != 0) fresh.lease = leased(below(30) + 30, 20, below(6));
        if (!licenses_.empty() && random() % 2 == 0) fresh.supersedes = {licenses_[random() % licenses_.size()]};
        licenses_.push_back(id);
        import(fresh);
    }
    void revoke() {
        ledger::Revocation revocation;
        revocation.revocation_id = "R" + std::to_string(events.size());
        revocation.issued_at = license_made_at;
        revocation.license_ids = {licenses_[random() % licenses_.size()]};
        const auto bin = ledger::make_revocation(revocation, {vendor().issuer}, vendor().issuer_key);
        append(ledger::RevocationImported{revocation.revocation_id, bin.value()});
    }
    void rare() {
        const auto number = static_cast<std::uint8_t>(random() % 8);
        switch (random() % 19) {
            case 0:
                return import_next();
            case 1:
                return revoke();
            case 2:
                return over(ledger::EnrolmentKeyCreated{
                    {number}, ledger::default_suite().hash({&number, 1}), "pool", {number == 0 ? 0 : now.us}});
            case 3:
                return over(ledger::EnrolmentKeyRevoked{{number}});
            case 4:
                return over(
                    ledger::SettingChanged{number % 2 == 0 ? "open_enrolment" : "other" + std::to_string(number),
                                           number < 4 ? "true" : "false"});
            case 5:
                return over(ledger::TlsCertificateChanged{ledger::default_suite().hash({&number, 1})});
            case 6:
                return over(ledger::ServerCertified{{customer().certificate.der()}});
            case 7:
                return over(ledger::TimePutInDoubt{});
            case 8:
                return confirm_time();
            case 9:
                return over(ledger::AnnexErased{{number}, {}});
            case 10:
                return open_incarnation();
            case 11:
                return over(ledger::LogKeyCreated{
                    {number}, ledger::default_suite().hash({&number, 1}), "reader", {number == 0 ? 0 : now.us}});
            case 12:
                return over(ledger::LogKeyRevoked{{number}});
            case 13:
            case 14:
            case 15:
                return keep_legacy();
            case 16:
                return over(ledger::LegacySeatFreed{kept_.empty() ? any_id() : kept_[random() % kept_.size()]});
            case 17:
                return over(ledger::ReportIssued{now, {events.size()}, number, {}, {}, number % 2 == 0});
            default:
                return over(ledger::LicenseImported{"nonsense", {1, 2, 3}});
        }
    }
    /// Also of a device that has a seat, and of a record that is there already.
    void keep_legacy() {
        const ledger::Seat like = seat(licenses_[random() % licenses_.size()], any_device());
        const std::uint32_t record = below(300);
        kept_.push_back(like.activation_id);
        over(ledger::LegacySeatReserved{like.activation_id,
                                        like.license_id,
                                        like.product,
                                        like.components,
                                        ledger::default_suite().hash(ledger::as_bytes(std::to_string(record))),
                                        {0},
                                        now + ledger::day});
    }
    /// With unclaimed seats of a licence that is there, and of one that is imported later or never.
    void open_incarnation() {
        const std::string later = "L" + std::to_string(licenses_.size() + 1);
        ledger::IncarnationOpened opened{below(5) + 2, ledger::IncarnationOpened::Reason{}, "kept\n", "", {}};
        opened.unclaimed = {{licenses_[random() % licenses_.size()], random() % 20 + 1}, {later, random() % 20 + 1}};
        std::ranges::sort(opened.unclaimed);
        append(std::move(opened));
    }
    /// What is folded in a stated way also where no server would have written it.
    void after_loss() {
        ledger::Seat one = seat(licenses_[random() % licenses_.size()], any_device());
        if (!seats_.empty() && random() % 3 == 0) one.activation_id = any_id();
        seats_.push_back(one);
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
    void confirm_time() {
        append(ledger::TimeConfirmed{now + ledger::day});
        now = now + ledger::day;
        if (random() % 2 == 0) append(ledger::TimeConfirmationUndone{events.back().sequence_number, ledger::day});
    }

    std::vector<std::string> licenses_;
    std::vector<ledger::Seat> seats_;
    std::vector<ledger::ActivationId> kept_;  // for the previous product, at some time
};

}  // namespace support
