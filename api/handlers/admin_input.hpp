#pragma once
// api/handlers/admin_input.hpp: bodies, cursors and ids of administrators' requests.

#include "api/request.hpp"
#include "ledger/core/event.hpp"

namespace api {

struct AccessKeyInput {
    std::string holder;
    ledger::Timestamp expires;  ///< 0: never.
};
/// {"pool": "…", "expires_at": "2027-01-31T00:00:00Z"} @param holder  "pool" or "reader"
[[nodiscard]] ledger::Result<AccessKeyInput> parse_access_key(std::string_view body, std::string_view holder);

struct KeptKeyInput {
    AccessKeyInput key;
    ledger::Digest digest;  ///< Of the key's text.
};
/// {"digest": "64 hexadecimal digits", "pool": "…", "expires_at": "…"}: of a key that was there before.
[[nodiscard]] ledger::Result<KeptKeyInput> parse_kept_key(std::string_view body, std::string_view holder);

/// {"value": …}. @return the value as JSON text
[[nodiscard]] ledger::Result<std::string> parse_setting(std::string_view body);

struct PageInput {
    std::uint32_t cursor = 0;
    std::size_t limit = 50;
};
constexpr std::size_t page_limit_max = 500;
/// "cursor=…&limit=…" @return errc::unknown_member, invalid_value
[[nodiscard]] ledger::Result<PageInput> parse_page(std::string_view query);
/// Opaque to clients.
[[nodiscard]] std::string cursor_text(std::uint32_t cursor);

/// 32 hexadecimal digits. @return errc::invalid_value
[[nodiscard]] ledger::Result<std::array<std::uint8_t, 16>> parse_key_id(std::string_view text);
[[nodiscard]] ledger::Result<ledger::SequenceNumber> parse_sequence_number(std::string_view text);

struct ErasureInput {
    ledger::SequenceNumber event;
    ledger::AnnexField field{};
};
/// {"sequence_number": 12, "field": "device_name"}
[[nodiscard]] ledger::Result<ErasureInput> parse_erasure(std::string_view body);

/// {"authority": "local_account" | "hsm_pin_and_typed_confirmation"}, or nothing: the authority that the caller has
/// checked and that stands in the event.
[[nodiscard]] ledger::Result<ledger::Actor> parse_operator(std::string_view body);
struct CollectedFileInput {
    std::string file;  ///< An activation file, not looked into.
    ledger::Actor actor;
};
/// {"file": "…", "authority": "hsm_pin_and_typed_confirmation"}
[[nodiscard]] ledger::Result<CollectedFileInput> parse_collected_file(std::string_view body);

struct SettlementInput {
    bool approve = false;  ///< Else it is refused.
    ledger::Actor actor;
};
/// {"decision": "approve" | "refuse", "authority": …}
[[nodiscard]] ledger::Result<SettlementInput> parse_settlement(std::string_view body);

struct ReportInput {
    ledger::Timestamp at;
    ledger::Digest digest;  ///< Of the statement as whoever asks made it.
    bool personal_data = false;
};
/// {"at": "…", "digest": "64 hexadecimal digits", "personal_data": true}
[[nodiscard]] ledger::Result<ReportInput> parse_report(std::string_view body);

struct FreeingInput {
    std::string license_id;
    std::optional<std::uint64_t> seats;  ///< Nothing: all.
    ledger::Actor actor;
};
/// {"license_id": "…", "seats": 5, "authority": …}
[[nodiscard]] ledger::Result<FreeingInput> parse_freeing(std::string_view body);

/// The same of a text alone: "local_account" or "hsm_pin_and_typed_confirmation". @return errc::invalid_value
[[nodiscard]] ledger::Result<ledger::Actor> operator_with(std::string_view authority);
/// RFC 3339 in UTC, with microseconds or without. @return errc::invalid_value
[[nodiscard]] ledger::Result<ledger::Timestamp> parse_any_time(std::string_view text, std::string_view member);
/// Stands in for two people while there are no accounts (L11). @return errc::authority_insufficient
[[nodiscard]] ledger::Result<void> require_two_people(const ledger::Actor& actor);

}  // namespace api
