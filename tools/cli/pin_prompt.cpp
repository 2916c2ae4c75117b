#include "tools/cli/pin_prompt.hpp"

#include "hsm/errc.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/terminal/errc.hpp"

namespace cli {

ledger::Result<hsm::PinSource> pin_from_person(const config::Config& config, ledger::Language language,
                                               PinAsked asked) {
    ACTLEDGER_TRY(const hsm::Options configured, node::token_options(config));
    if (configured.pin.given()) return hsm::PinSource();
    const bool chinese = language == ledger::Language::chinese;
    auto pin = hsm::PinSource::prompt(chinese ? "加密卡的 PIN：" : "The HSM's PIN: ").read();
    if (!pin && pin.error().code == hsm::errc::not_a_terminal) return hsm::PinSource();
    if (!pin) return pin.error();
    if (asked == PinAsked::twice) {
        ACTLEDGER_TRY(const hsm::Pin again,
                      hsm::PinSource::prompt(chinese ? "请再次输入该 PIN：" : "The same PIN again: ").read());
        if (again.text() != pin->text()) return ledger::Error{terminal::errc::not_confirmed};
    }
    return hsm::PinSource::typed(*std::move(pin));
}

}  // namespace cli
