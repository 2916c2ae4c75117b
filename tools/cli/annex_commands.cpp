#include <boost/json/serialize.hpp>

#include "tools/cli/invocation.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {

void add_annex_commands(CLI::App& app, Invocation& run) {
    auto* annex = app.add_subcommand("annex", "Personal data, which stands apart from the events and can be erased");
    annex->require_subcommand(1);

    struct Erase {
        std::uint64_t sequence = 0;
        std::string field;
    };
    auto options = std::make_shared<Erase>();
    auto* erase = annex->add_subcommand("erase", "Erase one value for ever; asks for a typed confirmation");
    erase->add_option("sequence", options->sequence, "Sequence number of the event that the value belongs to")
        ->required();
    erase->add_option("field", options->field, "device_name, device_address or operator_name")->required();
    erase->callback([&run, options] {
        const std::string sentence = "erase " + options->field + " of event " + std::to_string(options->sequence);
        const bool chinese = run.language() == ledger::Language::chinese;
        const std::string question =
            (chinese ? "该值将被永久删除，无法恢复。请输入：" : "The value is gone for ever then. Type: ") + sentence +
            "\n> ";
        if (!terminal::confirm_typed(question, sentence)) return run.fail(ledger::Error{terminal::errc::not_confirmed});
        const boost::json::object body{{"sequence_number", options->sequence}, {"field", options->field}};
        run.ask({"POST", "/v1/admin/annex/erasures", boost::json::serialize(body)}, [&](const auto&) {
            run.say("The value is erased; the event that says so is in the ledger.",
                    "该值已删除，并已在账本中留下记录。");
        });
    });
}

}  // namespace cli
