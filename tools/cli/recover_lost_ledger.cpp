#include <boost/json/serialize.hpp>
#include <cstdio>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/errc.hpp"
#include "tools/cli/errc.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/cli/recover_options.hpp"
#include "tools/cli/stopped_ledger.hpp"
#include "tools/node/lost_ledger.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

using ledger::Error;
using ledger::Result;

Result<node::Survivals> read_survivals(const RecoverOptions& options) {
    if (options.activation_files.empty() != options.no_activation_file) return Error{errc::recover_files_unnamed};
    ACTLEDGER_TRY(ledger::Certificate root, read_certificate(options.root));
    ACTLEDGER_TRY(auto licenses, read_surviving(options.licenses, license_file_bytes_max));
    ACTLEDGER_TRY(auto files, read_surviving(options.activation_files, ledger::activation_file_bytes_max));
    return node::Survivals{std::move(root), std::move(licenses), std::move(files)};
}

boost::json::value head_json(const std::optional<ledger::Checkpoint>& head) {
    if (!head) return nullptr;
    return boost::json::object{{"origin", head->origin.text()}, {"size", head->head.size.value}};
}

boost::json::object report_json(const node::LostLedgerRecovery& recovery,
                                const std::optional<snapshot::Recovered>& done) {
    boost::json::object report{{"found", "log_and_key_lost"},
                               {"reendorsement_id", recovery.file().reendorsement_id},
                               {"vouched", head_json(recovery.file().head)},
                               {"known", head_json(recovery.known())}};
    report["licenses"] = licenses_json(recovery.licenses());
    report["opens"] = recovery.opens().text();
    report["done"] = done.has_value();
    if (done) report["size"] = done->head.size.value;
    return report;
}

/// What is known and what is not, for a person who has to decide.
void print_report(const Invocation& run, const RecoverOptions& options, const node::LostLedgerRecovery& recovery) {
    const bool chinese = run.language() == ledger::Language::chinese;
    const auto pick = [&](const char* english, const char* in_chinese) -> std::string {
        return chinese ? in_chinese : english;
    };
    const auto line = [&](const char* english, const char* in_chinese, const std::string& value) {
        std::printf("%s\t%s\n", pick(english, in_chinese).c_str(), value.c_str());
    };
    const auto head = [&](const std::optional<ledger::Checkpoint>& one) {
        if (!one) return pick("none", "无");
        return one->origin.text() + pick(", events: ", "，事件数：") + std::to_string(one->head.size.value);
    };
    line("Re-endorsement", "重新认可", recovery.file().reendorsement_id);
    line("Found", "结论",
         pick("there is no log any more, and the HSM has another key", "日志已不存在，加密卡中是另一把密钥"));
    line("Newest known", "已知最新", head(recovery.known()));
    line("Missing", "缺失",
         recovery.known() ? pick("events 0 to ", "事件 0 至 ") + std::to_string(recovery.known()->head.size.value - 1) +
                                pick(", and whatever came after them: how much that was is not known",
                                     "，以及其后的全部内容：数量未知")
                          : pick("everything: how much there was is not known", "全部内容：数量未知"));
    for (const snapshot::LicenseLoss& one : recovery.licenses()) {
        const std::string of =
            one.quantity ? pick(" of ", "，共 ") + std::to_string(*one.quantity)
                         : pick(", not among the files given: import it afterwards", "，不在所给文件中：请随后导入");
        line("Licence", "授权",
             one.license_id + pick(": unclaimed ", "：未认领 ") + std::to_string(one.unclaimed) + of);
    }
    line("Opens", "将开启", recovery.opens().text());
    print_beginning(run, recovery.begins());
    if (!options.no_activation_file) return;
    line("Note", "注意",
         pick("without an activation file the device salt is lost: files that desktops still hold cannot be adopted, "
              "because they hash the hardware with it; their owners get free seats, or are lent one",
              "没有激活文件，设备盐值即告丢失：桌面仍持有的激活文件无法认领，因为其中的硬件特征是用该盐值散列的；"
              "这些桌面将得到空闲席位，或借用席位"));
}

Result<void> confirm(const Invocation& run, const std::string& server_id) {
    return confirm_by_server_id(
        run, server_id,
        "This cannot be undone: a new ledger begins under the new key, and what is lost does not come back. "
        "If there is no copy, mirror or export of the log, and the old card is lost for good, type the "
        "server id ",
        "此操作不可撤销：将由新密钥建立新的账本，丢失的内容不会再回来。如确认日志没有副本、镜像或导出，"
        "且旧加密卡已经丢失，请输入服务器标识 ");
}

}  // namespace

