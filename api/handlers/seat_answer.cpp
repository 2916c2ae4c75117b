#include "api/handlers/seat_answer.hpp"

#include "api/errc.hpp"
#include "api/handlers/consistency_answer.hpp"
#include "api/json_text.hpp"
#include "ledger/core/activation_file.hpp"
#include "ledger/core/event_codec.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

/// So that an answer's memory is taken once.
constexpr std::size_t body_bytes_beside_file = 1'024;

/// Adds the device salt, which the files of seats have.
Result<void> append_file(std::string& out, const LedgerServices& services, ledger::ActivationFileContent content) {
    ACTLEDGER_TRY(const auto position, ledger::peek_event(content.event));
    if (position.has_seat) content.device_salt = services.device_salt;
    content.append_text(out);
    return {};
}

/// @param content  has chain and index already; what is left comes from the group.
Result<void> append_from_memory(std::string& out, const LedgerServices& services, const ledger::SealedGroup& group,
                                ledger::ActivationFileContent content) {
    content.event = group.event(content.index);
    std::vector<ledger::AnnexValue> annex;
    if (const ledger::ByteView stored = group.annex(content.index); !stored.empty()) {
        ACTLEDGER_TRY(annex, ledger::decode_annex(stored));
    }
    const std::vector<ledger::Digest> proof = group.inclusion_proof(content.index);
    content.annex = annex;
    content.proof = proof;
    content.checkpoint = group.head().note;
    return append_file(out, services, content);
}

/// The same from the log.
Result<void> append_from_log(std::string& out, const LedgerServices& services, ledger::ActivationFileContent content) {
    ACTLEDGER_TRY(const ledger::Bytes event, services.log.event(content.index));
    ACTLEDGER_TRY(const std::vector<ledger::AnnexValue> annex, services.log.annex(content.index));
    ACTLEDGER_TRY(const ledger::ReleasedHead head, services.log.head_covering(ledger::size_through(content.index)));
    ACTLEDGER_TRY(const std::vector<ledger::Digest> proof,
                  ledger::inclusion_proof(services.suite, content.index, head.size, services.log));
    content.event = event;
    content.annex = annex;
    content.proof = proof;
    content.checkpoint = head.note;
    return append_file(out, services, content);
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
    using Change = commands::SeatDecision::Change;
    const bool is_new = seat.change == Change::created || seat.change == Change::adopted || seat.change == Change::lent;
    if (!is_new || !services.witness.alarmed()) return {};
    return Error{errc::needs_operator, {}, {{"reason", "checkpoint-unknown"}}};
}

Result<void> append_event_file(std::string& out, const LedgerServices& services, ledger::SequenceNumber index,
                               const ledger::SealedGroup* group, const projections::CertificateChain& chain) {
    if (!chain)
        return Error{errc::internal_error, "no certificate of the server before event " + std::to_string(index.value)};
    ledger::ActivationFileContent content;
    content.index = index;
    content.certificates = *chain;
    if (group != nullptr && group->holds(index)) return append_from_memory(out, services, *group, content);
    return append_from_log(out, services, content);
}

void write_activation(JsonWriter& json, const commands::SeatDecision& seat, ledger::Timestamp activated_at) {
    json.text("id", seat.seat.activation_id.text());
    json.number("index", seat.current.value);
    json.text("product", seat.seat.product);
    json.text("license_id", seat.seat.license_id);
    json.time("activated_at", activated_at);
    json.text("state", seat.change == commands::SeatDecision::Change::released ? "released" : "active");
    if (seat.standing == projections::SeatStanding::lent) json.text("standing", "provisional");
    const bool unconfirmed = seat.standing == projections::SeatStanding::unconfirmed ||
                             seat.standing == projections::SeatStanding::collected;
    if (unconfirmed) json.text("standing", "unconfirmed");
    write_lease(json, seat);
}

Result<Response> seat_response(const LedgerServices& services, const Sequenced<SeatOutcome>& outcome, FilePart file,
                               const std::optional<KnownCheckpoint>& known) {
    const ledger::SealedGroup* const group = outcome.receipt.group.get();
    const commands::SeatDecision& seat = outcome.value.seat;
    ACTLEDGER_TRY(const ledger::Timestamp activated_at, time_of(services, seat.activated, group));
    thread_local std::string text;  // a large piece of memory, used again by the next request
    text.clear();
    if (file == FilePart::inlined) {
        ACTLEDGER_CHECK(append_event_file(text, services, seat.current, group, outcome.value.chain));
    }
    Response response;
    response.body.reserve(text.size() + body_bytes_beside_file);
    JsonWriter json(response.body);
    json.begin();
    json.begin("activation");
    write_activation(json, seat, activated_at);
    json.end();
    if (file == FilePart::inlined) json.text("file", text);
    if (known) ACTLEDGER_CHECK(write_consistency(json, services, *known));
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
