#pragma once
// api/commands/enrolment.hpp: who may take a seat: a desktop with a key of its pool or, if it is turned on, any.

#include <optional>

#include "api/commands/context.hpp"

namespace api::commands {

/// The actor that the event will name. A key that is shown must be good, also while enrolment is open.
/// @param key_digest  access_key_digest of what the desktop showed; nothing: it showed none.
/// @return errc::enrolment_key_invalid, enrolment_closed
[[nodiscard]] ledger::Result<ledger::Actor> admit(const std::optional<ledger::Digest>& key_digest,
                                                  const Context& context);

}  // namespace api::commands
