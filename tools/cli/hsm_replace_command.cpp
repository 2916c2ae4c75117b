#include <boost/json/serialize.hpp>
#include <cstdio>

#include "ledger/core/event_codec.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/cli/stopped_ledger.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/replacement.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

using ledger::Result;
using Stage = snapshot::HandOverStage;

struct Options {
    std::filesystem::path request;
    std::filesystem::path so_pin_file;
    std::filesystem::path reendorsement;
    bool restored = false;
    bool dry_run = false;
};

Result<void> make_request(const Invocation& run, const Options& options) {
    const bool chinese = run.language() == ledger::Language::chinese;
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    ACTLEDGER_CHECK(check_request_place(options.request));
    const auto so_pin = options.so_pin_file.empty()
                            ? hsm::PinSource::prompt(chinese ? "安全官 PIN：" : "Security officer's PIN: ")
                            : hsm::PinSource::file(options.so_pin_file);
    ACTLEDGER_TRY(const hsm::PinSource pin, pin_from_person(config, run.language(), PinAsked::twice));
    ACTLEDGER_TRY(const node::ReplacementRequest made, node::request_replacement(config, so_pin, pin));
    ACTLEDGER_CHECK(write_file(options.request, made.request));
    const std::string size = std::to_string(made.head.size.value);
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(boost::json::object{{"server_id", made.server_id},
                                                                       {"size", made.head.size.value},
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
    run.say("The request is written; it names the ledger's newest head, of " + size +
                " events. Send it to the vendor, and tell them the server id by another way. Nothing was changed in "
                "the ledger; asking again is harmless.",
            "申请文件已生成，其中记录了账本最新的树头（" + size +
                " 条事件）。请发送给厂商，并通过其他途径告知服务器标识。账本未作任何改动；重复申请没有影响。");
    return {};
}

boost::json::object report_json(const node::Replacing& replacing, const std::optional<snapshot::Recovered>& done) {
    const snapshot::Replacement& found = replacing.found();
    const ledger::Reendorsement& file = replacing.file().reendorsement;
    boost::json::object report{
        {"found", stage_name(found.stage)},
        {"reendorsement_id", file.reendorsement_id},
        {"vouched", {{"origin", file.head->origin.text()}, {"size", file.head->head.size.value}}},
        {"log",
         {{"origin", found.log_origin.text()},
          {"size", found.kept.size.value},
          {"root_hash", ledger::base64_encode(found.kept.root.view())}}}};
    report["missing"] = found.missing ? boost::json::value{{"origin", found.missing->origin.text()},
                                                           {"size", found.missing->head.size.value}}
                                      : boost::json::value(nullptr);
    report["licenses"] = licenses_json(found.licenses);
    report["opens"] = found.opens.text();
    report["done"] = done.has_value() || found.stage == Stage::done;
    if (done) report["size"] = done->head.size.value;
    return report;
}

void print_report(const Invocation& run, const node::Replacing& replacing) {
    const bool chinese = run.language() == ledger::Language::chinese;
    const auto line = [&](const char* english, const char* in_chinese, const std::string& value) {
        std::printf("%s\t%s\n", chinese ? in_chinese : english, value.c_str());
    };
    const auto events = [&](std::uint64_t size) {
        return (chinese ? "，事件数：" : ", events: ") + std::to_string(size);
    };
    const snapshot::Replacement& found = replacing.found();
    const ledger::Reendorsement& file = replacing.file().reendorsement;
    line("Re-endorsement", "重新认可",
         file.reendorsement_id + "  " + file.head->origin.text() + events(file.head->head.size.value));
    line("Ledger", "账本", found.log_origin.text() + events(found.kept.size.value));
    if (found.missing) {
        line("Missing", "缺失",
             (chinese ? "曾签发过更新的树头：" : "a newer head was signed: ") + found.missing->origin.text() +
                 events(found.missing->head.size.value));
    }
    for (const snapshot::LicenseLoss& one : found.licenses) {
        const std::string of = one.quantity
                                   ? (chinese ? "，共 " : " of ") + std::to_string(*one.quantity)
                                   : (chinese ? "，本账本中没有：请重新导入" : ", not in this ledger: import it again");
        line("Licence", "授权",
             one.license_id + (chinese ? "：已占用 " : ": held ") + std::to_string(one.held) +
                 (chinese ? "，未认领 " : ", unclaimed ") + std::to_string(one.unclaimed) + of);
    }
    line("Opens", "将开启", found.opens.text());
}

Result<void> confirm(const Invocation& run, const std::string& server_id) {
    return confirm_by_server_id(
        run, server_id,
        "This cannot be undone: the ledger goes on under the new key, and the old one is given up. If the "
        "old card is lost for good, type the server id ",
        "此操作不可撤销：账本将由新密钥接续，旧密钥不再被接受。如确认旧加密卡已经丢失，请输入服务器标识 ");
}

Result<void> replace(const Invocation& run, const Options& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    ACTLEDGER_CHECK(check_stopped(run, config));
    ACTLEDGER_TRY(const std::string ree, read_file(options.reendorsement, ledger::reendorsement_bytes_max));
    ACTLEDGER_TRY(const hsm::Options token, node::token_options(config));
    ACTLEDGER_TRY(const hsm::PinSource pin,
                  options.dry_run ? pin_from_person(config, run.language()) : proven_pin(run, token));
    ACTLEDGER_CHECK(check_sound(run, config.ledger.folder));
    const auto tail = options.restored ? snapshot::LogTail::restored : snapshot::LogTail::whole;
    ACTLEDGER_TRY(const auto replacing, node::Replacing::open(config, pin, ledger::as_bytes(ree), tail));
    const bool nothing_to_do = replacing->found().stage == Stage::done;
    std::optional<snapshot::Recovered> done;
    if (!run.json && !nothing_to_do) print_report(run, *replacing);
    if (!options.dry_run && !nothing_to_do) {
        ACTLEDGER_CHECK(confirm(run, replacing->found().log_origin.server_id));
        ACTLEDGER_TRY(done, replacing->run());
    }
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(report_json(*replacing, done)).c_str());
    } else if (nothing_to_do) {
        run.say("The ledger goes on under this key already; nothing was changed. Start the server.",
                "账本已由该密钥接续，未作任何改动。请启动服务器。");
    } else if (!done) {
        run.say("Nothing was changed (--dry-run).", "未作任何改动（--dry-run）。");
    } else {
        run.say("The ledger goes on as " + done->origin.text() +
                    ", under the new key. No licence has to be issued or imported again. Start the server.",
                "账本以 " + done->origin.text() + " 继续，由新密钥签名。无需重新签发或导入任何授权。请启动服务器。");
        if (done->second_failing) {
            run.say("Note: the anchor folder could not be written; the server tries again.",
                    "注意：锚目录未能写入；服务器会再次尝试。");
        }
    }
    return {};
}

}  // namespace

