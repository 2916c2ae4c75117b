#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/invocation.hpp"

namespace cli {

void add_enrolment_commands(CLI::App& app, Invocation& run) {
    auto* enrolment = app.add_subcommand("enrolment", "Enrolment keys: what a pool's desktops activate with");
    enrolment->require_subcommand(1);

    struct Create {
        std::string pool;
        std::string expires_at;
        bool key_only = false;
    };
    auto create = std::make_shared<Create>();
    auto* create_command =
        enrolment->add_subcommand("create", "Make a key for a pool. It is shown once and never stored");
    create_command->add_option("--pool", create->pool, "The pool's name, for people")->required();
    create_command->add_option("--expires-at", create->expires_at,
                               "Last moment, like 2027-01-31T00:00:00Z; else never");
    create_command->add_flag("--key-only", create->key_only, "Print the key and nothing else");
    create_command->callback([&run, create] {
        boost::json::object body{{"pool", create->pool}};
        if (!create->expires_at.empty()) body["expires_at"] = create->expires_at;
        run.ask({"POST", "/v1/admin/enrolment-keys", boost::json::serialize(body)}, [&](const auto& answer) {
            if (create->key_only) {
                std::printf("%s\n", show(answer, "key").c_str());
                return;
            }
            std::printf("id:  %s\nkey: %s\n", show(answer, "id").c_str(), show(answer, "key").c_str());
            run.say("Keep the key now: it is not stored and cannot be shown again.",
                    "请立即保存该密钥：它不会被存储，无法再次显示。");
        });
    });

    enrolment->add_subcommand("list", "List the keys (without their text)")->callback([&run] {
        run.ask({"GET", "/v1/admin/enrolment-keys", {}}, [&](const auto& answer) {
            const auto* keys = answer.if_contains("enrolment_keys");
            if (keys == nullptr || !keys->is_array()) return;
            std::printf("%-34s %-24s %-10s %s\n", "id", "pool", "state", "expires");
            for (const auto& key : keys->get_array()) {
                const auto& row = key.as_object();
                std::printf("%-34s %-24s %-10s %s\n", show(row, "id").c_str(), show(row, "pool").c_str(),
                            show(row, "state").c_str(), show(row, "expires_at").c_str());
            }
        });
    });

    auto id = std::make_shared<std::string>();
    auto* revoke = enrolment->add_subcommand("revoke", "Make a key useless for new activations; seats stay");
    revoke->add_option("id", *id, "The key's id, as listed")->required();
    revoke->callback([&run, id] {
        run.ask({"DELETE", "/v1/admin/enrolment-keys/" + path_segment(*id), {}},
                [&](const auto&) { run.say("The key is revoked.", "该登记密钥已撤销。"); });
    });
}

}  // namespace cli
