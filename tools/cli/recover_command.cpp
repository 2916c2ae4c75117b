#include <boost/json/serialize.hpp>
#include <cstdio>

#include "ledger/core/errc.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/store_read/page_fault.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/cli/recover_options.hpp"
#include "tools/cli/stopped_ledger.hpp"
#include "tools/node/anchored_key.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/lost_log.hpp"
#include "tools/node/new_log.hpp"
#include "tools/node/recovery.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

using ledger::AnchorStanding;
using ledger::Error;
using ledger::Result;

const char* name_of(const snapshot::Loss& loss) {
    if (loss.shown_by_client()) return "shown_by_client";
    if (loss.restored) return "restored";
    switch (loss.standing) {
        case AnchorStanding::equal:
            return "equal";
        case AnchorStanding::ahead:
            return "ahead";
        case AnchorStanding::behind:
            return "behind";
        case AnchorStanding::unfinished:
            return "unfinished";
        case AnchorStanding::inconsistent:
            return "inconsistent";
        case AnchorStanding::foreign:
            return "foreign";
    }
    return "?";
}

boost::json::object report_json(const snapshot::Loss& loss, const ledger::Anchor& anchor,
                                const std::optional<snapshot::Recovered>& done) {
    boost::json::object report{
        {"found", name_of(loss)},
        {"log",
         {{"origin", loss.log_origin.text()},
          {"size", loss.kept.size.value},
          {"root_hash", ledger::base64_encode(loss.kept.root.view())}}},
        {"anchor", {{"origin", anchor.origin.text()}, {"size", anchor.head.size.value}, {"counter", anchor.counter}}}};
    const auto gap = loss.gap();
    report["missing"] = gap ? boost::json::value{{"first", gap->first.value}, {"last", gap->second.value}}
                            : boost::json::value(nullptr);
    const auto later = loss.later_history();
    report["missing_history"] =
        later ? boost::json::value{{"origin", later->origin.text()}, {"size", later->head.size.value}}
              : boost::json::value(nullptr);
    report["licenses"] = licenses_json(loss.licenses);
    report["opens"] = loss.opens.text();
    report["done"] = done.has_value();
    if (done) report["size"] = done->head.size.value;
    return report;
}

/// What was found, for a person who has to decide.
class Report {
 public:
    Report(const Invocation& run, const snapshot::Loss& loss, const ledger::Anchor& anchor)
        : chinese_(run.language() == ledger::Language::chinese), anchor_(anchor), loss_(loss) {}

    void print() const {
        line("Ledger", "账本",
             loss_.log_origin.text() + pick(", events: ", "，事件数：") + number(loss_.kept.size.value));
        line("HSM's anchor", "加密卡锚点",
             anchor_.origin.text() + pick(", events: ", "，事件数：") + number(anchor_.head.size.value));
        line("Found", "结论", found());
        if (const auto gap = loss_.gap()) {
            line("Missing", "缺失",
                 pick("events ", "事件 ") + number(gap->first.value) + pick(" to ", " 至 ") +
                     number(gap->second.value) +
                     pick(", and whatever came after them: they were there, and nothing here has them",
                          "，以及其后的全部内容：它们曾经存在，但此处已无记录"));
        }
        if (const auto later = loss_.later_history()) {
            line("Missing", "缺失",
                 pick("what was done as ", "以 ") + later->origin.text() +
                     pick(" (of its history events are known: ", " 所做的一切（其历史中已知事件数：") +
                     number(later->head.size.value) +
                     pick("), and whatever came after: nothing here has it", "），以及其后的全部内容：此处没有记录"));
        }
        for (const snapshot::LicenseLoss& one : loss_.licenses) {
            const std::string of = one.quantity
                                       ? pick(" of ", "，共 ") + number(*one.quantity)
                                       : pick(", not in this ledger: import it again", "，本账本中没有：请重新导入");
            line("Licence", "授权",
                 one.license_id + pick(": held ", "：已占用 ") + number(one.held) + pick(", unclaimed ", "，未认领 ") +
                     number(one.unclaimed) + of);
        }
        line("Opens", "将开启", loss_.opens.text());
    }

