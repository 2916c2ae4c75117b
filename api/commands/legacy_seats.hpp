#pragma once
// api/commands/legacy_seats.hpp: seats are kept for desktops of the previous product, claimed by them, and given up
// again. The rule: docs/formats/event.md, "Seats of the previous product"; why: docs/adr/0032-legacy-import.md.

#include "api/commands/seat_commands.hpp"

namespace api::commands {

constexpr std::size_t legacy_rows_max = ledger::Decision::drafts_max;  ///< Of one command: each is an event.
constexpr std::size_t legacy_record_key_bytes_max = 255;

/// One record of the previous product.
struct LegacyRecord {
    std::string key;  ///< What the record is known by, so that it is taken once: 1 to 255 bytes of one line.
    std::vector<ledger::RawComponent> components;
    std::optional<std::string> device_name;  ///< Goes to the annex.
    ledger::Timestamp activated_at;          ///< 0: not known.
};

/// Prepared: hashed, with what may become the seat's id; or why it cannot be.
struct LegacyRow {
    ledger::Digest record;
    ledger::Components components;
    std::vector<ledger::AnnexValue> annex;
    ledger::Timestamp activated_at;
    ledger::ActivationId id_if_new;
    std::optional<ledger::Error> refused;
};
/// A record that is not well formed gives a row with `refused`: errc::legacy_record_malformed, device_name_malformed,
/// ledger::errc::malformed_component.
[[nodiscard]] LegacyRow prepare(LegacyRecord record, const Preparation& preparation);

struct ReserveLegacySeats {
    ledger::Actor actor;
    std::string product;
    ledger::Timestamp reserved_until;
    std::vector<LegacyRow> rows;  ///< 1 to legacy_rows_max (asserted).
};
/// What became of a row.
struct LegacyOutcome {
    enum class Status : std::uint8_t { reserved, taken_before, refused };
    Status status = Status::refused;
    ledger::ActivationId activation;  ///< Of the kept seat; not of a refused row.
    std::string license_id;           ///< The same.
    std::optional<ledger::Error> refused;
};
struct LegacyDecision {
    ledger::Decision decision;
    std::vector<LegacyOutcome> outcomes;  ///< One a row, in their order.
};
/// Each row for itself: a bad one refuses no other. A record that was taken before is a success without an event.
/// Why a row is refused: what prepare() found; errc::legacy_components_unusable, legacy_device_active,
/// legacy_device_reserved, no_valid_license, quota_reached, seats_not_reserved (again in a moment).
/// @return errc::product_unknown, legacy_until_in_the_past
[[nodiscard]] ledger::Result<LegacyDecision> decide(const ReserveLegacySeats& command, const Context& context);

/// The seat that is kept for this device, under the licence that answers for it, or under another if that one is not
/// valid any more. Nothing: none is kept.
/// @return errc::device_components_insufficient, no_valid_license, quota_reached, seats_not_reserved
struct LegacyClaim {
    ledger::ActivationId id;
    projections::LicenseIndex license;
};
[[nodiscard]] ledger::Result<std::optional<LegacyClaim>> find_claim(projections::ProductIndex product,
                                                                    projections::ComponentView components,
                                                                    const Context& context);

/// An administrator gives a seat up that nobody has claimed.
struct FreeLegacySeat {
    ledger::Actor actor;
    ledger::ActivationId id;
};
/// Freeing it again is a success without an event.
/// @return errc::legacy_seat_unknown, legacy_seat_claimed, legacy_seat_promised, legacy_time_in_doubt
[[nodiscard]] ledger::Result<ledger::Decision> decide(const FreeLegacySeat& command, const Context& context);

struct LegacySeatView {
    projections::LegacySeat seat;
    bool may_be_freed = false;
};
struct LegacySeatPage {
    std::vector<LegacySeatView> seats;
    std::optional<std::uint32_t> next;  ///< The cursor to go on with; nothing at the end.
};
/// In the order in which they were kept, at most `most`. @param cursor  0 to begin.
[[nodiscard]] LegacySeatPage list_legacy_seats(const Context& context, std::uint32_t cursor, std::size_t most);

}  // namespace api::commands
