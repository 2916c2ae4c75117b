#include "ledger/core/event_rules.hpp"

#include <algorithm>

#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/tree.hpp"
#include "ledger/core/utf8.hpp"

namespace ledger {
namespace {

/// A set of ASCII characters.
struct Alphabet {
    std::array<bool, 256> has{};
    constexpr Alphabet(std::initializer_list<std::pair<char, char>> ranges) {
        for (const auto& [first, last] : ranges) {
            for (unsigned c = static_cast<unsigned char>(first); c <= static_cast<unsigned char>(last); ++c)
                has[c] = true;
        }
    }
    [[nodiscard]] bool spells(std::string_view text) const {
        return std::ranges::all_of(text, [&](char c) { return has[static_cast<unsigned char>(c)]; });
    }
};
constexpr Alphabet kind_alphabet{{'a', 'z'}, {'0', '9'}, {'_', '_'}};
constexpr Alphabet identifier_alphabet{{'A', 'Z'}, {'a', 'z'}, {'0', '9'}, {'.', '.'}, {'_', '_'}, {'-', '-'}};

Error refused(const char* what) { return {errc::malformed_event, what}; }

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= identifier_bytes_max && identifier_alphabet.spells(text);
}
template <class Sized>
bool is_between(const Sized& value, std::size_t least, std::size_t most) {
    return value.size() >= least && value.size() <= most;
}
bool is_field(AnnexField field) { return static_cast<std::uint16_t>(field) < annex_field_count; }

/// By what another key signs from an IncarnationOpened on: each document exactly with its reason.
Result<void> check_documents(const IncarnationOpened& body) {
    const bool rotated = body.reason == IncarnationOpened::Reason::rotated;
    if (by_vendor(body.reason) == body.reendorsement.empty() || body.reendorsement.size() > reendorsement_bytes_max) {
        return refused("reendorsement");
    }
    if (body.hands_over() == body.server_certificate.empty() ||
        body.server_certificate.size() > certificate_bytes_max) {
        return refused("serverCertificate");
    }
    if (rotated == body.hand_over.empty() || body.hand_over.size() > hand_over_bytes_max ||
        !is_plain_utf8(body.hand_over)) {
        return refused("handOver");
    }
    if (rotated && !body.known_head.empty()) return refused("knownHead");
    return {};
}

/// One overload a kind; those without free content have no rule.
struct BodyRules {
    Result<void> operator()(const LedgerCreated& body) const {
        if (find_suite(body.suite) == nullptr) return refused("suite");
        if (!is_server_id(body.server_id)) return refused("serverId");
        if (!is_between(body.public_key, 1, public_key_bytes_max)) return refused("publicKey");
        if (!is_between(body.vendor_root, 1, certificate_bytes_max)) return refused("vendorRoot");
        return check_version(body.software_version);
    }
    Result<void> operator()(const ServerCertified& body) const {
        if (!is_between(body.certificates, 1, chain_certificates_max)) return refused("certificates");
        for (const Bytes& certificate : body.certificates) {
            if (!is_between(certificate, 1, certificate_bytes_max)) return refused("certificates");
        }
        return {};
    }
    Result<void> operator()(const LicenseImported& body) const {
        if (!is_identifier(body.license_id)) return refused("licenseId");
        if (body.license_bin.empty()) return refused("licenseBin");
        return {};
    }
    Result<void> operator()(const RevocationImported& body) const {
        if (!is_identifier(body.revocation_id)) return refused("revocationId");
        if (body.revocation_bin.empty()) return refused("revocationBin");
        return {};
    }
    Result<void> operator()(const EnrolmentKeyCreated& body) const {
        if (!is_between(body.pool, 1, pool_bytes_max) || !is_plain_utf8(body.pool)) return refused("pool");
        if (body.expires.us < 0) return refused("expires");
        return {};
    }
    Result<void> operator()(const SettingChanged& body) const {
        if (!is_identifier(body.name)) return refused("name");
        if (!is_plain_utf8(body.value)) return refused("value");
        return {};
    }
    Result<void> operator()(const Seat& seat) const {
        if (!is_identifier(seat.license_id)) return refused("licenseId");
        if (!is_identifier(seat.product)) return refused("product");
        ACTLEDGER_CHECK(check_components(seat.components));
        if (seat.device_public_key.size() > public_key_bytes_max) return refused("devicePublicKey");
        if (seat.lease_ends.us < 0 || seat.grace_ends < seat.lease_ends) return refused("leaseEnds, graceEnds");
        if ((seat.lease_ends.us == 0) != (seat.grace_ends.us == 0)) return refused("graceEnds");
        return {};
    }
    Result<void> operator()(const AnnexErased& body) const {
        if (!is_field(body.field)) return refused("field");
        return {};
    }
    Result<void> operator()(const TimePutInDoubt& body) const {
        if (body.reason > TimePutInDoubt::Reason::forward_across_stop) return refused("reason");
        return {};
    }
    Result<void> operator()(const ServerStarted& body) const { return check_version(body.software_version); }
    Result<void> operator()(const IncarnationOpened& body) const {
        constexpr std::uint32_t first_opened = 2;
        if (body.incarnation < first_opened) return refused("incarnation");
        if (body.reason > IncarnationOpened::Reason::log_and_key_lost) return refused("reason");
        ACTLEDGER_CHECK(check_documents(body));
        if (body.kept_head.size() > kept_head_bytes_max || !is_plain_utf8(body.kept_head) ||
            body.kept_head.empty() != begins_log(body.reason)) {
            return refused("keptHead");
        }
        if (body.known_head.size() > known_head_bytes_max || !is_plain_utf8(body.known_head)) {
            return refused("knownHead");
        }
        if (body.unclaimed.size() > unclaimed_licenses_max) return refused("unclaimed");
        for (std::size_t i = 0; i < body.unclaimed.size(); ++i) {
            ACTLEDGER_CHECK((*this)(body.unclaimed[i]));
            if (i > 0 && body.unclaimed[i - 1].license_id >= body.unclaimed[i].license_id) {
                return refused("unclaimed: order");
            }
        }
        return {};
    }
    Result<void> operator()(const UnclaimedSeats& body) const {
        if (!is_identifier(body.license_id)) return refused("unclaimed: licenseId");
        if (body.seats == 0 || body.seats > unclaimed_seats_max) return refused("unclaimed: seats");
        return {};
    }
    Result<void> operator()(const AdoptionProven& body) const {
        if (!is_between(body.event, 1, adopted_event_bytes_max)) return refused("event");
        if (body.path.size() > proof_hashes_max) return refused("path");
        if (!is_between(body.head, 1, adopted_head_bytes_max) || !is_plain_utf8(body.head)) return refused("head");
        return {};
    }
    Result<void> operator()(const LogKeyCreated& body) const {
        if (!is_between(body.reader, 1, pool_bytes_max) || !is_plain_utf8(body.reader)) return refused("reader");
        if (body.expires.us < 0) return refused("expires");
        return {};
    }
    Result<void> operator()(const LegacySeatReserved& body) const {
        if (!is_identifier(body.license_id)) return refused("licenseId");
        if (!is_identifier(body.product)) return refused("product");
        ACTLEDGER_CHECK(check_components(body.components));
        if (body.activated_at.us < 0) return refused("activatedAt");
        if (body.reserved_until.us < 0) return refused("reservedUntil");
        return {};
    }
    Result<void> operator()(const ReportIssued& body) const {
        if (body.as_of.us < 0) return refused("asOf");
        if (body.size.value == 0 || body.size > tree_size_max) return refused("size");
        if (body.seats > tree_size_max.value) return refused("seats");
        return {};
    }
    template <class Other>
    Result<void> operator()(const Other&) const {
        static_assert(!std::is_base_of_v<Seat, Other>);
        return {};
    }
    Result<void> operator()(const SeatActivated& body) const { return (*this)(static_cast<const Seat&>(body)); }
    Result<void> operator()(const SeatRenewed& body) const { return (*this)(static_cast<const Seat&>(body)); }
    Result<void> operator()(const SeatDeviceChanged& body) const { return (*this)(static_cast<const Seat&>(body)); }
    Result<void> operator()(const SeatAdopted& body) const { return (*this)(static_cast<const Seat&>(body)); }
    Result<void> operator()(const SeatLent& body) const { return (*this)(static_cast<const Seat&>(body)); }
    Result<void> operator()(const UnclaimedFreed& body) const {
        return (*this)(static_cast<const UnclaimedSeats&>(body));
    }

