#include "api/handlers/seat_answer.hpp"

#include "api/errc.hpp"
#include "api/json_text.hpp"
#include "ledger/core/activation_file.hpp"
#include "ledger/core/event_codec.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

Result<ledger::ActivationFile> file_from_memory(const ledger::SealedGroup& group, ledger::SequenceNumber index) {
    ledger::ActivationFile file;
    file.event = ledger::copy(group.event(index));
    if (const ledger::ByteView annex = group.annex(index); !annex.empty()) {
        ACTLEDGER_TRY(file.annex, ledger::decode_annex(annex));
    }
    file.proof = group.inclusion_proof(index);
    file.checkpoint = group.head().note;
    return file;
}

Result<ledger::ActivationFile> file_from_log(const LedgerServices& services, ledger::SequenceNumber index) {
    ledger::ActivationFile file;
    ACTLEDGER_TRY(file.event, services.log.event(index));
    ACTLEDGER_TRY(file.annex, services.log.annex(index));
    ACTLEDGER_TRY(ledger::ReleasedHead head, services.log.head_covering(ledger::size_through(index)));
    ACTLEDGER_TRY(file.proof, ledger::inclusion_proof(services.suite, index, head.size, services.log));
    file.checkpoint = std::move(head.note);
    return file;
}

Result<ledger::Timestamp> time_of(const LedgerServices& services, ledger::SequenceNumber index,
                                  const ledger::SealedGroup* group) {
    if (group != nullptr && group->holds(index)) {
        ACTLEDGER_TRY(const auto position, ledger::peek_event(group->event(index)));
        return position.time;
    }
    ACTLEDGER_TRY(const ledger::Bytes event, services.log.event(index));
    ACTLEDGER_TRY(const auto position, ledger::peek_event(event));
    return position.time;
}

void write_lease(JsonWriter& json, const commands::SeatDecision& seat) {
    json.begin("lease");
    if (seat.seat.lease_ends.us == 0) {
        json.text("kind", "perpetual");
    } else {
        json.text("kind", "days");
        json.time("ends_at", seat.seat.lease_ends);
        json.time("grace_ends_at", seat.seat.grace_ends);
        json.time("renew_after", seat.renew_after.value_or(seat.seat.lease_ends));
    }
    json.end();
}

}  // namespace

Result<void> refuse_while_contradicted(const LedgerServices& services, const commands::SeatDecision& seat) {
    if (seat.change != commands::SeatDecision::Change::created || !services.witness.alarmed()) return {};
    return Error{errc::degraded, {}, {{"reason", "checkpoint-unknown"}}};
}

Result<std::string> event_file(const LedgerServices& services, ledger::SequenceNumber index,
                               const ledger::SealedGroup* group, const projections::CertificateChain& chain) {
    if (!chain)
        return Error{errc::internal_error, "no certificate of the server before event " + std::to_string(index.value)};
    const bool in_memory = group != nullptr && group->holds(index);
    ACTLEDGER_TRY(ledger::ActivationFile file,
                  in_memory ? file_from_memory(*group, index) : file_from_log(services, index));
    file.index = index;
    file.certificates = *chain;
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(file.event));
    if (event.seat() != nullptr) file.device_salt = services.device_salt;
    return file.text();
}

void write_activation(JsonWriter& json, const commands::SeatDecision& seat, ledger::Timestamp activated_at) {
    json.text("id", seat.seat.activation_id.text());
    json.number("index", seat.current.value);
    json.text("product", seat.seat.product);
    json.text("license_id", seat.seat.license_id);
    json.time("activated_at", activated_at);
    json.text("state", seat.change == commands::SeatDecision::Change::released ? "released" : "active");
    write_lease(json, seat);
}

Result<Response> seat_response(const LedgerServices& services, const Sequenced<SeatOutcome>& outcome, FilePart file,
                               const std::optional<KnownCheckpoint>& known) {
    const ledger::SealedGroup* const group = outcome.receipt.group.get();
    const commands::SeatDecision& seat = outcome.value.seat;
    ACTLEDGER_TRY(const ledger::Timestamp activated_at, time_of(services, seat.activated, group));
    Response response;
    JsonWriter json(response.body);
    json.begin();
    json.begin("activation");
    write_activation(json, seat, activated_at);
    json.end();
    if (file == FilePart::inlined) {
        ACTLEDGER_TRY(const std::string text, event_file(services, seat.current, group, outcome.value.chain));
        response.body.reserve(response.body.size() + text.size() + 256);
        json.text("file", text);
    }
    if (known) ACTLEDGER_CHECK(services.witness.write_consistency(json, *known));
    json.end();
    return response;
}

Result<ledger::ActivationId> activation_id(const Request& request) {
    const auto id = ledger::ActivationId::parse(request.parameter);
    if (id) return *id;
    const std::string shown = is_request_id(request.parameter) ? std::string(request.parameter) : "?";
    return Error{commands::errc::activation_unknown, {}, {{"activation", shown}}};
}

}  // namespace api
