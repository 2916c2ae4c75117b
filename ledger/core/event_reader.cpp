#include "ledger/core/event_reader.hpp"

#include <limits>

#include "ledger/core/certificate.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/event_rules.hpp"
#include "ledger/core/tree.hpp"

namespace ledger {
namespace {

using Slot = CanonicalReader::Slot;
using Struct = CanonicalReader::Struct;

Error refused(const char* what) { return {errc::malformed_event, what}; }

void assign(Bytes& to, ByteView bytes) { to.assign(bytes.begin(), bytes.end()); }

template <std::size_t size>
bool read_exactly(std::array<std::uint8_t, size>& to, ByteView bytes) {
    if (bytes.size() != size) return false;
    std::memcpy(to.data(), bytes.data(), size);
    return true;
}

/// An enumerator alone in its word; event_rules.hpp knows which ones there are.
template <class Enum>
bool read_enum(Enum& to, std::uint64_t word) {
    to = static_cast<Enum>(word);
    return word <= std::numeric_limits<std::uint16_t>::max();
}
Timestamp read_time(std::uint64_t word) { return {static_cast<std::int64_t>(word)}; }

Result<void> read_actor(Actor& actor, CanonicalReader& reader, Slot at) {
    const Struct found = reader.read_struct(at, 1, 1);
    const std::uint64_t word = reader.word(found, 0);
    if (!read_enum(actor.kind, word & 0xffff) || !read_enum(actor.authority, word >> 16)) return refused("actor");
    assign(actor.id, reader.read_data(reader.slot(found, 0)));
    return {};
}

Result<void> read_commitments(Event& event, CanonicalReader& reader, Slot at) {
    const auto found = reader.read_struct_list(at, annex_field_count, 1, 1);
    event.commitments.resize(found.count);
    for (std::size_t i = 0; i < found.count; ++i) {
        Commitment& commitment = event.commitments[i];
        if (!read_enum(commitment.field, reader.word(found[i], 0))) return refused("commitments: field");
        if (!read_exactly(commitment.digest.bytes, reader.read_data(reader.slot(found[i], 0)))) {
            return refused("commitments: digest");
        }
    }
    return {};
}

/// Reads the member of the union, one overload a kind, with the field positions of events.capnp.
struct BodyReader {
    CanonicalReader& reader;
    Slot at;

