#include "ledger/core/event_reader.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/core/event_rules.hpp"
#include "ledger/core/framed_message.hpp"

namespace ledger {
namespace {

Bytes bytes_of(capnp::Data::Reader data) { return {data.begin(), data.end()}; }
std::string text_of(capnp::Text::Reader text) { return std::string(as_view(text)); }

template <std::size_t size>
bool read_exactly(capnp::Data::Reader data, std::array<std::uint8_t, size>& to) {
    if (data.size() != size) return false;
    std::memcpy(to.data(), data.begin(), size);
    return true;
}

Error refused(const char* what) { return {errc::malformed_event, what}; }

Result<EventBody> read_body(wire::LedgerCreated::Reader reader) {
    LedgerCreated body;
    body.suite = static_cast<SuiteId>(reader.getSuite());
    body.server_id = text_of(reader.getServerId());
    body.public_key = bytes_of(reader.getPublicKey());
    body.vendor_root = bytes_of(reader.getVendorRoot());
    if (!read_exactly(reader.getDeviceSalt(), body.device_salt)) return refused("deviceSalt");
    body.software_version = text_of(reader.getSoftwareVersion());
    return EventBody{std::move(body)};
}

Result<EventBody> read_body(wire::ServerCertified::Reader reader) {
    ServerCertified body;
    if (reader.getCertificates().size() > certificates_max) return refused("certificates");
    for (const auto certificate : reader.getCertificates()) body.certificates.push_back(bytes_of(certificate));
    return EventBody{std::move(body)};
}

Result<EventBody> read_body(wire::EnrolmentKeyCreated::Reader reader) {
    EnrolmentKeyCreated body;
    if (!read_exactly(reader.getKeyId(), body.key_id)) return refused("keyId");
    if (!read_exactly(reader.getKeyDigest(), body.key_digest.bytes)) return refused("keyDigest");
    body.pool = text_of(reader.getPool());
    body.expires = {reader.getExpires()};
    return EventBody{std::move(body)};
}

template <class SeatEvent>
Result<EventBody> read_seat(wire::Seat::Reader reader) {
    SeatEvent seat;
    if (!read_exactly(reader.getActivationId(), seat.activation_id.bytes)) return refused("activationId");
    seat.license_id = text_of(reader.getLicenseId());
    seat.product = text_of(reader.getProduct());
    const auto components = reader.getComponents();
    if (components.size() > components_max) return refused("components");
    seat.components.resize(components.size());
    for (unsigned i = 0; i < components.size(); ++i) {
        seat.components[i].kind = as_view(components[i].getKind());
        if (!read_exactly(components[i].getDigest(), seat.components[i].digest.bytes)) return refused("components");
    }
    seat.device_public_key = bytes_of(reader.getDevicePublicKey());
    seat.lease_ends = {reader.getLeaseEnds()};
    seat.grace_ends = {reader.getGraceEnds()};
    return EventBody{std::move(seat)};
}

template <class SeatEnd, class Reader>
Result<EventBody> read_seat_end(Reader reader) {
    SeatEnd body;
    if (!read_exactly(reader.getActivationId(), body.activation_id.bytes)) return refused("activationId");
    return EventBody{std::move(body)};
}

Result<EventBody> read_body(wire::EnrolmentKeyRevoked::Reader reader) {
    EnrolmentKeyRevoked body;
    if (!read_exactly(reader.getKeyId(), body.key_id)) return refused("keyId");
    return EventBody{body};
}

Result<EventBody> read_body(wire::TlsCertificateChanged::Reader reader) {
    TlsCertificateChanged body;
    if (!read_exactly(reader.getFingerprint(), body.fingerprint.bytes)) return refused("fingerprint");
    return EventBody{body};
}

Result<EventBody> read_body(wire::Event::Reader event) {
    switch (event.which()) {
        case wire::Event::LEDGER_CREATED:
            return read_body(event.getLedgerCreated());
        case wire::Event::SERVER_CERTIFIED:
            return read_body(event.getServerCertified());
        case wire::Event::LICENSE_IMPORTED: {
            const auto reader = event.getLicenseImported();
            return EventBody{LicenseImported{text_of(reader.getLicenseId()), bytes_of(reader.getLicenseBin())}};
        }
        case wire::Event::REVOCATION_IMPORTED: {
            const auto reader = event.getRevocationImported();
            return EventBody{
                RevocationImported{text_of(reader.getRevocationId()), bytes_of(reader.getRevocationBin())}};
        }
        case wire::Event::ENROLMENT_KEY_CREATED:
            return read_body(event.getEnrolmentKeyCreated());
        case wire::Event::ENROLMENT_KEY_REVOKED:
            return read_body(event.getEnrolmentKeyRevoked());
        case wire::Event::SETTING_CHANGED: {
            const auto reader = event.getSettingChanged();
            return EventBody{SettingChanged{text_of(reader.getName()), text_of(reader.getValue())}};
        }
        case wire::Event::TLS_CERTIFICATE_CHANGED:
            return read_body(event.getTlsCertificateChanged());
        case wire::Event::SEAT_ACTIVATED:
            return read_seat<SeatActivated>(event.getSeatActivated());
        case wire::Event::SEAT_RENEWED:
            return read_seat<SeatRenewed>(event.getSeatRenewed());
        case wire::Event::SEAT_DEVICE_CHANGED:
            return read_seat<SeatDeviceChanged>(event.getSeatDeviceChanged());
        case wire::Event::SEAT_RELEASED:
            return read_seat_end<SeatReleased>(event.getSeatReleased());
        case wire::Event::SEAT_EXPIRED:
            return read_seat_end<SeatExpired>(event.getSeatExpired());
        case wire::Event::ANNEX_ERASED: {
            const auto reader = event.getAnnexErased();
            return EventBody{AnnexErased{{reader.getSequenceNumber()}, static_cast<AnnexField>(reader.getField())}};
        }
        case wire::Event::TIME_PUT_IN_DOUBT: {
            const auto reader = event.getTimePutInDoubt();
            return EventBody{
                TimePutInDoubt{{reader.getWallTime()}, static_cast<TimePutInDoubt::Reason>(reader.getReason())}};
        }
        case wire::Event::TIME_CONFIRMED:
            return EventBody{TimeConfirmed{{event.getTimeConfirmed().getWallTime()}}};
        case wire::Event::TIME_CONFIRMATION_UNDONE: {
            const auto reader = event.getTimeConfirmationUndone();
            return EventBody{TimeConfirmationUndone{{reader.getConfirmation()}, {reader.getOffset()}}};
        }
        case wire::Event::SERVER_STARTED:
            return EventBody{ServerStarted{text_of(event.getServerStarted().getSoftwareVersion())}};
    }
    return Error{errc::unknown_event_kind, "kind " + std::to_string(static_cast<unsigned>(event.which()))};
}

}  // namespace

Result<Event> read_event(wire::Event::Reader reader) {
    const std::uint16_t version = reader.getSchemaVersion();
    if (version > event_schema_version) {
        return Error{errc::unknown_event_kind, "schema version " + std::to_string(version)};
    }
    ACTLEDGER_TRY(EventBody body, read_body(reader));
    Result<Event> result{Event{}};
    Event& event = *result;
    event.sequence_number = {reader.getSequenceNumber()};
    event.time = {reader.getTime()};
    event.origin = as_view(reader.getOrigin());
    event.actor.kind = static_cast<Actor::Kind>(reader.getActor().getKind());
    event.actor.authority = static_cast<Actor::Authority>(reader.getActor().getAuthority());
    event.actor.id = bytes_of(reader.getActor().getId());
    const auto commitments = reader.getCommitments();
    if (commitments.size() > annex_field_count) return refused("commitments");
    for (const auto commitment : commitments) {
        event.commitments.push_back({static_cast<AnnexField>(commitment.getField()), {}});
        if (!read_exactly(commitment.getDigest(), event.commitments.back().digest.bytes)) return refused("commitments");
    }
    event.body = std::move(body);
    return result;
}

Result<std::vector<AnnexValue>> read_annex_values(capnp::List<wire::AnnexValue>::Reader reader) {
    const auto malformed = [](const char* what) { return Error{errc::malformed_annex, what}; };
    if (reader.size() > annex_field_count) return malformed("values");
    std::vector<AnnexValue> values(reader.size());
    for (unsigned i = 0; i < reader.size(); ++i) {
        AnnexValue& value = values[i];
        value.field = static_cast<AnnexField>(reader[i].getField());
        if (static_cast<std::uint16_t>(value.field) >= annex_field_count) return malformed("field");
        if (i > 0 && values[i - 1].field >= value.field) return malformed("fields out of order");
        if (!read_exactly(reader[i].getSalt(), value.salt)) return malformed("salt");
        value.value = as_view(reader[i].getValue());
        if (value.value.size() > annex_value_bytes_max || !is_plain_utf8(value.value)) return malformed("value");
    }
    return values;
}

}  // namespace ledger
