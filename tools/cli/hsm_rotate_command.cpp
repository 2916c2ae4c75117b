#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/pin_prompt.hpp"
#include "tools/cli/stopped_ledger.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/rotation.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

using ledger::Result;
using Stage = snapshot::HandOverStage;

struct Options {
    std::filesystem::path request;
    std::filesystem::path certificate;
    bool destroy_old = false;
    bool dry_run = false;
};

Result<void> make_request(const Invocation& run, const config::Config& config, const Options& options) {
    const bool chinese = run.language() == ledger::Language::chinese;
    ACTLEDGER_CHECK(check_request_place(options.request));
    ACTLEDGER_TRY(const hsm::PinSource pin, pin_from_person(config, run.language()));
    ACTLEDGER_TRY(const node::RotationRequest made, node::request_rotation(config, pin));
    ACTLEDGER_CHECK(write_file(options.request, made.request));
    const std::string size = std::to_string(made.head.size.value);
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(boost::json::object{{"server_id", made.server_id},
                                                                       {"size", made.head.size.value},
                                                                       {"made_key", made.made_key},
                                                                       {"token", made.token_label},
                                                                       {"request", options.request.string()}})
                                .c_str());
        return {};
    }
    std::printf("%s %s\n", chinese ? "服务器标识：" : "server id:", made.server_id.c_str());
    if (made.made_key) {
        run.say("The next key was generated beside the present one, on the token " + made.token_label + ".",
                "已在令牌 " + made.token_label + " 中、现有密钥旁生成下一把密钥。");
    }
    run.say("The request is written: signed by both keys, at " + size +
                " events. Send it to the vendor, and start the server: it goes on under the present key. Asking again "
                "is harmless.",
            "申请文件已生成，由两把密钥签名，账本事件数为 " + size +
                "。请发送给厂商，并启动服务器：在此期间仍由现有密钥签名。重复申请没有影响。");
    return {};
}

boost::json::object report_json(const node::Rotating& rotating, const std::optional<snapshot::Recovered>& done) {
    const snapshot::Rotation& found = rotating.found();
    boost::json::object report{{"found", stage_name(found.stage)},
                               {"log",
                                {{"origin", found.log_origin.text()},
                                 {"size", found.kept.size.value},
                                 {"root_hash", ledger::base64_encode(found.kept.root.view())}}},
                               {"present_key", rotating.present_key()},
                               {"next_key", rotating.next_key()},
                               {"opens", found.opens.text()},
                               {"done", done.has_value() || found.stage == Stage::done}};
    if (done) report["size"] = done->head.size.value;
    return report;
}

void print_report(const Invocation& run, const node::Rotating& rotating) {
    const bool chinese = run.language() == ledger::Language::chinese;
    const snapshot::Rotation& found = rotating.found();
    const auto line = [&](const char* english, const char* in_chinese, const std::string& value) {
        std::printf("%s\t%s\n", chinese ? in_chinese : english, value.c_str());
    };
    line("Ledger", "账本",
         found.log_origin.text() + (chinese ? "，事件数：" : ", events: ") + std::to_string(found.kept.size.value));
    line("Present key", "现有密钥", "SHA-256 " + rotating.present_key());
    if (found.stage == Stage::due) line("Next key", "下一把密钥", "SHA-256 " + rotating.next_key());
    line("Opens", "将开启", found.opens.text());
}

void conclude(const Invocation& run, const std::optional<snapshot::Recovered>& done, Stage found) {
    if (found == Stage::done) {
        run.say("The ledger goes on under this key already; nothing was changed. Start the server.",
                "账本已由该密钥接续，未作任何改动。请启动服务器。");
    } else if (!done) {
        run.say("Nothing was changed (--dry-run).", "未作任何改动（--dry-run）。");
    } else {
        run.say("The ledger goes on as " + done->origin.text() +
                    ", under the next key. Start the server. The key before is still on the token; once the server "
                    "has served, destroy it: `actledger hsm rotate --destroy-old`.",
                "账本以 " + done->origin.text() +
                    " 继续，由下一把密钥签名。请启动服务器。原密钥仍在令牌中；服务器正常服务后，请将其销毁："
                    "`actledger hsm rotate --destroy-old`。");
        if (done->second_failing) {
            run.say("Note: the anchor folder could not be written; the server tries again.",
                    "注意：锚目录未能写入；服务器会再次尝试。");
        }
    }
}

