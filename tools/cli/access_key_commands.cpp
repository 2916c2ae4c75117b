#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/invocation.hpp"

namespace cli {
namespace {

/// One kind of key in the words of its commands.
struct Words {
    std::string command;
    std::string about;
    std::string create_help;
    std::string revoke_help;
    std::string holder;  ///< The option, and the member in JSON.
    std::string holder_help;
    std::string list;  ///< The member in JSON.
    std::string path;
    std::string_view revoked_english;
    std::string_view revoked_chinese;
};

void add_create_command(CLI::App& group, Invocation& run, const Words& words) {
    struct Create {
        std::string holder;
        std::string expires_at;
        bool key_only = false;
    };
    auto create = std::make_shared<Create>();
    auto* command = group.add_subcommand("create", words.create_help);
    command->add_option("--" + words.holder, create->holder, words.holder_help)->required();
    auto* const expires =
        command->add_option("--expires-at", create->expires_at, "Last moment, like 2027-01-31T00:00:00Z; else never");
    command->add_flag("--key-only", create->key_only, "Print the key and nothing else");
    command->callback([&run, create, expires, words] {
        boost::json::object body{{words.holder, create->holder}};
        // An empty one, as of a variable that is not set, is refused: it must not mean for ever.
        if (expires->count() > 0) body["expires_at"] = create->expires_at;
        run.ask({"POST", words.path, boost::json::serialize(body)}, [&](const auto& answer) {
            if (create->key_only) {
                std::printf("%s\n", show(answer, "key").c_str());
                return;
            }
            std::printf("id:  %s\nkey: %s\n", show(answer, "id").c_str(), show(answer, "key").c_str());
            run.say("Keep the key now: it is not stored and cannot be shown again.",
                    "请立即保存该密钥：它不会被存储，无法再次显示。");
        });
    });
}

void add_list_command(CLI::App& group, Invocation& run, const Words& words) {
    group.add_subcommand("list", "List the keys (without their text)")->callback([&run, words] {
        run.ask({"GET", words.path, {}}, [&](const auto& answer) {
            const auto* keys = answer.if_contains(words.list);
            if (keys == nullptr || !keys->is_array()) return;
            std::printf("%-34s %-24s %-10s %s\n", "id", words.holder.c_str(), "state", "expires");
            for (const auto& key : keys->get_array()) {
                const auto& row = key.as_object();
                std::printf("%-34s %-24s %-10s %s\n", show(row, "id").c_str(), show(row, words.holder).c_str(),
                            show(row, "state").c_str(), show(row, "expires_at").c_str());
            }
        });
    });
}

void add_revoke_command(CLI::App& group, Invocation& run, const Words& words) {
    auto id = std::make_shared<std::string>();
    auto* command = group.add_subcommand("revoke", words.revoke_help);
    command->add_option("id", *id, "The key's id, as listed")->required()->check([](const std::string& given) {
        return given.empty() ? std::string("it is empty") : std::string();
    });
    command->callback([&run, id, words] {
        run.ask({"DELETE", words.path + "/" + path_segment(*id), {}},
                [&](const auto&) { run.say(words.revoked_english, words.revoked_chinese); });
    });
}

void add_key_commands(CLI::App& app, Invocation& run, const Words& words) {
    auto* group = app.add_subcommand(words.command, words.about);
    group->require_subcommand(1);
    add_create_command(*group, run, words);
    add_list_command(*group, run, words);
    add_revoke_command(*group, run, words);
}

}  // namespace

void add_enrolment_commands(CLI::App& app, Invocation& run) {
    add_key_commands(app, run,
                     {.command = "enrolment",
                      .about = "Enrolment keys: what a pool's desktops activate with",
                      .create_help = "Make a key for a pool. It is shown once and never stored",
                      .revoke_help = "Make a key useless for new activations; seats stay",
                      .holder = "pool",
                      .holder_help = "The pool's name, for people",
                      .list = "enrolment_keys",
                      .path = "/v1/admin/enrolment-keys",
                      .revoked_english = "The key is revoked.",
                      .revoked_chinese = "该登记密钥已撤销。"});
}

void add_log_key_commands(CLI::App& app, Invocation& run) {
    add_key_commands(app, run,
                     {.command = "log-key",
                      .about = "Log keys: with what somebody reads the log under /log/",
                      .create_help = "Make a key for a reader. It is shown once and never stored",
                      .revoke_help = "Make a key useless from now on",
                      .holder = "reader",
                      .holder_help = "Who will read with it, for people",
                      .list = "log_keys",
                      .path = "/v1/admin/log-keys",
                      .revoked_english = "The log key is revoked.",
                      .revoked_chinese = "该日志读取密钥已撤销。"});
}

}  // namespace cli
