#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/errc.hpp"
#include "tools/cli/invocation.hpp"

namespace cli {
namespace {

/// Prints nested objects as indented lines: what the server says, nothing left out.
void print_tree(const boost::json::object& object, int depth) {
    for (const auto& [name, value] : object) {
        const std::string key(name);
        if (value.is_object()) {
            std::printf("%*s%s:\n", depth * 2, "", key.c_str());
            print_tree(value.get_object(), depth + 1);
        } else if (value.is_array() && !value.get_array().empty() && value.get_array()[0].is_object()) {
            for (const auto& entry : value.get_array()) {
                std::printf("%*s%s:\n", depth * 2, "", key.c_str());
                print_tree(entry.as_object(), depth + 1);
            }
        } else {
            std::printf("%*s%s: %s\n", depth * 2, "", key.c_str(), show(object, name).c_str());
        }
    }
}

void show_status(Invocation& run, bool ready_only) {
    const auto config = run.load_config();
    if (!config) return run.fail(config.error());
    const auto server = connect_to_server(config->admin_socket(), run.language());
    if (server == nullptr) {
        return run.fail({errc::server_not_running, {}, {{"socket", config->admin_socket().string()}}});
    }
    const auto answer = server->send({"GET", ready_only ? "/readyz" : "/v1/status", {}});
    if (!answer) return run.fail(answer.error());
    if (answer->status >= 300) {
        run.exit_code = report_problem(*answer);
        if (run.exit_code == 0) run.exit_code = static_cast<int>(terminal::Exit::unavailable);
        return;
    }
    if (run.json) {
        std::printf("%s\n", boost::json::serialize(answer->body).c_str());
    } else if (ready_only) {
        run.say("ready", "就绪");
    } else if (answer->body.is_object()) {
        print_tree(answer->body.get_object(), 0);
    }
}

}  // namespace

void add_status_command(CLI::App& app, Invocation& run) {
    auto ready_only = std::make_shared<bool>(false);
    auto* status =
        app.add_subcommand("status", "What the running server says of itself: what is wrong, and since when");
    status->add_flag("--ready", *ready_only, "Only whether it serves; the exit code tells");
    status->callback([&run, ready_only] { show_status(run, *ready_only); });
}

}  // namespace cli
