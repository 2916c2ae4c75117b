#pragma once
// api/commands/queries.hpp: what may be asked of the state without changing it. Plain copies, to be taken on the
// sequencing thread (in a task whose decision is Context::nothing_to_do) and shown anywhere.

#include <optional>

#include "api/commands/context.hpp"

namespace api::commands {

struct LicenseView {
    ledger::LicenseTerms terms;
    projections::LicenseStatus status{};
    bool valid_now = false;         ///< Live, and within its dates.
    std::uint64_t used = 0;         ///< Seats that count against it; 0 once another licence answers for them.
    std::uint64_t unclaimed = 0;    ///< Of these, those that nobody is known to hold since a loss.
    std::uint64_t held = 0;         ///< Granted and provisional.
    std::uint64_t provisional = 0;  ///< Of those held: they stand on unclaimed ones.
    std::uint64_t legacy = 0;       ///< Of those used, those that are kept for desktops of the previous product.
    std::string superseded_by;      ///< The licence that took its seats over, or empty.
    std::string revoked_by;         ///< Revocation id, or empty.
    ledger::SequenceNumber imported_by;
    ledger::Timestamp imported_at;
    std::optional<ledger::Timestamp> next_seat_free_at;
};
/// In the order of import.
[[nodiscard]] std::vector<LicenseView> list_licenses(const Context& context);

struct SeatPage {
    std::vector<projections::HeldSeat> seats;
    std::optional<std::uint32_t> next;  ///< The cursor to go on with; nothing at the end.
};
/// Held seats, in no particular order, at most `most`. @param cursor  0 to begin.
[[nodiscard]] SeatPage list_seats(const Context& context, std::uint32_t cursor, std::size_t most);

struct StateSummary {
    std::uint64_t seats_held = 0;
    std::uint64_t seats_granted = 0;  ///< Quantities of the licences that are valid now.
    ledger::TreeSize events;
    bool time_in_doubt = false;
    std::vector<projections::TimeConfirmation> confirmations;
    std::optional<projections::Settings::TlsCertificate> tls_certificate;
    bool open_enrolment = false;
    // Since a loss.
    std::uint64_t unconfirmed = 0;  ///< Adopted seats that their devices have not renewed since.
    std::uint64_t provisional = 0;
    std::uint64_t adopted = 0;                    ///< Ever.
    std::uint64_t pending = 0;                    ///< Proofs that wait for an administrator.
    std::optional<ledger::Timestamp> free_after;  ///< From when on unclaimed seats may be freed, once known.
};
[[nodiscard]] StateSummary summarise(const Context& context);

}  // namespace api::commands
