#include "api/handlers/consistency_answer.hpp"

#include <algorithm>

#include "api/handlers/seat_answer.hpp"
#include "ledger/core/errc.hpp"

namespace api {
namespace {

using ledger::Result;

/// What happened, with its proof under the vendor's root: a client that kept a head beyond it knows that it is no fork.
Result<void> write_closed(JsonWriter& json, const LedgerServices& services, const ClosedCheckpoint& closed) {
    const ledger::Incarnation& opened = services.incarnations.opened().at(closed.opening);
    json.begin("closed");
    json.text("code", ledger::Error{ledger::errc::incarnation_closed}.stable_code());
    json.number("incarnation", closed.incarnation);
    json.number("size", closed.size.value);
    json.number("kept_size", opened.kept().value);
    json.number("opened", opened.number);
    std::string file;
    ACTLEDGER_CHECK(
        append_event_file(file, services, opened.opened_by, nullptr, services.opening_chains.at(closed.opening)));
    json.text("proof", file);
    json.end();
    return {};
}

}  // namespace

Result<void> write_consistency(JsonWriter& json, const LedgerServices& services, const KnownCheckpoint& known) {
    ACTLEDGER_TRY(const ledger::ReleasedHead newest, services.log.last_head());
    ACTLEDGER_TRY(const auto proof, ledger::consistency_proof(services.suite, std::min(known.size, newest.size),
                                                              newest.size, services.log));
    json.begin("consistency");
    json.number("old_size", known.size.value);
    json.number("new_size", newest.size.value);
    json.text("checkpoint", newest.note);
    json.begin_list("proof");
    for (const ledger::Digest& hash : proof) json.text({}, ledger::base64_encode(hash.view()));
    json.end_list();
    if (services.replaced_key_chain) {
        json.begin_list("certificates");
        for (const ledger::Bytes& der : *services.replaced_key_chain) json.text({}, ledger::base64_encode(der));
        json.end_list();
    }
    if (known.closed) ACTLEDGER_CHECK(write_closed(json, services, *known.closed));
    json.end();
    return {};
}

}  // namespace api
