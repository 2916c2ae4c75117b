#pragma once
// tests/projections/lost_seats.hpp: what desktops hold of an incarnation that was lost: real proofs, signed by the
// customer's key.

#include "ledger/core/activation_file.hpp"
#include "ledger/core/event_codec.hpp"
#include "tests/projections/memory_ledger.hpp"

namespace support {

/// A proof of `seat` as event `index` of an incarnation, the last one of its tree: what lies before it can be anything.
inline ledger::AdoptionProven lost_proof(const ledger::EventBody& body, std::uint64_t index = 6,
                                         std::uint32_t incarnation = 1, Customer& customer = MemoryLedger::customer()) {
    const ledger::Suite& suite = ledger::default_suite();
    const ledger::Origin origin{customer.server_id, incarnation};
    ledger::Event event;
    event.sequence_number = {index};
    event.time = license_made_at + ledger::day;
    event.origin = origin.text();
    event.body = body;
    ledger::AdoptionProven proven{{index}, ledger::encode_event(event).value(), {}, {}};
    ledger::Digest root = suite.hash_leaf(proven.event);
    for (std::uint64_t left = index; left != 0; left &= left - 1) {
        const std::uint64_t salt = left;
        proven.path.push_back(suite.hash({reinterpret_cast<const std::uint8_t*>(&salt), sizeof salt}));
        root = suite.hash_node(proven.path.back(), root);
    }
    const ledger::Checkpoint checkpoint{origin, {{index + 1}, root}};
    proven.head = ledger::sign_note(suite, checkpoint.body(), origin.text(), customer.key).value();
    return proven;
}

inline ledger::AdoptionProven lost_proof(const ledger::Seat& seat, std::uint64_t index = 6,
                                         std::uint32_t incarnation = 1, Customer& customer = MemoryLedger::customer()) {
    return lost_proof(ledger::EventBody(ledger::SeatActivated{seat}), index, incarnation, customer);
}

/// The same as a desktop keeps it.
inline ledger::ActivationFile lost_file(const ledger::AdoptionProven& proven,
                                        Customer& customer = MemoryLedger::customer()) {
    return {proven.event, {customer.certificate.der()}, {}, ledger::DeviceSalt{1, 2, 3}, proven.index, proven.path,
            proven.head};
}
inline ledger::ActivationFile lost_file(const ledger::Seat& seat, std::uint32_t incarnation = 1,
                                        Customer& customer = MemoryLedger::customer()) {
    return lost_file(lost_proof(seat, 6, incarnation, customer), customer);
}

/// The seat of a device of its own, of licence `license_id`, under which the customer's terms were given.
inline ledger::Seat lost_seat(std::uint64_t device, const std::string& license_id = "L",
                              ledger::Bytes device_key = {7, 7, 7}) {
    ledger::Seat seat;
    seat.activation_id.bytes = {static_cast<std::uint8_t>(device), static_cast<std::uint8_t>(device >> 8), 0xee};
    seat.license_id = license_id;
    seat.product = MemoryLedger::customer().terms().product;
    seat.components = own_device(device);
    seat.device_public_key = std::move(device_key);
    return seat;
}

/// The anchor that knew `reserved` seats of each licence, signed, as the event that opens incarnation 2 names it.
inline std::string lost_anchor(const std::vector<std::pair<std::string, std::uint64_t>>& reserved,
                               std::uint32_t incarnation = 1) {
    ledger::Anchor anchor;
    anchor.origin = {MemoryLedger::customer().server_id, incarnation};
    anchor.head = {{100}, ledger::default_suite().empty_root()};
    anchor.device_salt = {1, 2, 3};
    anchor.keys = {{1, 1, MemoryLedger::customer().key.public_key().compressed(), {}}};
    for (const auto& [id, seats] : reserved) {
        anchor.licenses.push_back({id, ledger::AnchorLicense::State::live, {}, seats});
    }
    const auto note = ledger::sign_anchor(ledger::default_suite(), anchor, MemoryLedger::customer().key).value();
    return std::string(ledger::as_text(note));
}

}  // namespace support