void add_hsm_replace_command(CLI::App& hsm, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command = hsm.add_subcommand(
        "replace",
        "The card with the ledger's key is lost: set up another one and ask the vendor to re-endorse it (--request), "
        "then go on with what the vendor sends (--reendorsement). No licence is issued again");
    auto* request = command->add_option("--request", options->request,
                                        "Make the token that hsm.uri names ready, and write the request to this file");
    command
        ->add_option("--so-pin-file", options->so_pin_file,
                     "File with the security officer's PIN, for a token that has to be initialised; else asked for")
        ->needs(request);
    auto* reendorsement =
        command->add_option("--reendorsement", options->reendorsement, "The vendor's answer: the .ree file");
    reendorsement->excludes(request);
    command
        ->add_flag("--restored", options->restored,
                   "The ledger was restored from a mirror, an export or a copy that may lack its newest events")
        ->needs(reendorsement);
    command->add_flag("--dry-run", options->dry_run, "Only say what would be done; change nothing")
        ->needs(reendorsement);
    command->callback([&run, options, command] {
        if (options->request.empty() == options->reendorsement.empty()) {
            throw CLI::RequiredError(command->get_name() + ": --request FILE or --reendorsement FILE");
        }
        const auto done = options->request.empty() ? replace(run, *options) : make_request(run, *options);
        if (!done) run.fail(done.error());
    });
}

}  // namespace cli
