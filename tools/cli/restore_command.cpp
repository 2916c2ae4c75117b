#include <boost/json/serialize.hpp>
#include <cinttypes>
#include <cstdio>
#include <thread>

#include "snapshot/restore.hpp"
#include "tools/cli/interruption.hpp"
#include "tools/cli/invocation.hpp"

namespace cli {
namespace {

struct Options {
    std::filesystem::path from;
    std::filesystem::path root;
    bool replace = false;
    bool accept_missing_annex = false;
    bool complete = false;
};

boost::json::object report_json(const Options& options, const config::Config& config,
                                const snapshot::Restored& restored) {
    const snapshot::HistoryProof& proof = restored.proof;
    boost::json::object report{{"from", options.from.string()},
                               {"folder", config.ledger.folder.string()},
                               {"origin", restored.origin.text()},
                               {"size", proof.head.size.value},
                               {"stated_size", restored.stated.value},
                               {"root_hash", ledger::base64_encode(proof.head.root.view())},
                               {"heads", proof.heads},
                               {"heads_digest", ledger::hex_encode(proof.heads_digest.view())},
                               {"state_digest", ledger::hex_encode(proof.state_digest.view())},
                               {"activations", proof.activations},
                               {"annex_values", proof.values},
                               {"annex_erased", proof.erased},
                               {"annex_missing", proof.missing},
                               {"vendor_root", ledger::hex_encode(restored.root_fingerprint.view())},
                               {"certified", restored.certified}};
    report["moved_aside"] =
        restored.moved_aside.empty() ? boost::json::value(nullptr) : boost::json::value(restored.moved_aside.string());
    report["replaced"] = restored.replaced ? boost::json::object{{"origin", restored.replaced->origin.text()},
                                                                 {"size", restored.replaced->head.size.value},
                                                                 {"other_server", restored.replaced_other_server()},
                                                                 {"newer", restored.replaced_newer()}}
                                           : boost::json::value(nullptr);
    return report;
}

/// A line "name   value", in the reader's language.
class Lines {
 public:
    explicit Lines(ledger::Language language) : chinese_(language == ledger::Language::chinese) {}
    void add(const char* english, const char* chinese, const std::string& value) const {
        std::printf("%s\t%s\n", chinese_ ? chinese : english, value.c_str());
    }
    void add(const char* english, const char* chinese, std::uint64_t value) const {
        add(english, chinese, std::to_string(value));
    }
    [[nodiscard]] std::string pick(const char* english, const char* chinese) const {
        return chinese_ ? chinese : english;
    }