    Result<void> operator()(LedgerCreated& body) const {
        const Struct found = reader.read_struct(at, 1, 5);
        if (!read_enum(body.suite, reader.word(found, 0))) return refused("suite");
        body.server_id = reader.read_text(reader.slot(found, 0));
        assign(body.public_key, reader.read_data(reader.slot(found, 1)));
        assign(body.vendor_root, reader.read_data(reader.slot(found, 2)));
        if (!read_exactly(body.device_salt, reader.read_data(reader.slot(found, 3)))) return refused("deviceSalt");
        body.software_version = reader.read_text(reader.slot(found, 4));
        return {};
    }
    Result<void> operator()(ServerCertified& body) const {
        const Struct found = reader.read_struct(at, 0, 1);
        body.certificates = read_data_list(reader, reader.slot(found, 0), chain_certificates_max);
        return {};
    }
    Result<void> operator()(LicenseImported& body) const { return read_named(body.license_id, body.license_bin); }
    Result<void> operator()(RevocationImported& body) const {
        return read_named(body.revocation_id, body.revocation_bin);
    }
    Result<void> operator()(EnrolmentKeyCreated& body) const {
        const Struct found = reader.read_struct(at, 1, 3);
        if (!read_exactly(body.key_id, reader.read_data(reader.slot(found, 0)))) return refused("keyId");
        if (!read_exactly(body.key_digest.bytes, reader.read_data(reader.slot(found, 1)))) return refused("keyDigest");
        body.pool = reader.read_text(reader.slot(found, 2));
        body.expires = read_time(reader.word(found, 0));
        return {};
    }
    Result<void> operator()(EnrolmentKeyRevoked& body) const { return read_one(body.key_id, "keyId"); }
    Result<void> operator()(SettingChanged& body) const {
        const Struct found = reader.read_struct(at, 0, 2);
        body.name = reader.read_text(reader.slot(found, 0));
        body.value = reader.read_text(reader.slot(found, 1));
        return {};
    }
    Result<void> operator()(TlsCertificateChanged& body) const {
        return read_one(body.fingerprint.bytes, "fingerprint");
    }
    Result<void> operator()(Seat& seat) const {
        const Struct found = reader.read_struct(at, 2, 5);
        if (!read_exactly(seat.activation_id.bytes, reader.read_data(reader.slot(found, 0)))) {
            return refused("activationId");
        }
        seat.license_id = reader.read_text(reader.slot(found, 1));
        seat.product = reader.read_text(reader.slot(found, 2));
        ACTLEDGER_CHECK(read_components(seat.components, reader.slot(found, 3)));
        assign(seat.device_public_key, reader.read_data(reader.slot(found, 4)));
        seat.lease_ends = read_time(reader.word(found, 0));
        seat.grace_ends = read_time(reader.word(found, 1));
        return {};
    }
    Result<void> operator()(SeatReleased& body) const { return read_one(body.activation_id.bytes, "activationId"); }
    Result<void> operator()(SeatExpired& body) const { return read_one(body.activation_id.bytes, "activationId"); }
    Result<void> operator()(AnnexErased& body) const {
        const Struct found = reader.read_struct(at, 2, 0);
        body.sequence_number = {reader.word(found, 0)};
        if (!read_enum(body.field, reader.word(found, 1))) return refused("field");
        return {};
    }
    Result<void> operator()(TimePutInDoubt& body) const {
        const Struct found = reader.read_struct(at, 2, 0);
        body.wall_time = read_time(reader.word(found, 0));
        if (!read_enum(body.reason, reader.word(found, 1))) return refused("reason");
        return {};
    }
    Result<void> operator()(TimeConfirmed& body) const {
        body.wall_time = read_time(reader.word(reader.read_struct(at, 1, 0), 0));
        return {};
    }
    Result<void> operator()(TimeConfirmationUndone& body) const {
        const Struct found = reader.read_struct(at, 2, 0);
        body.confirmation = {reader.word(found, 0)};
        body.offset = {static_cast<std::int64_t>(reader.word(found, 1))};
        return {};
    }
    Result<void> operator()(ServerStarted& body) const {
        body.software_version = reader.read_text(reader.slot(reader.read_struct(at, 0, 1), 0));
        return {};
    }
    Result<void> operator()(IncarnationOpened& body) const {
        const Struct found = reader.read_struct(at, 1, 6);
        const std::uint64_t word = reader.word(found, 0);
        body.incarnation = static_cast<std::uint32_t>(word);
        if (!read_enum(body.reason, word >> 32)) return refused("reason");
        body.kept_head = reader.read_text(reader.slot(found, 0));
        body.known_head = reader.read_text(reader.slot(found, 1));
        const auto unclaimed = reader.read_struct_list(reader.slot(found, 2), unclaimed_licenses_max, 1, 1);
        body.unclaimed.resize(unclaimed.count);
        for (std::size_t i = 0; i < unclaimed.count; ++i) {
            body.unclaimed[i].seats = reader.word(unclaimed[i], 0);
            body.unclaimed[i].license_id = reader.read_text(reader.slot(unclaimed[i], 0));
        }
        assign(body.reendorsement, reader.read_data(reader.slot(found, 3)));
        assign(body.server_certificate, reader.read_data(reader.slot(found, 4)));
        body.hand_over = reader.read_text(reader.slot(found, 5));
        return {};
    }
    Result<void> operator()(KeyCleared& body) const { return read_one(body.key_digest.bytes, "keyDigest"); }
    Result<void> operator()(AdoptionProven& body) const {
        const Struct found = reader.read_struct(at, 1, 3);
        body.index = {reader.word(found, 0)};
        assign(body.event, reader.read_data(reader.slot(found, 0)));
        const ByteView path = reader.read_data(reader.slot(found, 1));
        if (path.size() % Digest::size_bytes != 0 || path.size() > proof_hashes_max * Digest::size_bytes) {
            return refused("path");
        }
        body.path.clear();
        for (std::size_t i = 0; i < path.size(); i += Digest::size_bytes) {
            body.path.push_back(Digest::from(path.subspan(i, Digest::size_bytes)));
        }
        body.head = reader.read_text(reader.slot(found, 2));
        return {};
    }
    Result<void> operator()(SeatAdopted& body) const {
        const Struct found = reader.read_struct(at, 1, 1);
        body.proof = {reader.word(found, 0)};
        return BodyReader{reader, reader.slot(found, 0)}(static_cast<Seat&>(body));
    }
    Result<void> operator()(AdoptionRefused& body) const { return read_one(body.activation_id.bytes, "activationId"); }
    Result<void> operator()(UnclaimedSeats& body) const {
        const Struct found = reader.read_struct(at, 1, 1);
        body.seats = reader.word(found, 0);
        body.license_id = reader.read_text(reader.slot(found, 0));
        return {};
    }
    Result<void> operator()(LogKeyCreated& body) const {
        const Struct found = reader.read_struct(at, 1, 3);
        if (!read_exactly(body.key_id, reader.read_data(reader.slot(found, 0)))) return refused("keyId");
        if (!read_exactly(body.key_digest.bytes, reader.read_data(reader.slot(found, 1)))) return refused("keyDigest");
        body.reader = reader.read_text(reader.slot(found, 2));
        body.expires = read_time(reader.word(found, 0));
        return {};
    }
    Result<void> operator()(LogKeyRevoked& body) const { return read_one(body.key_id, "keyId"); }
    Result<void> operator()(LegacySeatReserved& body) const {
        const Struct found = reader.read_struct(at, 2, 5);
        if (!read_exactly(body.activation_id.bytes, reader.read_data(reader.slot(found, 0)))) {
            return refused("activationId");
        }
        body.license_id = reader.read_text(reader.slot(found, 1));
        body.product = reader.read_text(reader.slot(found, 2));
        ACTLEDGER_CHECK(read_components(body.components, reader.slot(found, 3)));
        if (!read_exactly(body.record.bytes, reader.read_data(reader.slot(found, 4)))) return refused("record");
        body.activated_at = read_time(reader.word(found, 0));
        body.reserved_until = read_time(reader.word(found, 1));
        return {};
    }
    Result<void> operator()(LegacySeatFreed& body) const { return read_one(body.activation_id.bytes, "activationId"); }
    Result<void> operator()(ReportIssued& body) const {
        const Struct found = reader.read_struct(at, 4, 2);
        body.as_of = read_time(reader.word(found, 0));
        body.size = {reader.word(found, 1)};
        body.seats = reader.word(found, 2);
        if (reader.word(found, 3) > 1) return refused("personalData");
        body.personal_data = reader.word(found, 3) == 1;
        if (!read_exactly(body.root.bytes, reader.read_data(reader.slot(found, 0)))) return refused("root");
        if (!read_exactly(body.digest.bytes, reader.read_data(reader.slot(found, 1)))) return refused("digest");
        return {};
    }

