#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "tools/cli/errc.hpp"
#include "tools/cli/invocation.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/service_account.hpp"

namespace cli {
namespace {

constexpr std::chrono::seconds retry_patience{5};
constexpr std::chrono::milliseconds look_again{200};

struct InitOptions {
    std::filesystem::path root;
    std::filesystem::path so_pin_file;
};

/// Nothing that was there says who will serve this.
void tell_whose_it_is(const Invocation& run, const config::Config& config, const node::Creation& creation) {
    std::vector<std::string> made{"chown", "-R", run.language() == ledger::Language::chinese ? "账户" : "ACCOUNT",
                                  config.ledger.folder.string()};
    if (!config.hsm.anchor_folder.empty()) made.push_back(config.hsm.anchor_folder.string());
    if (creation.hsm.files) made.push_back(creation.hsm.files->string());
    const std::string line = node::shell_line(made);
    run.say(
        "Note: made as root, for a service that runs as root. If it has an account of its own, give it what was made "
        "before it is started: " +
            line,
        "注意：以上内容以 root 建立，供以 root 运行的服务使用。如果服务有自己的账户，请在启动之前将其交给该账户：" +
            line);
}

void report_creation(const Invocation& run, const config::Config& config, const node::Creation& creation) {
    std::printf("%s %s\n", run.language() == ledger::Language::chinese ? "服务器标识：" : "server id:",
                creation.server_id.c_str());
    if (creation.hsm.made_token) run.say("The token was initialised.", "令牌已初始化。");
    if (creation.hsm.made_key)
        run.say("A key was generated in it; it cannot leave it.", "已在令牌中生成密钥，密钥不可导出。");
    if (creation.made_ledger) {
        run.say("The ledger was made; event 0 pins the vendor's root.", "账本已建立；第 0 号事件固定了厂商根证书。");
    } else {
        run.say("The ledger was there already; nothing was changed.", "账本已经存在，未作任何改动。");
    }
    if (creation.same_disk) {
        run.say(
            "Note: this token keeps its files on the ledger's own disk. It is lost with that disk, and proves nothing "
            "about a rollback. Set hsm.anchor_folder to a folder on another disk.",
            "注意：该令牌的文件与账本在同一块磁盘上，会随磁盘一起丢失，也不能证明账本未被回退。"
            "请将 hsm.anchor_folder 设为另一块磁盘上的目录。");
    }
    if (creation.made_ledger && ::geteuid() == 0) tell_whose_it_is(run, config, creation);
}

ledger::Result<void> init(Invocation& run, const InitOptions& options) {
    ACTLEDGER_TRY(const config::Config config, run.load_config_to_write());
    ACTLEDGER_TRY(const ledger::Certificate root, read_certificate(options.root));
    const auto so_pin = options.so_pin_file.empty() ? hsm::PinSource::prompt(run.language() == ledger::Language::chinese
                                                                                 ? "安全官 PIN："
                                                                                 : "Security officer's PIN: ")
                                                    : hsm::PinSource::file(options.so_pin_file);
    ACTLEDGER_TRY(const hsm::PinSource pin, pin_from_person(config, run.language(), PinAsked::twice));
    ACTLEDGER_TRY(const node::Creation creation, node::create_ledger(config, root, so_pin, pin));
    report_creation(run, config, creation);
    return {};
}

/// What the status says is wrong with the HSM: it names the cause, where /readyz says only that there is one.
std::optional<AdminAnswer> hsm_trouble(AdminClient& server) {
    const auto status = server.send({"GET", "/v1/status", {}});
    const auto* const object = status ? status->body.if_object() : nullptr;
    const auto* const problems = object == nullptr ? nullptr : object->if_contains("problems");
    if (problems == nullptr || !problems->is_array()) return std::nullopt;
    for (const auto& problem : problems->get_array()) {
        if (problem.is_object() && show(problem.get_object(), "code").starts_with("hsm-")) {
            return AdminAnswer{status->status, problem};
        }
    }
    return std::nullopt;
}

/// Asks the running server to try again, and waits until it is known what came of it.
void retry(Invocation& run) {
    const auto config = run.load_config();
    if (!config) return run.fail(config.error());
    const auto server = connect_to_server(config->admin_socket(), run.language());
    if (server == nullptr) {
        return run.fail({errc::server_not_running, {}, {{"socket", config->admin_socket().string()}}});
    }
    const auto heard = server->send({"POST", "/v1/admin/hsm/retry", {}});
    if (!heard) return run.fail(heard.error());
    if (heard->status >= 300) {
        run.exit_code = report_problem(*heard);
        return;
    }
    const auto until = std::chrono::steady_clock::now() + retry_patience;
    ledger::Result<AdminAnswer> ready = server->send({"GET", "/readyz", {}});
    while (ready && ready->status >= 300 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(look_again);
        ready = server->send({"GET", "/readyz", {}});
    }
    if (!ready) return run.fail(ready.error());
    if (ready->status >= 300) {
        run.exit_code = report_problem(hsm_trouble(*server).value_or(*std::move(ready)));
    } else {
        run.say("The HSM is well again, and the server serves.", "加密卡已恢复，服务器正常服务。");
    }
}

}  // namespace

void add_hsm_commands(CLI::App& app, Invocation& run) {
    auto* hsm = app.add_subcommand("hsm", "The HSM: initialise, check, try again, rotate, replace, clear");
    hsm->require_subcommand(1);

    auto options = std::make_shared<InitOptions>();
    auto* init_command = hsm->add_subcommand(
        "init", "Make token, key, anchor and an empty ledger. Safe to repeat: what exists is left as it is");
    init_command
        ->add_option("--root", options->root, "The vendor's root certificate (PEM), pinned for the ledger's life")
        ->required();
    init_command->add_option(
        "--so-pin-file", options->so_pin_file,
        "File with the security officer's PIN, for a token that has to be initialised; else asked for");
    init_command->callback([&run, options] {
        if (const auto done = init(run, *options); !done) run.fail(done.error());
    });

    hsm->add_subcommand("retry",
                        "Tell the running server that PIN or card are right again; a refused PIN is tried anew")
        ->callback([&run] { retry(run); });
    add_hsm_check_command(*hsm, run);
    add_hsm_rotate_command(*hsm, run);
    add_hsm_replace_command(*hsm, run);
    add_hsm_clear_command(*hsm, run);
}

}  // namespace cli
