#pragma once
// tests/projections/random_seats.hpp: licences and their seats as a seed decides, day by day: clones that share
// components, leases that move, seats that the previous product gave.

#include "tests/projections/memory_ledger.hpp"

namespace support {

class RandomSeats : public MemoryLedger {
 public:
    /// Every tenth value is shared with others.
    [[nodiscard]] ledger::Components any_device() {
        std::vector<std::pair<std::string, std::string>> values;
        for (const char* kind : {"smbios_uuid", "machine_id", "mac", "disk_serial", "board_serial"}) {
            const bool shared = random() % 10 == 0;
            values.emplace_back(kind, shared ? "clone" + std::to_string(random() % 3) : std::to_string(random()));
        }
        return device(values);
    }

    void activate() {
        ledger::Seat one = seat(any_license(), any_device());
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

 protected:
    explicit RandomSeats(std::uint64_t seed) {
        random.seed(seed);
        for (std::uint64_t n = 0; n < 3; ++n) import_next();
    }

    [[nodiscard]] std::uint32_t below(std::uint32_t most) { return static_cast<std::uint32_t>(random() % most); }
    [[nodiscard]] ledger::ActivationId any_id() {
        return seats_.empty() ? ledger::ActivationId{} : seats_[random() % seats_.size()].activation_id;
    }
    [[nodiscard]] const std::string& any_license() { return licenses_[random() % licenses_.size()]; }
    /// What the next licence will be called.
    [[nodiscard]] std::string next_license() const { return "L" + std::to_string(licenses_.size() + 1); }
    /// Remembered; every third under an id that is or was taken.
    [[nodiscard]] const ledger::Seat& one_more() {
        ledger::Seat one = seat(any_license(), any_device());
        if (!seats_.empty() && random() % 3 == 0) one.activation_id = any_id();
        return seats_.emplace_back(std::move(one));
    }
    template <class Body>
    void over(Body body) {
        append(std::move(body));
    }
    void renew() {
        if (seats_.empty()) return;
        ledger::Seat& one = seats_[random() % seats_.size()];
        const ledger::Seat fresh = seat(any_license(), one.components);
        one.license_id = fresh.license_id;
        one.lease_ends = fresh.lease_ends;
        one.grace_ends = fresh.grace_ends;
        append(ledger::SeatRenewed{one});
    }
    void import_next() {
        const std::string id = next_license();
        ledger::LicenseTerms fresh = terms(id, 1'000 + random() % 1'000);
        if (random() % 3 != 0) fresh.lease = leased(below(30) + 30, 20, below(6));
        if (!licenses_.empty() && random() % 2 == 0) fresh.supersedes = {any_license()};
        licenses_.push_back(id);
        import(fresh);
    }
    void revoke() {
        ledger::Revocation revocation;
        revocation.revocation_id = "R" + std::to_string(events.size());
        revocation.issued_at = license_made_at;
        revocation.license_ids = {any_license()};
        const auto bin = ledger::make_revocation(revocation, {vendor().issuer}, vendor().issuer_key);
        append(ledger::RevocationImported{revocation.revocation_id, bin.value()});
    }
    /// Also of a device that has a seat, and of a record that is there already.
    void keep_legacy() {
        const ledger::Seat like = seat(any_license(), any_device());
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
    void free_legacy() { over(ledger::LegacySeatFreed{kept_.empty() ? any_id() : kept_[random() % kept_.size()]}); }

 private:
    std::vector<std::string> licenses_;
    std::vector<ledger::Seat> seats_;
    std::vector<ledger::ActivationId> kept_;  // for the previous product, at some time
};

}  // namespace support
