#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/invocation.hpp"

namespace cli {

void add_setting_commands(CLI::App& app, Invocation& run) {
    auto* setting = app.add_subcommand("setting", "Settings that stand in the ledger, such as open_enrolment");
    setting->require_subcommand(1);

    auto name = std::make_shared<std::string>();
    auto value = std::make_shared<std::string>();
    auto* get = setting->add_subcommand("get", "Show a setting");
    get->add_option("name", *name, "Its name")->required();
    get->callback([&run, name] {
        run.ask({"GET", "/v1/admin/settings/" + path_segment(*name), {}},
                [](const auto& answer) { std::printf("%s\n", show(answer, "value").c_str()); });
    });

    auto* set = setting->add_subcommand("set", "Change a setting; the change is an event");
    set->add_option("name", *name, "Its name")->required();
    set->add_option("value", *value, "Its value, in JSON: true, false, 5, \"text\"")->required();
    set->callback([&run, name, value] {
        boost::system::error_code malformed;
        auto parsed = boost::json::parse(*value, malformed);
        if (malformed) parsed = boost::json::string(*value);
        run.ask({"PUT", "/v1/admin/settings/" + path_segment(*name),
                 boost::json::serialize(boost::json::object{{"value", parsed}})},
                [&](const auto&) { run.say("The setting is in the ledger.", "设置已记入账本。"); });
    });
}

}  // namespace cli
