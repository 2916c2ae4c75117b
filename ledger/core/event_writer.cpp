#include "ledger/core/event_writer.hpp"

#include <algorithm>

#include "ledger/core/event_codec.hpp"

namespace ledger {
namespace {

using Slot = CanonicalWriter::Slot;

template <class Enum>
constexpr std::uint64_t word(Enum value) {
    return static_cast<std::uint64_t>(value);
}
constexpr std::uint64_t word(Timestamp value) { return static_cast<std::uint64_t>(value.us); }
constexpr std::uint64_t word(Duration value) { return static_cast<std::uint64_t>(value.us); }

void write_actor(CanonicalWriter& writer, Slot at, const Actor& actor) {
    const Slot id = writer.write_struct(at, {word(actor.kind) | word(actor.authority) << 16}, {!actor.id.empty()});
    writer.write_data(id, actor.id);
}

void write_commitments(CanonicalWriter& writer, Slot at, std::span<const Commitment> commitments) {
    if (commitments.empty()) return;
    // Field 0 is a word of zero: a list of nothing else has no data words.
    const std::size_t data_words = commitments.back().field == AnnexField{} ? 0 : 1;
    std::size_t element = writer.write_struct_list(at, commitments.size(), data_words, 1);
    for (const Commitment& commitment : commitments) {
        if (data_words == 1) writer.set_word(element, word(commitment.field));
        writer.write_data(element + data_words, commitment.digest.view());
        element += data_words + 1;
    }
}

void write_components(CanonicalWriter& writer, Slot at, std::span<const Component> components) {
    if (components.empty()) return;
    Slot element = writer.write_struct_list(at, components.size(), 0, 2);
    for (const Component& component : components) {
        writer.write_text(element, component.kind);
        writer.write_data(element + 1, component.digest.view());
        element += 2;
    }
}

void write_unclaimed(CanonicalWriter& writer, Slot at, std::span<const UnclaimedSeats> unclaimed) {
    if (unclaimed.empty()) return;
    std::size_t element = writer.write_struct_list(at, unclaimed.size(), 1, 1);
    for (const UnclaimedSeats& license : unclaimed) {
        writer.set_word(element, license.seats);
        writer.write_text(element + 1, license.license_id);
        element += 2;
    }
}

/// Writes the member of the union, one overload a kind, with the field positions of events.capnp.
struct BodyWriter {
    CanonicalWriter& writer;
    Slot at;

    void operator()(const LedgerCreated& body) const {
        const Slot first = writer.write_struct(at, {word(body.suite)},
                                               {!body.server_id.empty(), !body.public_key.empty(),
                                                !body.vendor_root.empty(), true, !body.software_version.empty()});
        writer.write_text(first, body.server_id);
        writer.write_data(first + 1, body.public_key);
        writer.write_data(first + 2, body.vendor_root);
        writer.write_data(first + 3, body.device_salt);
        writer.write_text(first + 4, body.software_version);
    }
    void operator()(const ServerCertified& body) const {
        const Slot first = writer.write_struct(at, {}, {!body.certificates.empty()});
        write_data_list(writer, first, body.certificates);
    }
    void operator()(const LicenseImported& body) const { write_named(body.license_id, body.license_bin); }
    void operator()(const RevocationImported& body) const { write_named(body.revocation_id, body.revocation_bin); }
    void operator()(const EnrolmentKeyCreated& body) const {
        const Slot first = writer.write_struct(at, {word(body.expires)}, {true, true, !body.pool.empty()});
        writer.write_data(first, body.key_id);
        writer.write_data(first + 1, body.key_digest.view());
        writer.write_text(first + 2, body.pool);
    }
    void operator()(const EnrolmentKeyRevoked& body) const { write_one(body.key_id); }
    void operator()(const SettingChanged& body) const {
        const Slot first = writer.write_struct(at, {}, {!body.name.empty(), !body.value.empty()});
        writer.write_text(first, body.name);
        writer.write_text(first + 1, body.value);
    }
    void operator()(const TlsCertificateChanged& body) const { write_one(body.fingerprint.view()); }
    void operator()(const Seat& seat) const {
        const Slot first = writer.write_struct(at, {word(seat.lease_ends), word(seat.grace_ends)},
                                               {true, !seat.license_id.empty(), !seat.product.empty(),
                                                !seat.components.empty(), !seat.device_public_key.empty()});
        writer.write_data(first, seat.activation_id.bytes);
        writer.write_text(first + 1, seat.license_id);
        writer.write_text(first + 2, seat.product);
        write_components(writer, first + 3, seat.components);
        writer.write_data(first + 4, seat.device_public_key);
    }
    void operator()(const SeatReleased& body) const { write_one(body.activation_id.bytes); }
    void operator()(const SeatExpired& body) const { write_one(body.activation_id.bytes); }
    void operator()(const AnnexErased& body) const {
        writer.write_struct(at, {body.sequence_number.value, word(body.field)}, {});
    }
    void operator()(const TimePutInDoubt& body) const {
        writer.write_struct(at, {word(body.wall_time), word(body.reason)}, {});
    }
    void operator()(const TimeConfirmed& body) const { writer.write_struct(at, {word(body.wall_time)}, {}); }
    void operator()(const TimeConfirmationUndone& body) const {
        writer.write_struct(at, {body.confirmation.value, word(body.offset)}, {});
    }
    void operator()(const ServerStarted& body) const {
        const Slot first = writer.write_struct(at, {}, {!body.software_version.empty()});
        writer.write_text(first, body.software_version);
    }
    void operator()(const IncarnationOpened& body) const {
        const Slot first = writer.write_struct(
            at, {body.incarnation | word(body.reason) << 32},
            {!body.kept_head.empty(), !body.known_head.empty(), !body.unclaimed.empty(), !body.reendorsement.empty(),
             !body.server_certificate.empty(), !body.hand_over.empty()});
        writer.write_text(first, body.kept_head);
        writer.write_text(first + 1, body.known_head);
        write_unclaimed(writer, first + 2, body.unclaimed);
        writer.write_data(first + 3, body.reendorsement);
        writer.write_data(first + 4, body.server_certificate);
        writer.write_text(first + 5, body.hand_over);
    }
    void operator()(const KeyCleared& body) const { write_one(body.key_digest.view()); }
    void operator()(const AdoptionProven& body) const {
        Bytes path;
        for (const Digest& hash : body.path) path.insert(path.end(), hash.bytes.begin(), hash.bytes.end());
        const Slot first =
            writer.write_struct(at, {body.index.value}, {!body.event.empty(), !path.empty(), !body.head.empty()});
        writer.write_data(first, body.event);
        writer.write_data(first + 1, path);
        writer.write_text(first + 2, body.head);
    }
    void operator()(const SeatAdopted& body) const {
        const Slot first = writer.write_struct(at, {body.proof.value}, {true});
        BodyWriter{writer, first}(static_cast<const Seat&>(body));
    }
    void operator()(const AdoptionRefused& body) const { write_one(body.activation_id.bytes); }
    void operator()(const UnclaimedSeats& body) const {
        const Slot first = writer.write_struct(at, {body.seats}, {!body.license_id.empty()});
        writer.write_text(first, body.license_id);
    }
    void operator()(const LogKeyCreated& body) const {
        const Slot first = writer.write_struct(at, {word(body.expires)}, {true, true, !body.reader.empty()});
        writer.write_data(first, body.key_id);
        writer.write_data(first + 1, body.key_digest.view());
        writer.write_text(first + 2, body.reader);
    }
    void operator()(const LogKeyRevoked& body) const { write_one(body.key_id); }
    void operator()(const LegacySeatReserved& body) const {
        const Slot first = writer.write_struct(
            at, {word(body.activated_at), word(body.reserved_until)},
            {true, !body.license_id.empty(), !body.product.empty(), !body.components.empty(), true});
        writer.write_data(first, body.activation_id.bytes);
        writer.write_text(first + 1, body.license_id);
        writer.write_text(first + 2, body.product);
        write_components(writer, first + 3, body.components);
        writer.write_data(first + 4, body.record.view());
    }
    void operator()(const LegacySeatFreed& body) const { write_one(body.activation_id.bytes); }
    void operator()(const ReportIssued& body) const {
        const Slot first = writer.write_struct(
            at, {word(body.as_of), body.size.value, body.seats, std::uint64_t{body.personal_data}}, {true, true});
        writer.write_data(first, body.root.view());
        writer.write_data(first + 1, body.digest.view());
    }

