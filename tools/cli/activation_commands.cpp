#include <boost/json/serialize.hpp>
#include <cstdio>

#include "tools/cli/invocation.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {
namespace {

void print_row(const boost::json::object& row) {
    const auto* lease = row.if_contains("lease");
    const std::string ends = lease != nullptr && lease->is_object() ? show(lease->get_object(), "ends_at") : "–";
    std::printf("%-27s %10s  %-24s %-24s %s\n", show(row, "id").c_str(), show(row, "index").c_str(),
                show(row, "product").c_str(), show(row, "license_id").c_str(), ends.c_str());
}

/// Follows the cursors, so that the list is whole.
void list(Invocation& run) {
    const auto admin = run.open_admin();
    if (!admin) return run.fail(admin.error());
    if (!run.json) std::printf("%-27s %10s  %-24s %-24s %s\n", "id", "index", "product", "licence", "lease ends");
    std::string target = "/v1/admin/activations?limit=500";
    while (!target.empty()) {
        const auto answer = (*admin)->send({"GET", target, {}});
        if (!answer) return run.fail(answer.error());
        if (answer->status >= 300) {
            run.exit_code = report_problem(*answer);
            return;
        }
        const auto& page = answer->body.as_object();
        for (const auto& row : page.at("activations").as_array()) {
            if (run.json)
                std::printf("%s\n", boost::json::serialize(row).c_str());
            else
                print_row(row.as_object());
        }
        const auto* next = page.if_contains("next_cursor");
        target = next != nullptr && next->is_string()
                     ? "/v1/admin/activations?limit=500&cursor=" + std::string(next->get_string())
                     : "";
    }
}

}  // namespace

void add_activation_commands(CLI::App& app, Invocation& run) {
    auto* activation = app.add_subcommand("activation", "Activations: which seats are held, and giving one back");
    activation->require_subcommand(1);
    activation->add_subcommand("list", "List all seats that are held")->callback([&run] { list(run); });

    struct Release {
        std::string id;
        bool yes = false;
    };
    auto options = std::make_shared<Release>();
    auto* release = activation->add_subcommand("release", "Give the seat of a lost desktop back");
    release->add_option("id", options->id, "The activation's id")->required();
    release->add_flag("--yes", options->yes, "Do not ask");
    release->callback([&run, options] {
        const auto question = run.language() == ledger::Language::chinese
                                  ? "该桌面将失去席位。请输入激活编号确认："
                                  : "The desktop loses its seat. Type the id to confirm: ";
        if (!options->yes && !terminal::confirm_typed(question, options->id)) {
            return run.fail(ledger::Error{terminal::errc::not_confirmed});
        }
        run.ask({"DELETE", "/v1/admin/activations/" + path_segment(options->id), {}},
                [&](const auto&) { run.say("The seat is free again.", "席位已释放。"); });
    });
}

}  // namespace cli