Result<void> hand_over(const Invocation& run, const config::Config& config, const Options& options) {
    ACTLEDGER_TRY(const ledger::Certificate certificate, read_certificate(options.certificate));
    ACTLEDGER_TRY(const hsm::Options token, node::present_token_options(config));
    ACTLEDGER_TRY(const hsm::PinSource pin,
                  options.dry_run ? pin_from_person(config, run.language()) : proven_pin(run, token));
    ACTLEDGER_CHECK(check_sound(run, config.ledger.folder));
    ACTLEDGER_TRY(const auto rotating, node::Rotating::open(config, pin, certificate));
    const Stage found = rotating->found().stage;
    std::optional<snapshot::Recovered> done;
    if (!run.json && found != Stage::done) print_report(run, *rotating);
    if (!options.dry_run && found != Stage::done) {
        ACTLEDGER_CHECK(
            confirm_by_server_id(run, rotating->found().log_origin.server_id,
                                 "From here on the next key signs, and the present one is given up: this cannot be "
                                 "undone. If that is what you want, type the server id ",
                                 "此后由下一把密钥签名，现有密钥不再使用，此操作不可撤销。如确认，请输入服务器标识 "));
        ACTLEDGER_TRY(done, rotating->run());
    }
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(report_json(*rotating, done)).c_str());
        return {};
    }
    conclude(run, done, found);
    return {};
}

Result<void> destroy(const Invocation& run, const config::Config& config) {
    ACTLEDGER_TRY(const hsm::Options token, node::present_token_options(config));
    ACTLEDGER_TRY(const hsm::PinSource pin, proven_pin(run, token));
    ACTLEDGER_CHECK(check_sound(run, config.ledger.folder));
    std::string server_id;
    {
        ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
        ACTLEDGER_TRY(const node::Facts facts, node::read_facts(*log));
        server_id = facts.origin.server_id;
    }
    ACTLEDGER_CHECK(
        confirm_by_server_id(run, server_id,
                             "The keys that were replaced are destroyed on the card, for ever; the present one stays. "
                             "If that is what you want, type the server id ",
                             "已被替换的密钥将从加密卡中永久销毁，现有密钥保留。如确认，请输入服务器标识 "));
    ACTLEDGER_TRY(const std::size_t destroyed, node::destroy_replaced(config, pin));
    if (destroyed == 0) {
        run.say("The token holds no key that was replaced; nothing was changed.",
                "令牌中没有已被替换的密钥，未作任何改动。");
    } else {
        run.say("Destroyed on the token: keys that were replaced, " + std::to_string(destroyed) +
                    ". What they signed stays good. Start the server.",
                "已从令牌中销毁被替换的密钥，数量：" + std::to_string(destroyed) +
                    "。它们签过的内容仍然有效。请启动服务器。");
    }
    return {};
}

Result<void> rotate(const Invocation& run, const Options& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    ACTLEDGER_CHECK(check_stopped(run, config));
    if (!options.request.empty()) return make_request(run, config, options);
    if (!options.certificate.empty()) return hand_over(run, config, options);
    return destroy(run, config);
}

}  // namespace

void add_hsm_rotate_command(CLI::App& hsm, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command = hsm.add_subcommand(
        "rotate",
        "Replace the ledger's key while it is there: make the next one and ask the vendor for its certificate "
        "(--request), hand over to it (--certificate), and destroy the one before (--destroy-old). The server is "
        "stopped meanwhile; no licence is issued again");
    auto* request = command->add_option("--request", options->request,
                                        "Make the next key on the token, and write the request to this file");
    auto* certificate =
        command->add_option("--certificate", options->certificate, "The vendor's answer: the next key's certificate");
    auto* destroy_old =
        command->add_flag("--destroy-old", options->destroy_old, "Destroy the keys on the token that have handed over");
    request->excludes(certificate)->excludes(destroy_old);
    certificate->excludes(destroy_old);
    command->add_flag("--dry-run", options->dry_run, "Only say what would be done; change nothing")->needs(certificate);
    command->callback([&run, options, command] {
        if (options->request.empty() && options->certificate.empty() && !options->destroy_old) {
            throw CLI::RequiredError(command->get_name() + ": --request FILE, --certificate FILE or --destroy-old");
        }
        if (const auto done = rotate(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
