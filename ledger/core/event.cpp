#include "ledger/core/event.hpp"

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<EventBody>> kind_names{"ledger_created",
                                                                                  "server_certified",
                                                                                  "license_imported",
                                                                                  "revocation_imported",
                                                                                  "enrolment_key_created",
                                                                                  "enrolment_key_revoked",
                                                                                  "setting_changed",
                                                                                  "tls_certificate_changed",
                                                                                  "seat_activated",
                                                                                  "seat_renewed",
                                                                                  "seat_device_changed",
                                                                                  "seat_released",
                                                                                  "seat_expired",
                                                                                  "annex_erased",
                                                                                  "time_put_in_doubt",
                                                                                  "time_confirmed",
                                                                                  "time_confirmation_undone",
                                                                                  "server_started",
                                                                                  "incarnation_opened",
                                                                                  "key_cleared",
                                                                                  "adoption_proven",
                                                                                  "seat_adopted",
                                                                                  "adoption_refused",
                                                                                  "seat_lent",
                                                                                  "unclaimed_freed",
                                                                                  "log_key_created",
                                                                                  "log_key_revoked",
                                                                                  "legacy_seat_reserved",
                                                                                  "legacy_seat_freed",
                                                                                  "report_issued"};

int base32_value(char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
}

}  // namespace

Result<ActivationId> ActivationId::parse(std::string_view text) {
    const auto refused = [] { return Error{errc::not_canonical, "activation id: not 26 characters of base32"}; };
    constexpr std::size_t text_size = 26;
    if (text.size() != text_size) return refused();
    ActivationId id;
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    std::size_t filled = 0;
    for (const char c : text) {
        const int value = base32_value(c);
        if (value < 0) return refused();
        bits = (bits << 5 | static_cast<std::uint32_t>(value)) & 0xffff;
        bit_count += 5;
        if (bit_count < 8) continue;
        bit_count -= 8;
        id.bytes[filled++] = static_cast<std::uint8_t>(bits >> bit_count & 0xff);
    }
    ACTLEDGER_ASSERT(filled == id.bytes.size());
    if ((bits & ((1U << bit_count) - 1)) != 0) return refused();
    return id;
}

std::string_view kind_name(const EventBody& body) { return kind_names[body.index()]; }

std::string_view reason_name(IncarnationOpened::Reason reason) {
    return reason_names.at(static_cast<std::size_t>(reason));
}

const Seat* Event::seat() const {
    if (const auto* activated = std::get_if<SeatActivated>(&body)) return activated;
    if (const auto* renewed = std::get_if<SeatRenewed>(&body)) return renewed;
    if (const auto* changed = std::get_if<SeatDeviceChanged>(&body)) return changed;
    if (const auto* adopted = std::get_if<SeatAdopted>(&body)) return adopted;
    return std::get_if<SeatLent>(&body);
}

Digest commitment_digest(const Suite& suite, const AnnexValue& value) {
    return suite.hash(value.salt, as_bytes(value.value));
}

void add_commitment(HashBatch& batch, const AnnexValue& value) { batch.add(value.salt, as_bytes(value.value)); }

}  // namespace ledger
