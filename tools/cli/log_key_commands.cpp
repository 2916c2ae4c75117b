#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/invocation.hpp"

namespace cli {

void add_log_key_commands(CLI::App& app, Invocation& run) {
    auto* log_key = app.add_subcommand("log-key", "Log keys: with what somebody reads the log under /log/");
    log_key->require_subcommand(1);

    struct Create {
        std::string reader;
        std::string expires_at;
        bool key_only = false;
    };
    auto create = std::make_shared<Create>();
    auto* create_command =
        log_key->add_subcommand("create", "Make a key for a reader. It is shown once and never stored");
    create_command->add_option("--reader", create->reader, "Who will read with it, for people")->required();
    create_command->add_option("--expires-at", create->expires_at,
                               "Last moment, like 2027-01-31T00:00:00Z; else never");
    create_command->add_flag("--key-only", create->key_only, "Print the key and nothing else");
    create_command->callback([&run, create] {
        boost::json::object body{{"reader", create->reader}};
        if (!create->expires_at.empty()) body["expires_at"] = create->expires_at;
        run.ask({"POST", "/v1/admin/log-keys", boost::json::serialize(body)}, [&](const auto& answer) {
            if (create->key_only) {
                std::printf("%s\n", show(answer, "key").c_str());
                return;
            }
            std::printf("id:  %s\nkey: %s\n", show(answer, "id").c_str(), show(answer, "key").c_str());
            run.say("Keep the key now: it is not stored and cannot be shown again.",
                    "请立即保存该密钥：它不会被存储，无法再次显示。");
        });
    });

    log_key->add_subcommand("list", "List the keys (without their text)")->callback([&run] {
        run.ask({"GET", "/v1/admin/log-keys", {}}, [&](const auto& answer) {
            const auto* keys = answer.if_contains("log_keys");
            if (keys == nullptr || !keys->is_array()) return;
            std::printf("%-34s %-24s %-10s %s\n", "id", "reader", "state", "expires");
            for (const auto& key : keys->get_array()) {
                const auto& row = key.as_object();
                std::printf("%-34s %-24s %-10s %s\n", show(row, "id").c_str(), show(row, "reader").c_str(),
                            show(row, "state").c_str(), show(row, "expires_at").c_str());
            }
        });
    });

    auto id = std::make_shared<std::string>();
    auto* revoke = log_key->add_subcommand("revoke", "Make a key useless from now on");
    revoke->add_option("id", *id, "The key's id, as listed")->required();
    revoke->callback([&run, id] {
        run.ask({"DELETE", "/v1/admin/log-keys/" + path_segment(*id), {}},
                [&](const auto&) { run.say("The log key is revoked.", "该日志读取密钥已撤销。"); });
    });
}

}  // namespace cli