 private:
    Result<void> read_components(Components& to, Slot list) const {
        const auto components = reader.read_struct_list(list, components_max, 0, 2);
        to.resize(components.count);
        for (std::size_t i = 0; i < components.count; ++i) {
            to[i].kind = reader.read_text(reader.slot(components[i], 0));
            if (!read_exactly(to[i].digest.bytes, reader.read_data(reader.slot(components[i], 1)))) {
                return refused("components: digest");
            }
        }
        return {};
    }
    Result<void> read_named(std::string& name, Bytes& content) const {
        const Struct found = reader.read_struct(at, 0, 2);
        name = reader.read_text(reader.slot(found, 0));
        assign(content, reader.read_data(reader.slot(found, 1)));
        return {};
    }
    template <std::size_t size>
    Result<void> read_one(std::array<std::uint8_t, size>& to, const char* what) const {
        const Struct found = reader.read_struct(at, 0, 1);
        if (!read_exactly(to, reader.read_data(reader.slot(found, 0)))) return refused(what);
        return {};
    }
};

/// Makes `body` the kind that has this index in the variant, if it is not that already. @return false if there is none.
template <std::size_t index = 0>
bool emplace_kind(EventBody& body, std::size_t kind) {
    if constexpr (index == std::variant_size_v<EventBody>) {
        return false;
    } else {
        if (kind != index) return emplace_kind<index + 1>(body, kind);
        if (body.index() != index) body.emplace<index>();
        return true;
    }
}

}  // namespace

Result<void> read_event(Event& event, CanonicalReader& reader) {
    // The third word: schema version, and in its second 16 bits the union's tag. Looked at first, because an event of a
    // newer version may be larger in any place.
    const std::uint64_t version_and_kind = reader.peek_root_word(2);
    const std::uint64_t version = version_and_kind & 0xffff;
    if (version > event_schema_version) {
        return Error{errc::unknown_event_kind, "schema version " + std::to_string(version)};
    }
    if (version != event_schema_version || version_and_kind >> 32 != 0) return refused("schemaVersion");
    if (!emplace_kind(event.body, version_and_kind >> 16)) {
        return Error{errc::unknown_event_kind, "kind " + std::to_string(version_and_kind >> 16)};
    }
    const Struct found = reader.read_struct(CanonicalReader::root(), 3, 4);
    event.sequence_number = {reader.word(found, 0)};
    event.time = read_time(reader.word(found, 1));
    event.origin = reader.read_text(reader.slot(found, 0));
    ACTLEDGER_CHECK(read_actor(event.actor, reader, reader.slot(found, 1)));
    ACTLEDGER_CHECK(read_commitments(event, reader, reader.slot(found, 2)));
    return std::visit(BodyReader{reader, reader.slot(found, 3)}, event.body);
}

Result<void> read_annex_values(std::vector<AnnexValue>& values, CanonicalReader& reader, Slot at) {
    const auto malformed = [](const char* what) { return Error{errc::malformed_annex, what}; };
    const auto found = reader.read_struct_list(at, annex_field_count, 1, 2);
    values.resize(found.count);
    for (std::size_t i = 0; i < found.count; ++i) {
        AnnexValue& value = values[i];
        if (!read_enum(value.field, reader.word(found[i], 0))) return malformed("field");
        if (!read_exactly(value.salt, reader.read_data(reader.slot(found[i], 0)))) return malformed("salt");
        value.value = reader.read_text(reader.slot(found[i], 1));
    }
    return check_annex_rules(values);
}

std::vector<Bytes> read_data_list(CanonicalReader& reader, Slot at, std::size_t count_max) {
    const auto [first, count] = reader.read_pointer_list(at, count_max);
    std::vector<Bytes> items(count);
    for (std::size_t i = 0; i < count; ++i) assign(items[i], reader.read_data(first + i));
    return items;
}

}  // namespace ledger