 private:
    [[nodiscard]] std::string pick(const char* english, const char* chinese) const {
        return chinese_ ? chinese : english;
    }
    [[nodiscard]] static std::string number(std::uint64_t value) { return std::to_string(value); }
    void line(const char* english, const char* chinese, const std::string& value) const {
        std::printf("%s\t%s\n", chinese_ ? chinese : english, value.c_str());
    }
    [[nodiscard]] std::string found() const {
        if (loss_.shown_by_client()) {
            return pick(
                "a client holds a head that the HSM signed and that this ledger does not have: ledger and token "
                "were set back together",
                "有客户端持有加密卡签发、而本账本没有的树头：账本与令牌被一起回退过");
        }
        if (loss_.standing == AnchorStanding::unfinished) {
            return pick("an earlier recovery was interrupted: its last step is missing",
                        "先前的恢复被中断：还差最后一步");
        }
        if (loss_.restored) {
            return pick(
                "the ledger was restored from a copy: what was given after the copy was made is lost, and how much "
                "that "
                "was is not known",
                "账本由副本恢复：制作副本之后发放的内容已丢失，数量不明");
        }
        if (loss_.kept.size.value == 0) {
            return pick("there is no log any more: everything that the HSM signed is lost here",
                        "日志已不存在：加密卡签发过的内容在此全部丢失");
        }
        return pick("the ledger is behind the HSM: its newest events are lost", "账本落后于加密卡：最新的事件已丢失");
    }

    bool chinese_;
    const ledger::Anchor& anchor_;
    const snapshot::Loss& loss_;
};

Result<void> confirm(const Invocation& run, const std::string& server_id) {
    return confirm_by_server_id(
        run, server_id,
        "This cannot be undone: what is missing does not come back. If there is no newer copy, mirror or "
        "export, "
        "type the server id ",
        "此操作不可撤销：缺失的事件不会再回来。如确认没有更新的副本、镜像或导出，请输入服务器标识 ");
}

/// What came of it, for whoever asked.
void conclude(const Invocation& run, const snapshot::Loss& loss, const ledger::Anchor& anchor,
              const std::optional<snapshot::Recovered>& done) {
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(report_json(loss, anchor, done)).c_str());
    } else if (!done) {
        run.say("Nothing was changed (--dry-run).", "未作任何改动（--dry-run）。");
    } else {
        run.say("The ledger goes on as " + done->origin.text() + ". Start the server.",
                "账本以 " + done->origin.text() + " 继续。请启动服务器。");
        if (done->second_failing) {
            run.say("Note: the anchor folder could not be written; the server tries again.",
                    "注意：锚目录未能写入；服务器会再次尝试。");
        }
    }
}

/// The same re-endorsement again.
Result<void> say_done_before(const Invocation& run, const snapshot::Loss& loss, const ledger::Anchor& anchor) {
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(report_json(loss, anchor, std::nullopt)).c_str());
    } else {
        run.say("The server goes on under this key already; nothing was changed. Start the server.",
                "服务器已由该密钥接续，未作任何改动。请启动服务器。");
    }
    return {};
}

/// Row C: there is no log.
Result<void> recover_lost(const Invocation& run, const RecoverOptions& options, const config::Config& config,
                          const hsm::PinSource& pin) {
    ACTLEDGER_TRY(const ledger::Certificate root, read_certificate(options.root));
    ACTLEDGER_TRY(auto licenses, read_surviving(options.licenses, license_file_bytes_max));
    ACTLEDGER_TRY(auto certificates, read_surviving(options.certificates, license_file_bytes_max));
    ACTLEDGER_TRY(const auto recovery,
                  node::LostLogRecovery::open(config, pin, {root, std::move(licenses), std::move(certificates)}));
    std::optional<snapshot::Recovered> done;
    if (!run.json) {
        Report(run, recovery->loss(), recovery->anchor()).print();
        print_beginning(run, recovery->begins());
    }
    if (!options.dry_run) {
        ACTLEDGER_CHECK(confirm(run, recovery->loss().opens.server_id));
        ACTLEDGER_TRY(done, recovery->run());
    }
    conclude(run, recovery->loss(), recovery->anchor(), done);
    return {};
}

}  // namespace