 private:
    void write_named(std::string_view name, ByteView content) const {
        const Slot first = writer.write_struct(at, {}, {!name.empty(), !content.empty()});
        writer.write_text(first, name);
        writer.write_data(first + 1, content);
    }
    void write_one(ByteView content) const {
        const Slot first = writer.write_struct(at, {}, {!content.empty()});
        writer.write_data(first, content);
    }
};

}  // namespace

void write_annex_values(CanonicalWriter& writer, Slot at, std::span<const AnnexValue> values) {
    if (values.empty()) return;
    // Trimmed to what the longest element needs, as the canonical form has it.
    const std::size_t data_words = std::ranges::any_of(values, [](const auto& v) { return v.field != AnnexField{}; });
    const std::size_t pointer_words =
        std::ranges::any_of(values, [](const auto& v) { return !v.value.empty(); }) ? 2 : 1;
    std::size_t element = writer.write_struct_list(at, values.size(), data_words, pointer_words);
    for (const AnnexValue& value : values) {
        if (data_words == 1) writer.set_word(element, word(value.field));
        writer.write_data(element + data_words, value.salt);
        writer.write_text(element + data_words + 1, value.value);
        element += data_words + pointer_words;
    }
}

void write_data_list(CanonicalWriter& writer, Slot at, std::span<const Bytes> items) {
    if (items.empty()) return;
    Slot element = writer.write_pointer_list(at, items.size());
    for (const Bytes& item : items) writer.write_data(element++, item);
}

std::optional<ByteView> write_event(const Event& event, std::span<std::uint64_t> buffer) {
    CanonicalWriter writer(buffer);
    // The third word holds the schema version and, in its second 16 bits, the union's tag: the variant's index.
    const std::uint64_t version_and_kind = event_schema_version | std::uint64_t{event.body.index()} << 16;
    const Slot first =
        writer.write_struct(CanonicalWriter::root(), {event.sequence_number.value, word(event.time), version_and_kind},
                            {!event.origin.empty(), true, !event.commitments.empty(), true});
    writer.write_text(first, event.origin);
    write_actor(writer, first + 1, event.actor);
    write_commitments(writer, first + 2, event.commitments);
    std::visit(BodyWriter{writer, first + 3}, event.body);
    return writer.finish();
}

std::optional<ByteView> write_annex(std::span<const AnnexValue> values, std::span<std::uint64_t> buffer) {
    CanonicalWriter writer(buffer);
    const Slot first = writer.write_struct(CanonicalWriter::root(), {}, {!values.empty()});
    write_annex_values(writer, first, values);
    return writer.finish();
}

}  // namespace ledger
