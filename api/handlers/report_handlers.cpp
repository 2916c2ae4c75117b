#include "api/handlers/report_handlers.hpp"

#include <atomic>

#include "api/commands/report_commands.hpp"
#include "api/errc.hpp"
#include "api/handlers/admin_decision.hpp"
#include "api/handlers/admin_input.hpp"
#include "api/handlers/seat_answer.hpp"
#include "ledger/core/time_text.hpp"
#include "snapshot/statement_source.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;
using projections::StatementMaker;

constexpr std::uint64_t small_body_max = 4 * 1024;

/// One statement is made at a time: each takes the memory of a state. Any thread.
class Turns {
 public:
    /// @return nullptr while somebody has it
    [[nodiscard]] std::shared_ptr<void> take() {
        bool free = false;
        if (!taken_.compare_exchange_strong(free, true)) return nullptr;
        return {this, [this](void*) { taken_ = false; }};
    }

 private:
    std::atomic<bool> taken_{false};
};

/// Other connections of this thread go on meanwhile.
Awaitable<void> step_aside(IoThread& io) {
    co_await suspend(io, [&](std::unique_ptr<Completion> completion) { io.completions().push(std::move(completion)); });
}

struct Admitted {};

/// Makes the whole statement, and keeps its digest only.
Awaitable<Result<ledger::ReportIssued>> make_statement(LedgerServices& services, IoThread& io, ledger::Timestamp at) {
    const auto admitted =
        co_await asked<Admitted>(services, io, [at](const commands::Context& context) -> Result<Admitted> {
            ACTLEDGER_CHECK(commands::admit_report(at, context));
            return Admitted{};
        });
    if (!admitted) co_return admitted.error();
    const auto source = snapshot::statement_source_in(services.log);
    const auto log_size = services.log.size();
    if (!log_size) co_return log_size.error();
    const auto size = projections::size_at(source, *log_size, at);
    if (!size) co_return size.error();
    StatementMaker maker(source, *size, at);
    for (;;) {
        const auto complete = maker.step();
        if (!complete) co_return complete.error();
        if (*complete) break;
        co_await step_aside(io);
    }
    co_return ledger::ReportIssued{at, *size, maker.totals().seats, maker.head().root, maker.digest(), false};
}

/// The event's proof, with the chain that its head verifies under.
Result<Response> issued_response(const LedgerServices& services,
                                 const Sequenced<projections::CertificateChain>& issued) {
    std::string proof;
    ACTLEDGER_CHECK(append_event_file(proof, services, issued.receipt.index, issued.receipt.group.get(), issued.value));
    Response response;
    response.status = 201;
    JsonWriter json(response.body);
    json.begin();
    json.number("sequence_number", issued.receipt.index.value);
    json.text("proof", proof);
    json.end();
    return response;
}

Awaitable<Result<Response>> issue_report(LedgerServices& services, Request& request, Turns& turns) {
    const auto input = parse_report(request.body);
    if (!input) co_return input.error();
    const std::shared_ptr<void> turn = turns.take();
    if (!turn) co_return Error{commands::errc::report_busy};
    auto made = co_await make_statement(services, *request.io, input->at);
    if (!made) co_return made.error();
    if (made->digest != input->digest) {
        co_return Error{commands::errc::report_differs, {}, {{"at", ledger::time_text(input->at)}}};
    }
    made->personal_data = input->personal_data;
    auto work = [command = commands::IssueReport{local_operator, *std::move(made)}](
                    const commands::Context& context,
                    ledger::Decision& decision) -> Result<projections::CertificateChain> {
        ACTLEDGER_TRY(decision, decide(command, context));
        return context.state.identity().chain_for(context.moment.next);
    };
    const auto issued = co_await sequenced<projections::CertificateChain>(services, *request.io, std::move(work));
    if (!issued) co_return issued.error();
    co_return issued_response(services, *issued);
}

}  // namespace

void add_report_routes(Router& router, LedgerServices& services) {
    router.add({.method = Method::post,
                .pattern = "/v1/admin/reports",
                .endpoint = [&services, turns = std::make_shared<Turns>()](
                                Request& request) { return issue_report(services, request, *turns); },
                .body = BodyKind::json,
                .body_bytes_max = small_body_max,
                .audience = Audience::administrator});
}

}  // namespace api
