#include "tools/cli/authority.hpp"

#include <boost/json/serialize.hpp>

#include "hsm/check.hpp"
#include "hsm/errc.hpp"
#include "tools/cli/errc.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {

ledger::Result<void> prove_authority(Invocation& run, std::string_view sentence) {
    ACTLEDGER_TRY(const config::Config config, run.load_config());
    ACTLEDGER_TRY(const hsm::Options options, node::present_token_options(config));
    const bool chinese = run.language() == ledger::Language::chinese;
    auto pin = hsm::PinSource::prompt(chinese ? "加密卡的 PIN：" : "The HSM's PIN: ").read();
    if (!pin && pin.error().code == hsm::errc::not_a_terminal) return ledger::Error{errc::person_needed};
    if (!pin) return pin.error();
    ACTLEDGER_CHECK(hsm::prove_pin(options, *std::move(pin)));
    if (!terminal::confirm_typed((chinese ? "请输入：" : "Type: ") + std::string(sentence) + "\n> ", sentence)) {
        return ledger::Error{terminal::errc::not_confirmed};
    }
    return {};
}

std::string with_authority(boost::json::object members) {
    members["authority"] = proven_authority;
    return boost::json::serialize(members);
}

}  // namespace cli