Result<std::vector<node::SurvivingFile>> read_surviving(const std::vector<std::filesystem::path>& paths,
                                                        std::size_t bytes_max) {
    std::vector<node::SurvivingFile> files;
    for (const auto& path : paths) {
        ACTLEDGER_TRY(std::string bytes, read_file(path, bytes_max));
        files.push_back({path.string(), std::move(bytes)});
    }
    return files;
}

void print_beginning(const Invocation& run, ledger::Timestamp at) {
    const bool chinese = run.language() == ledger::Language::chinese;
    std::printf("%s\t%s%s\n", chinese ? "起始时间" : "Begins", ledger::time_text(at).c_str(),
                chinese ? "（按本机时钟；账本时间此后不会倒退）"
                        : ", by this machine's clock: ledger time never goes back from there");
}

namespace {

/// A page that cannot be followed ends the process: what it says then is what in_the_way would have said.
void prepare_for_damage(const Invocation& run, const RecoverOptions& options, const std::filesystem::path& folder) {
    const Error damaged = in_the_way(ledger::page_fault_error(folder), options, folder);
    ledger::end_at_page_fault(ledger::MappedKind::log, terminal::report_text("actledger", damaged, run.language()),
                              static_cast<int>(terminal::exit_of(damaged)));
}

bool is_lost(const std::filesystem::path& folder) {
    const auto log = ledger::open_log_reader(folder);
    return !log && log.error().code == ledger::errc::log_not_found;
}

Result<void> recover_from(const Invocation& run, const RecoverOptions& options, const config::Config& config) {
    const bool lost = is_lost(config.ledger.folder);
    if (lost && (options.root.empty() || options.licenses.empty())) {
        if (!options.reendorsement.empty()) return Error{errc::recover_files_unnamed};
        return Error{errc::recover_log_lost, {}, {{"folder", config.ledger.folder.string()}}};
    }
    if (!lost && !options.reendorsement.empty()) ACTLEDGER_CHECK(check_recovered_by(options, config));
    const auto options_of_token = [&](const hsm::PinSource& typed) {
        if (lost && options.reendorsement.empty()) return node::anchored_token_options(config, typed);
        return node::present_token_options(config, typed);
    };
    ACTLEDGER_TRY(const hsm::PinSource pin,
                  options.dry_run ? pin_from_person(config, run.language()) : proven_pin(run, options_of_token));
    if (lost && !options.reendorsement.empty()) return recover_lost_ledger(run, options, config, pin);
    if (lost) return recover_lost(run, options, config, pin);
    ACTLEDGER_CHECK(check_sound(run, config.ledger.folder));
    ACTLEDGER_TRY(const auto recovery, node::Recovery::open(config, pin, options.restored, {}));
    if (auto needed = recovery->check_needed(); !needed) {
        if (options.reendorsement.empty()) return needed;
        return say_done_before(run, recovery->loss(), recovery->anchor());
    }
    std::optional<snapshot::Recovered> done;
    if (!run.json) Report(run, recovery->loss(), recovery->anchor()).print();
    if (!options.dry_run) {
        ACTLEDGER_CHECK(confirm(run, recovery->loss().log_origin.server_id));
        using Reason = ledger::IncarnationOpened::Reason;
        const Reason reason = recovery->loss().shown_by_client()              ? Reason::witness
                              : options.restored || recovery->loss().restored ? Reason::restored
                                                                              : Reason::anchor;
        ACTLEDGER_TRY(done, recovery->run(reason));
    }
    conclude(run, recovery->loss(), recovery->anchor(), done);
    return {};
}

Result<void> recover(const Invocation& run, const RecoverOptions& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    ACTLEDGER_CHECK(check_stopped(run, config));
    prepare_for_damage(run, options, config.ledger.folder);
    auto done = recover_from(run, options, config);
    if (!done) return in_the_way(std::move(done).error(), options, config.ledger.folder);
    return {};
}

/// For a ledger whose log and key are lost together.
/// @param dry_run, restored  those of the command, which a request has no use for.
void add_lost_ledger_options(CLI::App& command, RecoverOptions& options, CLI::Option* dry_run, CLI::Option* restored) {
    constexpr int activation_files_max = 16;
    auto* request = command
                        .add_option("--request", options.request,
                                    "Log and HSM are both lost: make the token that hsm.uri names ready, and write "
                                    "the request to the vendor to this file")
                        ->excludes(dry_run)
                        ->excludes(restored);
    command
        .add_option("--so-pin-file", options.so_pin_file,
                    "File with the security officer's PIN, for a token that has to be initialised; else asked for")
        ->needs(request);
    command
        .add_option("--reendorsement", options.reendorsement,
                    "Log and HSM are both lost: the vendor's answer, the .ree file")
        ->excludes(request);
    auto* files = command
                      .add_option("--activation-file", options.activation_files,
                                  "An activation file of any desktop, for --request and --reendorsement; may be "
                                  "repeated")
                      ->expected(0, activation_files_max);
    command
        .add_flag("--no-activation-file", options.no_activation_file,
                  "There is none: files that a desktop still holds after all can then not be adopted")
        ->excludes(files);
}

}  // namespace

