#pragma once
// tests/projections/memory_ledger.hpp: a ledger in memory: real events, a real state folded from them, and every event
// held against the rules before it is folded.

#include <random>

#include "ledger/core/adoption_proof.hpp"
#include "ledger/core/device_components.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/license_file.hpp"
#include "projections/state/lease.hpp"
#include "projections/state/seat_rules.hpp"
#include "tests/ledger/license_file/vendor.hpp"
#include "tests/support/result_text.hpp"

namespace support {

class MemoryLedger : public projections::SeatSource {
 public:
    explicit MemoryLedger(ledger::Timestamp start = license_made_at + ledger::day) : now(start) {
        append(ledger::LedgerCreated{ledger::SuiteId::p256_sha256, customer().server_id,
                                     customer().key.public_key().spki(), vendor().root.der(), salt, "1.0"});
    }

    /// Keys are made once a process.
    static Vendor& vendor() {
        static Vendor instance;
        return instance;
    }
    static Customer& customer() {
        static Customer instance(vendor());
        return instance;
    }
    static ledger::VerifiedLicense license(const ledger::LicenseTerms& terms) {
        const auto lic = ledger::make_license(terms, {vendor().issuer}, vendor().issuer_key);
        return ledger::verify_license(lic.value(), vendor().root).value();
    }
    static ledger::LicenseTerms terms(std::string id, std::uint64_t quantity) {
        ledger::LicenseTerms terms = customer().terms();
        terms.license_id = std::move(id);
        terms.quantity = quantity;
        return terms;
    }
    static ledger::LeaseTerms leased(std::uint32_t days, std::uint32_t renew_after, std::uint32_t grace) {
        return {false, days, renew_after, grace};
    }

    /// Judges, folds and keeps. @return what was found wrong, as stable codes
    std::vector<std::string> append(ledger::EventBody body, ledger::Actor actor = {}) {
        ledger::Event event;
        event.sequence_number = {events.size()};
        event.time = now;
        event.origin = customer().server_id + "/" + std::to_string(incarnation);
        event.actor = std::move(actor);
        event.body = std::move(body);
        const auto findings = projections::SeatRules(state, *this).judge(event).value();
        events.push_back(event);
        state.apply(event);
        std::vector<std::string> codes;
        for (const ledger::Error& finding : findings) codes.emplace_back(finding.stable_code());
        return codes;
    }
    std::vector<std::string> import(const ledger::LicenseTerms& terms) {
        return append(ledger::LicenseImported{terms.license_id, license(terms).license_bin});
    }

    /// A seat as the licence grants it now.
    [[nodiscard]] ledger::Seat seat(const std::string& license_id, ledger::Components components) {
        const auto index = state.licenses().find(license_id);
        const ledger::LicenseTerms& terms = state.licenses().at(index.value()).terms;
        const auto lease = projections::lease_from(terms.lease, state.time().judged(now));
        ledger::Seat seat;
        for (auto& byte : seat.activation_id.bytes) byte = static_cast<std::uint8_t>(random());
        seat.license_id = license_id;
        seat.product = terms.product;
        seat.components = std::move(components);
        seat.device_public_key = {1, 2, 3};
        seat.lease_ends = lease.ends;
        seat.grace_ends = lease.grace_ends;
        return seat;
    }

    [[nodiscard]] ledger::Result<ledger::Seat> seat(ledger::SequenceNumber number) const override {
        ++reads;
        auto seat = ledger::seat_told_by(events.at(number.value));
        if (!seat) return ledger::Error{ledger::errc::not_found};
        return *std::move(seat);
    }

    ledger::DeviceSalt salt{1, 2, 3};
    ledger::Timestamp now;
    std::uint32_t incarnation = 1;
    std::vector<ledger::Event> events;
    projections::LedgerState state;
    std::mt19937_64 random{1};
    mutable std::size_t reads = 0;  ///< How often an event was read back.
};

/// Components {kind: value} as a desktop would send them, hashed.
[[nodiscard]] inline ledger::Components device(const std::vector<std::pair<std::string, std::string>>& values) {
    ledger::Components components;
    for (const auto& [kind, value] : values) {
        components.push_back({kind, ledger::default_suite().hash(ledger::as_bytes(kind), ledger::as_bytes(value))});
    }
    std::ranges::sort(components);
    return components;
}
/// A device of the five kinds of Customer::terms, all values of which are its own.
[[nodiscard]] inline ledger::Components own_device(std::uint64_t number) {
    const std::string n = std::to_string(number);
    return device({{"smbios_uuid", "u" + n},
                   {"machine_id", "m" + n},
                   {"mac", "a" + n},
                   {"disk_serial", "d" + n},
                   {"board_serial", "b" + n}});
}

using Codes = std::vector<std::string>;

}  // namespace support
