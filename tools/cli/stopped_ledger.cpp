#include "tools/cli/stopped_ledger.hpp"

#include <thread>

#include "hsm/check.hpp"
#include "tools/cli/errc.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_facts.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/verify_ledger.hpp"

namespace cli {

using ledger::Error;
using ledger::Result;

Result<void> check_stopped(const Invocation& run, const config::Config& config) {
    if (connect_to_server(config.admin_socket(), run.language()) == nullptr) return {};
    return Error{errc::server_running, {}, {{"folder", config.ledger.folder.string()}}};
}

Result<void> check_sound(const Invocation& run, const std::filesystem::path& folder) {
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(folder));
    ACTLEDGER_TRY(const node::Facts facts, node::read_facts(*log));
    std::optional<terminal::Progress> bar;
    verify::LedgerAudit audit{.folder = folder,
                              .root = facts.root,
                              .witnesses = {},
                              .threads = std::max(1U, std::thread::hardware_concurrency()),
                              .progress = [&](std::uint64_t done, std::uint64_t total) {
                                  if (!bar)
                                      bar.emplace(run.language() == ledger::Language::chinese ? "校验" : "verifying",
                                                  total);
                                  bar->advance_to(done);
                              }};
    ACTLEDGER_TRY(const verify::LedgerReport report, verify::verify_ledger(audit));
    bar.reset();
    for (const verify::Finding& finding : report.findings.kept()) {
        if (finding.kind == verify::FindingKind::annex) continue;
        if (finding.error.code == verify::errc::server_not_certified) continue;
        return Error{errc::recover_log_unsound,
                     finding.sentence(ledger::Language::english),
                     {{"folder", folder.string()}, {"finding", std::string(finding.error.stable_code())}}};
    }
    return {};
}

Result<hsm::PinSource> typed_pin(const Invocation& run) {
    const bool chinese = run.language() == ledger::Language::chinese;
    ACTLEDGER_TRY(hsm::Pin pin, hsm::PinSource::prompt(chinese ? "加密卡的 PIN：" : "The HSM's PIN: ").read());
    return hsm::PinSource::typed(std::move(pin));
}

Result<hsm::PinSource> proven_pin(const Invocation& run, const hsm::Options& options) {
    return proven_pin(run, [&](const hsm::PinSource&) -> Result<hsm::Options> { return options; });
}

Result<hsm::PinSource> proven_pin(const Invocation& run,
                                  const std::function<Result<hsm::Options>(const hsm::PinSource&)>& token_of) {
    ACTLEDGER_TRY(hsm::PinSource typed, typed_pin(run));
    ACTLEDGER_TRY(const hsm::Options options, token_of(typed));
    ACTLEDGER_TRY(hsm::Pin pin, typed.read());
    if (auto proven = hsm::prove_pin(options, std::move(pin)); !proven) {
        hsm::Options with_pin = options;
        with_pin.pin = typed;
        return node::explain_missing_key(std::move(proven).error(), with_pin, nullptr);
    }
    return typed;
}

Result<void> confirm_by_server_id(const Invocation& run, const std::string& server_id, std::string_view english,
                                  std::string_view chinese) {
    const bool in_chinese = run.language() == ledger::Language::chinese;
    const std::string question = std::string(in_chinese ? chinese : english) + server_id + "\n> ";
    if (terminal::confirm_typed(question, server_id)) return {};
    return Error{terminal::errc::not_confirmed};
}

const char* stage_name(snapshot::HandOverStage stage) {
    switch (stage) {
        case snapshot::HandOverStage::due:
            return "due";
        case snapshot::HandOverStage::unfinished:
            return "unfinished";
        case snapshot::HandOverStage::done:
            return "done";
    }
    return "?";
}

boost::json::array licenses_json(const std::vector<snapshot::LicenseLoss>& licenses) {
    boost::json::array listed;
    for (const snapshot::LicenseLoss& one : licenses) {
        listed.push_back(boost::json::object{
            {"license_id", one.license_id},
            {"quantity", one.quantity ? boost::json::value(*one.quantity) : boost::json::value(nullptr)},
            {"held", one.held},
            {"unclaimed", one.unclaimed}});
    }
    return listed;
}

}  // namespace cli
