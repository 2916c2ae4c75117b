#include "tools/cli/authority.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {

void add_time_commands(CLI::App& app, Invocation& run) {
    auto* time =
        app.add_subcommand("time", "Ledger time in doubt: confirm the wall clock, or undo a wrong confirmation");
    time->require_subcommand(1);

    auto* confirm = time->add_subcommand("confirm", "Say that this machine's clock is right now");
    confirm->callback([&run] {
        const auto question = run.language() == ledger::Language::chinese
                                  ? "本机时钟正确吗？请先查看 `date -u`，然后输入 right："
                                  : "Is this machine's clock right? Look at `date -u`, then type right: ";
        if (!terminal::confirm_typed(question, "right")) {
            return run.fail(ledger::Error{terminal::errc::not_confirmed});
        }
        run.ask({"POST", "/v1/admin/time/confirmation", {}}, [&](const auto&) {
            run.say("Ledger time is confirmed. `actledger status` shows the confirmation and its number.",
                    "账本时间已确认。该次确认及其编号可用 `actledger status` 查看。");
        });
    });

    auto sequence = std::make_shared<std::uint64_t>(0);
    auto* undo = time->add_subcommand("undo", "Undo a wrong confirmation; asks for the HSM's PIN and a typed sentence");
    undo->add_option("sequence", *sequence, "Sequence number of the TimeConfirmed event")->required();
    undo->callback([&run, sequence] {
        const std::string sentence = "undo confirmation " + std::to_string(*sequence);
        if (const auto proven = prove_authority(run, sentence); !proven) return run.fail(proven.error());
        run.ask({"DELETE", "/v1/admin/time/confirmation/" + std::to_string(*sequence),
                 R"({"authority":")" + std::string(proven_authority) + R"("})"},
                [&](const auto&) { run.say("The confirmation is undone.", "该次确认已撤销。"); });
    });
}

}  // namespace cli
