#include "api/commands/enrolment.hpp"

#include "api/commands/access_key_commands.hpp"

namespace api::commands {

ledger::Result<ledger::Actor> admit(const std::optional<ledger::Digest>& key_digest, const Context& context) {
    using ledger::Actor;
    if (!key_digest) {
        if (!context.state.settings().open_enrolment()) return ledger::Error{errc::enrolment_closed};
        return Actor{Actor::Kind::device, Actor::Authority::open_enrolment, {}};
    }
    const projections::AccessKey* key = context.state.enrolment_keys().find(*key_digest);
    if (key == nullptr || !is_usable(*key, context)) return ledger::Error{errc::enrolment_key_invalid};
    return Actor{Actor::Kind::device, Actor::Authority::enrolment_key, ledger::copy(key->id)};
}

}  // namespace api::commands
