#pragma once
// ledger/core/incarnation_events.hpp: what a ledger says of its own losses and keys. What must be true of it:
// ledger/core/incarnation.hpp. Field meanings and byte lengths: events.capnp.

#include <string_view>
#include <vector>

#include "ledger/core/event_fields.hpp"

namespace ledger {

/// Seats of a licence that may have been given, and that nothing that survived shows.
struct UnclaimedSeats {
    std::string license_id;
    std::uint64_t seats = 0;
    auto operator<=>(const UnclaimedSeats&) const = default;
};

/// The first event under its origin. What its notes say: ledger/core/incarnation.hpp.
struct IncarnationOpened {
    enum class Reason : std::uint16_t { anchor, restored, witness, reendorsed, log_lost, rotated, log_and_key_lost };
    std::uint32_t incarnation = 0;
    Reason reason{};
    std::string kept_head;                  ///< Signed checkpoint; empty: nothing was kept (begins_log).
    std::string known_head;                 ///< Signed note: an anchor or a checkpoint; empty: none is known.
    std::vector<UnclaimedSeats> unclaimed;  ///< Ascending by licence id, each once, none of 0 seats.
    Bytes reendorsement = {};               ///< CMS (ledger/license_file/reendorsement.hpp), exactly if by_vendor.
    /// DER; the key in it signs from this event on. With log_lost: it did before, too, and is not the server's first
    /// key.
    Bytes server_certificate = {};
    std::string hand_over = {};  ///< Signed note (ledger/core/key_hand_over.hpp), exactly if rotated.
    /// Another key signs than the one before: the vendor says so, or the key before, or the anchor of a log that is
    /// lost. Exactly then there is a certificate.
    [[nodiscard]] bool hands_over() const;
    /// Only the key changed, and nothing is known to be missing.
    [[nodiscard]] bool keeps_all() const;
    bool operator==(const IncarnationOpened&) const = default;
};

/// There was no log any more: the event is the second one of a new log, and nothing was kept.
[[nodiscard]] constexpr bool begins_log(IncarnationOpened::Reason reason) {
    return reason == IncarnationOpened::Reason::log_lost || reason == IncarnationOpened::Reason::log_and_key_lost;
}

/// The vendor's re-endorsement hands over to another key.
[[nodiscard]] constexpr bool by_vendor(IncarnationOpened::Reason reason) {
    return reason == IncarnationOpened::Reason::reendorsed || reason == IncarnationOpened::Reason::log_and_key_lost;
}

inline bool IncarnationOpened::hands_over() const {
    if (reason == Reason::log_lost) return !server_certificate.empty();
    return by_vendor(reason) || reason == Reason::rotated;
}

inline bool IncarnationOpened::keeps_all() const { return hands_over() && !begins_log(reason) && known_head.empty(); }

/// In the enum's order: for logs, reports and JSON.
constexpr std::array<std::string_view, 7> reason_names{"anchor",   "restored", "witness",         "reendorsed",
                                                       "log_lost", "rotated",  "log_and_key_lost"};
[[nodiscard]] std::string_view reason_name(IncarnationOpened::Reason reason);

/// The last thing that the key signs: people had it destroyed. Nothing follows but a hand-over.
struct KeyCleared {
    Digest key_digest;  ///< Suite's hash of the DER SubjectPublicKeyInfo.
    bool operator==(const KeyCleared&) const = default;
};

/// Seats that nobody claimed are free again.
struct UnclaimedFreed : UnclaimedSeats {};

}  // namespace ledger
