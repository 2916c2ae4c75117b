#include "api/handlers/ledger_handlers.hpp"

#include "api/errc.hpp"
#include "api/handlers/consistency_answer.hpp"
#include "api/handlers/seat_answer.hpp"
#include "api/handlers/seat_input.hpp"
#include "api/json_text.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

Result<Response> checkpoint_response(const LedgerServices& services) {
    Response response;
    ACTLEDGER_TRY(ledger::ReleasedHead head, services.log.last_head());
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(head.note);
    return response;
}

Result<Response> consistency_response(LedgerServices& services, const Request& request) {
    ACTLEDGER_TRY(const ShownCheckpoint checkpoint, parse_checkpoint_body(request.body));
    ACTLEDGER_TRY(const KnownCheckpoint known, services.witness.check(checkpoint.note, checkpoint.certificates));
    Response response;
    JsonWriter json(response.body);
    json.begin();
    ACTLEDGER_CHECK(write_consistency(json, services, known));
    json.end();
    return response;
}

struct RecordedCertificate {
    ledger::SequenceNumber recorded_by;
    projections::CertificateChain chain;
};

Result<Response> proof_response(const LedgerServices& services, const RecordedCertificate& recorded) {
    Response response;
    response.content_type = "text/plain; charset=utf-8";
    ACTLEDGER_CHECK(append_event_file(response.body, services, recorded.recorded_by, nullptr, recorded.chain));
    return response;
}

}  // namespace

Awaitable<Result<Response>> CheckpointHandler::operator()(Request&) { co_return checkpoint_response(services_); }

Awaitable<Result<Response>> ConsistencyHandler::operator()(Request& request) {
    co_return consistency_response(services_, request);
}

Awaitable<Result<Response>> TlsProofHandler::operator()(Request& request) {
    const auto in_use = in_use_();
    if (!in_use) co_return Error{errc::no_tls_proof};
    // Rests on that event and not on all that was decided: while the HSM is away, desktops that have a seat learn whom
    // they talk to, and get their file.
    auto work = [fingerprint = *in_use](const commands::Context& context,
                                        ledger::Decision& decision) -> Result<RecordedCertificate> {
        const auto& newest = context.state.settings().tls_certificate();
        if (!newest || newest->fingerprint != fingerprint) return Error{errc::no_tls_proof};
        auto chain = context.state.identity().chain_for(newest->recorded_by);
        if (!chain) return Error{errc::no_tls_proof};
        decision.rests_on = newest->recorded_by;
        return RecordedCertificate{newest->recorded_by, std::move(chain)};
    };
    const auto recorded = co_await sequenced<RecordedCertificate>(services_, *request.io, std::move(work));
    if (!recorded) co_return recorded.error();
    co_return proof_response(services_, recorded->value);
}

}  // namespace api