Result<void> request_for_lost_ledger(const Invocation& run, const RecoverOptions& options) {
    const bool chinese = run.language() == ledger::Language::chinese;
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    if (options.root.empty() || (options.licenses.empty() && options.activation_files.empty())) {
        return Error{errc::recover_files_unnamed};
    }
    ACTLEDGER_TRY(const node::Survivals survivals, read_survivals(options));
    const auto log = ledger::open_log_reader(config.ledger.folder);
    if (log) return Error{errc::recover_log_there, {}, {{"folder", config.ledger.folder.string()}}};
    if (log.error().code != ledger::errc::log_not_found) {
        return in_the_way(log.error(), options, config.ledger.folder);
    }
    ACTLEDGER_CHECK(check_request_place(options.request));
    const auto so_pin = options.so_pin_file.empty()
                            ? hsm::PinSource::prompt(chinese ? "安全官 PIN：" : "Security officer's PIN: ")
                            : hsm::PinSource::file(options.so_pin_file);
    ACTLEDGER_TRY(const hsm::PinSource pin, pin_from_person(config, run.language(), PinAsked::twice));
    ACTLEDGER_TRY(const node::LostLedgerRequest made, node::request_lost_ledger(config, survivals, so_pin, pin));
    ACTLEDGER_CHECK(write_file(options.request, made.request));
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(boost::json::object{{"server_id", made.server_id},
                                                                       {"known", head_json(made.known)},
                                                                       {"made_key", made.hsm.made_key},
                                                                       {"request", options.request.string()}})
                                .c_str());
        return {};
    }
    std::printf("%s %s\n", chinese ? "服务器标识：" : "server id:", made.server_id.c_str());
    if (made.hsm.made_key) run.say("A key was generated in the new token.", "已在新令牌中生成密钥。");
    if (made.same_disk) {
        run.say("Note: this token keeps its files on the ledger's own disk, and is lost with that disk.",
                "注意：该令牌的文件与账本在同一块磁盘上，会随磁盘一起丢失。");
    }
    run.say(
        "The request is written. Send it to the vendor, and tell them by another way: the server id, that the log is "
        "lost with the key, and how many seats of each licence were certainly free. Asking again is harmless.",
        "申请文件已生成。请发送给厂商，并通过其他途径告知：服务器标识、日志与密钥一同丢失、每份授权确定空闲的席位数。"
        "重复申请没有影响。");
    return {};
}

Result<void> recover_lost_ledger(const Invocation& run, const RecoverOptions& options, const config::Config& config,
                                 const hsm::PinSource& pin) {
    ACTLEDGER_TRY(const node::Survivals survivals, read_survivals(options));
    ACTLEDGER_TRY(const std::string ree, read_file(options.reendorsement, ledger::reendorsement_bytes_max));
    ACTLEDGER_TRY(const auto recovery, node::LostLedgerRecovery::open(config, pin, ledger::as_bytes(ree), survivals));
    std::optional<snapshot::Recovered> done;
    if (!run.json) print_report(run, options, *recovery);
    if (!options.dry_run) {
        ACTLEDGER_CHECK(confirm(run, recovery->opens().server_id));
        ACTLEDGER_TRY(done, recovery->run());
    }
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(report_json(*recovery, done)).c_str());
    } else if (!done) {
        run.say("Nothing was changed (--dry-run).", "未作任何改动（--dry-run）。");
    } else {
        run.say("The server goes on as " + done->origin.text() +
                    ", under the new key. No licence has to be issued again. Import the other licences, and start the "
                    "server: desktops show their files by themselves.",
                "服务器以 " + done->origin.text() +
                    " 继续，由新密钥签名。无需重新签发任何授权。请导入其余授权并启动服务器：桌面会自行出示激活文件。");
        if (done->second_failing) {
            run.say("Note: the anchor folder could not be written; the server tries again.",
                    "注意：锚目录未能写入；服务器会再次尝试。");
        }
    }
    return {};
}

Result<void> check_recovered_by(const RecoverOptions& options, const config::Config& config) {
    ACTLEDGER_TRY(const std::string ree, read_file(options.reendorsement, ledger::reendorsement_bytes_max));
    ACTLEDGER_TRY(const bool done, node::was_recovered_by(config.ledger.folder, ledger::as_bytes(ree)));
    if (done) return {};
    ACTLEDGER_TRY(const ledger::Reendorsement stated, ledger::read_reendorsement(ledger::as_bytes(ree)));
    return Error{stated.lost_log ? ledger::license_file::errc::reendorsement_for_lost_log
                                 : ledger::license_file::errc::reendorsement_not_for_lost_log,
                 {},
                 {{"reendorsement_id", stated.reendorsement_id}}};
}

}  // namespace cli
