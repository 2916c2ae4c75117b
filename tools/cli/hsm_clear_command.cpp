#include <boost/json/serialize.hpp>
#include <cstdio>
#include <thread>

#include "tools/cli/errc.hpp"
#include "tools/cli/stopped_ledger.hpp"
#include "tools/node/key_clearing.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/ledger_facts.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/verify/verify_ledger.hpp"

namespace cli {
namespace {

using ledger::Error;
using ledger::Result;

struct Options {
    std::filesystem::path exported;
};

/// The export is sound, whole, and has the ledger's newest head.
Result<void> check_export(const Options& options, const ledger::Certificate& root, const ledger::TreeHead& head) {
    const verify::LedgerAudit audit{.folder = options.exported,
                                    .root = root,
                                    .witnesses = {},
                                    .threads = std::max(1U, std::thread::hardware_concurrency()),
                                    .progress = {}};
    ACTLEDGER_TRY(const verify::LedgerReport report, verify::verify_ledger(audit));
    const std::string folder = options.exported.string();
    for (const verify::Finding& finding : report.findings.kept()) {
        if (finding.kind == verify::FindingKind::copy) continue;  // it is behind, or long enough
        return Error{errc::clear_export_unsound,
                     finding.sentence(ledger::Language::english),
                     {{"folder", folder}, {"finding", std::string(finding.error.stable_code())}}};
    }
    if (report.size < head.size.value) {
        return Error{
            errc::clear_export_behind,
            {},
            {{"folder", folder}, {"size", std::to_string(report.size)}, {"log_size", std::to_string(head.size.value)}}};
    }
    if (report.size != head.size.value || report.root_hash != ledger::base64_encode(head.root.view())) {
        return Error{errc::clear_export_other, {}, {{"folder", folder}}};
    }
    if (!report.annex_held) return Error{errc::clear_export_without_annex, {}, {{"folder", folder}}};
    return {};
}

Result<void> confirm(const Invocation& run, const std::string& server_id) {
    return confirm_by_server_id(
        run, server_id,
        "This cannot be undone: key and anchor are destroyed on the card, and this server signs nothing any "
        "more. If that is what you want, type the server id ",
        "此操作不可撤销：密钥和锚点将从加密卡中销毁，服务器不再签署任何内容。如确实要销毁，请输入服务器标识 ");
}

/// What the ledger says, before anybody is asked for a PIN.
Result<node::Facts> look_at(const config::Config& config) {
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
    return node::read_facts(*log);
}

Result<void> clear(const Invocation& run, const Options& options) {
    const bool chinese = run.language() == ledger::Language::chinese;
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    ACTLEDGER_CHECK(check_stopped(run, config));
    ACTLEDGER_TRY(const node::Facts facts, look_at(config));
    // Interrupted before, the key may be gone already: then nothing can be signed to prove the PIN.
    ACTLEDGER_TRY(const hsm::Options token, node::ledger_token_options(config, facts));
    ACTLEDGER_TRY(const hsm::PinSource pin, facts.cleared ? typed_pin(run) : proven_pin(run, token));
    if (!facts.cleared) ACTLEDGER_CHECK(check_sound(run, config.ledger.folder));
    ACTLEDGER_TRY(const auto clearing, node::KeyClearing::open(config, pin));
    if (!clearing->recorded()) ACTLEDGER_CHECK(check_export(options, facts.root, clearing->head()));
    std::printf("%s\t%s\n", chinese ? "服务器标识" : "Server id", clearing->origin().server_id.c_str());
    std::printf("%s\t%llu\n", chinese ? "账本事件数" : "Events",
                static_cast<unsigned long long>(clearing->head().size.value));
    ACTLEDGER_CHECK(confirm(run, clearing->origin().server_id));
    ACTLEDGER_TRY(const ledger::TreeHead last, clearing->run());
    const std::string size = std::to_string(last.size.value);
    run.say(
        "The key is destroyed. The ledger's last head covers " + size +
            " events; bring the export up to date once more (`actledger export`), it needs no key. The ledger can go "
            "on under another key: `actledger hsm replace`.",
        "密钥已销毁。账本最后的树头包含 " + size +
            " 条事件；请再次补全导出（`actledger export`），无需密钥。账本可以由另一把密钥接续：`actledger hsm "
            "replace`。");
    return {};
}

}  // namespace

void add_hsm_clear_command(CLI::App& hsm, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command = hsm.add_subcommand(
        "clear",
        "Destroy the ledger's key and anchor on the card, for ever. Needs a fresh export, the PIN and the server id");
    command
        ->add_option("--export", options->exported,
                     "A fresh `actledger export` or mirror, with personal data, that has all of the ledger")
        ->required();
    command->callback([&run, options] {
        if (const auto done = clear(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
