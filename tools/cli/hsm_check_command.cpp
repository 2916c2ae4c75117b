#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "hsm/driver_witness.hpp"
#include "hsm/errc.hpp"
#include "tools/cli/invocation.hpp"
#include "tools/cli/pin_prompt.hpp"
#include "tools/node/anchored_key.hpp"
#include "tools/node/ledger_creation.hpp"

namespace cli {
namespace {

using ledger::Result;

struct Options {
    std::filesystem::path before;
    std::filesystem::path after;
    std::string module;
    std::string uri;
};

const char* name_of(hsm::CheckStep::Outcome outcome) {
    switch (outcome) {
        case hsm::CheckStep::Outcome::passed:
            return "ok  ";
        case hsm::CheckStep::Outcome::warning:
            return "WARN";
        case hsm::CheckStep::Outcome::failed:
            return "FAIL";
        case hsm::CheckStep::Outcome::skipped:
            return "–   ";
    }
    return "?";
}

void print_report(Invocation& run, const hsm::CheckReport& report) {
    for (const auto& step : report.steps) {
        std::printf("%s %-10s %s\n", name_of(step.outcome), step.name.c_str(), step.detail.c_str());
        if (!step.error) continue;
        std::printf("     %s\n     %s\n", step.error->sentence(run.language()).c_str(),
                    step.error->remedy(run.language()).c_str());
        if (step.outcome == hsm::CheckStep::Outcome::failed) {
            run.exit_code = static_cast<int>(terminal::exit_of(*step.error));
        }
    }
}

Result<std::optional<hsm::DriverWitness>> read_witness(const Options& options) {
    if (options.after.empty()) return std::optional<hsm::DriverWitness>();
    ACTLEDGER_TRY(const std::string text, read_file(options.after, hsm::driver_witness_bytes_max));
    ACTLEDGER_TRY(hsm::DriverWitness witness, hsm::DriverWitness::parse(text));
    return std::optional(std::move(witness));
}

/// A string in TOML (basic string).
std::string toml(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

void say_same(const Invocation& run, const Options& options, const hsm::DriverWitness& before,
              const hsm::CheckReport& after) {
    run.say("The same key signs through this driver, and the anchor goes on from the one before.",
            "通过该驱动签名的是同一把密钥，锚点也与之前一致。");
    if (after.module == before.module && options.uri.empty()) {
        run.say("The driver's file is the same as before: nothing has to be changed in the configuration.",
                "驱动文件与之前相同：配置无需改动。");
        return;
    }
    if (options.module.empty() && options.uri.empty()) {
        run.say("The configuration names this driver already.", "配置中已经是该驱动。");
        return;
    }
    run.say("Put this into the configuration, and restart the server:", "请将以下内容写入配置，并重启服务器：");
    std::printf("[hsm]\n");
    if (!options.module.empty()) std::printf("module = %s\n", toml(options.module).c_str());
    if (!options.uri.empty()) std::printf("uri = %s\n", toml(options.uri).c_str());
}

/// Whether a ledger that can be read says which key is meant. Found out in a child: a damaged page ends the process
/// that follows it (ADR 25), and the HSM is to be checked all the same.
bool ledger_names_key(const config::Config& config, const hsm::PinSource& pin) {
    const pid_t child = ::fork();
    if (child == 0) {
        const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (nowhere >= 0) ::dup2(nowhere, STDERR_FILENO);
        const auto settings = node::present_token_options(config, pin);
        ::_exit(settings && settings->public_key ? 0 : 1);
    }
    int status = 0;
    while (child > 0 && ::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return false;
    }
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Which key is checked.
struct Meant {
    hsm::Options settings;
    hsm::KeysByAnchors keys;
};

/// The key has to be the ledger's, if one is there: one that took over is under the label of its epoch. Where none can
/// be read the anchors say which it is. Where a witness says it, whatever key there is gets checked.
Result<Meant> settings_for(const config::Config& config, const hsm::PinSource& pin,
                           const std::optional<hsm::DriverWitness>& before) {
    if (ledger_names_key(config, pin)) {
        ACTLEDGER_TRY(auto settings, node::present_token_options(config, pin));
        if (before) settings.public_key.reset();
        return Meant{std::move(settings), {}};
    }
    ACTLEDGER_TRY(auto settings, node::token_options(config, pin));
    std::vector<ledger::Bytes> in_folder;
    // A folder that is away is the server's to complain of: what the token says is checked all the same.
    if (auto read = node::read_anchor_folder(config)) in_folder = *std::move(read);
    return Meant{std::move(settings), [in_folder](std::span<const ledger::Bytes> on_token) {
                     return node::keys_by_anchors(ledger::default_suite(), on_token, in_folder);
                 }};
}

Result<void> check(Invocation& run, const Options& options) {
    ACTLEDGER_TRY(config::Config config, run.load_config());
    if (!options.module.empty()) config.hsm.module = options.module;
    if (!options.uri.empty()) config.hsm.uri = options.uri;
    ACTLEDGER_TRY(const auto before, read_witness(options));
    if (!options.before.empty()) ACTLEDGER_CHECK(check_place(options.before, hsm::driver_witness_first_line));
    ACTLEDGER_TRY(const hsm::PinSource pin, pin_from_person(config, run.language()));
    ACTLEDGER_TRY(const Meant meant, settings_for(config, pin, before));
    const hsm::CheckReport report = hsm::check(meant.settings, config.ledger.folder,
                                               before ? std::optional(before->nonce) : std::nullopt, meant.keys);
    print_report(run, report);
    if (!report.passed()) return {};
    if (before) {
        ACTLEDGER_CHECK(hsm::check_same(*before, report));
        say_same(run, options, *before, report);
        return {};
    }
    run.say("The HSM is well: its key signs, and the signature verifies.",
            "加密卡正常：密钥能够签名，且签名验证通过。");
    if (options.before.empty()) return {};
    ACTLEDGER_CHECK(write_file(options.before, hsm::DriverWitness::of(report).text()));
    run.say("What must be the same afterwards is written to " + options.before.string() +
                ". Replace the driver, then run: actledger hsm check --after " + options.before.string(),
            "更换后必须保持不变的内容已写入 " + options.before.string() +
                "。请更换驱动，然后运行：actledger hsm check --after " + options.before.string());
    return {};
}

}  // namespace

void add_hsm_check_command(CLI::App& hsm, Invocation& run) {
    auto options = std::make_shared<Options>();
    auto* command =
        hsm.add_subcommand("check", "Prove that the key signs through this module, here and now; changes nothing");
    auto* before = command->add_option("--before", options->before,
                                       "A driver is about to be replaced: write to this file what must stay the same");
    command
        ->add_option("--after", options->after,
                     "The driver was replaced: prove that the key is the one in this file, and say what to configure")
        ->excludes(before);
    command->add_option("--module", options->module, "Check through this driver [hsm.module]");
    command->add_option("--uri", options->uri, "Check the token that this names [hsm.uri]");
    command->callback([&run, options] {
        if (const auto done = check(run, *options); !done) run.fail(done.error());
    });
}

}  // namespace cli