Error in_the_way(Error found, const RecoverOptions& options, const std::filesystem::path& folder) {
    std::string finding(found.stable_code());
    for (const ledger::Fact& fact : found.facts) {
        if (fact.name == "finding") finding = fact.value;
    }
    const bool damaged = found.code == errc::recover_log_unsound || found.code == ledger::errc::log_damaged ||
                         found.code == ledger::errc::malformed_event;
    const bool newer = finding == "event-kind-unknown" || finding == "log-format-unknown";
    if (!damaged || newer || options.root.empty()) return found;
    return {errc::recover_log_damaged,
            std::move(found.detail),
            {{"folder", folder.string()}, {"finding", std::move(finding)}}};
}

void add_recover_command(CLI::App& app, Invocation& run) {
    auto options = std::make_shared<RecoverOptions>();
    auto* command = app.add_subcommand(
        "recover",
        "Go on from a ledger that lost its newest events: says what is missing, and opens the next incarnation");
    auto* dry_run = command->add_flag("--dry-run", options->dry_run, "Only say what was found; change nothing");
    auto* restored =
        command->add_flag("--restored", options->restored,
                          "Somebody brought the ledger back from an older copy (a VM's or a disk's image), even if the "
                          "HSM knows of nothing newer: what was given after the copy was made counts as given");
    command->add_option("--root", options->root, "The vendor's root certificate, when the log is lost altogether");
    command
        ->add_option("--license", options->licenses,
                     "A .lic that was imported before, when the log is lost altogether; may be repeated")
        ->expected(0, static_cast<int>(node::lost_log_licenses_max));
    constexpr int certificates_max = 16;
    command
        ->add_option("--certificate", options->certificates,
                     "When the log is lost altogether and the HSM's key took over from an earlier one: a file with its "
                     "certificate, the vendor's .crt or .ree, or an activation file that it signed; may be repeated")
        ->expected(0, certificates_max);
    add_lost_ledger_options(*command, *options, dry_run, restored);
    auto* const chosen = command;
    add_recover_subcommands(*command, run);
    command->callback([&run, options, chosen] {
        if (!chosen->get_subcommands().empty()) return;
        const bool for_files = !options->activation_files.empty() || options->no_activation_file;
        if (for_files && options->request.empty() && options->reendorsement.empty()) {
            throw CLI::RequiresError("--activation-file, --no-activation-file", "--request or --reendorsement");
        }
        const auto done = options->request.empty() ? recover(run, *options) : request_for_lost_ledger(run, *options);
        if (!done) run.fail(done.error());
    });
}

}  // namespace cli