    static Result<void> check_components(const Components& components) {
        if (!is_between(components, 1, components_max)) return refused("components");
        for (std::size_t i = 0; i < components.size(); ++i) {
            const std::string& kind = components[i].kind;
            if (!is_between(kind, 1, component_kind_bytes_max) || !kind_alphabet.spells(kind)) return refused("kind");
            if (i > 0 && !(components[i - 1] < components[i])) return refused("components: order");
        }
        return {};
    }
    static Result<void> check_version(std::string_view version) {
        if (!is_between(version, 1, software_version_bytes_max) || !is_plain_utf8(version)) {
            return refused("softwareVersion");
        }
        return {};
    }
};

}  // namespace

Result<void> check_event_rules(const Event& event) {
    if (event.time.us < 0) return refused("time");
    if (!Origin::is_well_formed(event.origin)) return refused("origin");
    if (event.actor.kind > Actor::Kind::operator_) return refused("actor: kind");
    if (event.actor.authority > Actor::Authority::hsm_pin_and_typed_confirmation) return refused("actor: authority");
    if (event.actor.id.size() > actor_id_bytes_max) return refused("actor: id");
    if (event.commitments.size() > annex_field_count) return refused("commitments");
    for (std::size_t i = 0; i < event.commitments.size(); ++i) {
        if (!is_field(event.commitments[i].field)) return refused("commitments: field");
        if (i > 0 && event.commitments[i - 1].field >= event.commitments[i].field) return refused("commitments: order");
    }
    return std::visit(BodyRules{}, event.body);
}

Result<void> check_annex_rules(std::span<const AnnexValue> values) {
    const auto malformed = [](const char* what) { return Error{errc::malformed_annex, what}; };
    if (values.size() > annex_field_count) return malformed("values");
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!is_field(values[i].field)) return malformed("field");
        if (i > 0 && values[i - 1].field >= values[i].field) return malformed("fields out of order");
        if (values[i].value.size() > annex_value_bytes_max || !is_plain_utf8(values[i].value))
            return malformed("value");
    }
    return {};
}

}  // namespace ledger