 private:
    bool chinese_;
};

void report_text(const Invocation& run, const Options& options, const snapshot::Restored& restored) {
    const Lines lines(run.language());
    const snapshot::HistoryProof& proof = restored.proof;
    lines.add("Ledger", "账本", restored.origin.text());
    lines.add("Events", "事件", proof.head.size.value);
    if (restored.stated > proof.head.size) {
        lines.add("Ends early", "不完整",
                  lines.pick("the copy's checkpoint is of size ", "此副本的检查点大小为 ") +
                      std::to_string(restored.stated.value) +
                      lines.pick("; its files cover no more than this", "；其文件仅覆盖到此"));
    }
    lines.add("Root hash", "根哈希", ledger::base64_encode(proof.head.root.view()));
    lines.add("Signed heads", "签名树头",
              std::to_string(proof.heads) + lines.pick(", every signature verified", "，已校验每个签名"));
    lines.add("Activations", "激活", proof.activations);
    lines.add("State digest", "状态摘要", ledger::hex_encode(proof.state_digest.view()));
    lines.add("Personal values", "个人信息值",
              std::to_string(proof.values) + lines.pick(", erased by events: ", "，已由事件删除：") +
                  std::to_string(proof.erased) + lines.pick(", missing: ", "，缺少：") + std::to_string(proof.missing));
    lines.add("Vendor's root", "厂商根证书",
              ledger::hex_encode(restored.root_fingerprint.view()) +
                  (options.root.empty() ? lines.pick("  (believed, because the export pins it: compare it)",
                                                     "  （取自导出本身，请自行核对）")
                                        : lines.pick("  (the one that was given)", "  （与给出的一致）")));
    if (!restored.moved_aside.empty()) {
        lines.add("Old log kept in", "原日志保留于", restored.moved_aside.string());
    }
    if (restored.replaced) {
        lines.add("It was", "原日志为",
                  restored.replaced->origin.text() + lines.pick(", events: ", "，事件数：") +
                      std::to_string(restored.replaced->head.size.value));
    }
    if (restored.replaced_other_server()) {
        run.say("Careful: the log that was put aside is of another server.", "注意：被移开的原日志属于另一台服务器。");
    } else if (restored.replaced_newer()) {
        run.say("Careful: the log that was put aside is newer than the copy. If it was sound, put it back.",
                "注意：被移开的原日志比该副本新。如果它完好，请将其放回。");
    }
    run.say(
        "Restored. What is on the disk was read back and is the same: every event, every head and every personal "
        "value, "
        "so every activation file is the same, byte for byte.",
        "恢复完成。已从磁盘重新读取并确认一致：每条事件、每个树头、每个个人信息值均相同，"
        "因此每份激活文件也逐字节相同。");
    if (options.complete) {
        run.say("Start the server: it compares the ledger with the anchor on the token.",
                "请启动服务器：它会将账本与加密卡中的锚点进行比对。");
        return;
    }
    run.say(
        "Next: `actledger recover`. What was given after this copy was made is not in it; the ledger goes on under its "
        "next incarnation, and desktops bring back what they hold. The server does not serve the ledger before that.",
        "下一步：`actledger "
        "recover`。制作该副本之后发放的内容不在其中；账本将以下一世代继续，由各桌面出示其持有的激活文件。"
        "在此之前服务器不会启用该账本。");
}

ledger::Result<void> restore_ledger(const Invocation& run, const Options& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    snapshot::RestoreOptions how;
    if (!options.root.empty()) {
        ACTLEDGER_TRY(how.root, read_certificate(options.root));
    }
    if (options.replace) how.existing = ledger::StagedLog::Existing::moved_aside;
    if (options.accept_missing_annex) how.missing_annex = snapshot::RestoreOptions::MissingAnnex::accepted;
    if (options.complete) how.copy = snapshot::RestoreOptions::Copy::complete;
    how.threads = std::max(1U, std::thread::hardware_concurrency());
    const Interruption interruption;
    std::optional<terminal::Progress> bar;
    how.stop = [] { return Interruption::noted(); };
    how.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (!bar) bar.emplace(run.language() == ledger::Language::chinese ? "恢复" : "restoring", total);
        bar->advance_to(done);
    };
    const auto restored = snapshot::restore(options.from, config.ledger.folder, how);
    bar.reset();
    if (!restored) return restored.error();
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(report_json(options, config, *restored)).c_str());
    } else {
        report_text(run, options, *restored);
    }
    return {};
}

}  // namespace

void add_restore_command(CLI::App& app, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand(
        "restore", "Make the ledger from an export or a mirror: proven first, then put in its place whole");
    command->add_option("from", options->from, "The folder of an export or a mirror, or a copy of one")->required();
    command->add_option("--root", options->root,
                        "The vendor's root certificate (PEM), got elsewhere; else the one in the export is taken");
    command->add_flag("--replace", options->replace,
                      "There is a ledger already: keep its log aside and put the restored one in its place");
    command->add_flag(
        "--complete", options->complete,
        "The server had been stopped before the copy was made, so nothing was given after it: go on as if "
        "nothing had happened. Else `actledger recover` comes next");
    command->add_flag("--accept-missing-annex", options->accept_missing_annex,
                      "Go on although personal data is missing, or was left out of the export");
    command->callback([&run, options] {
        if (const auto done = restore_ledger(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
