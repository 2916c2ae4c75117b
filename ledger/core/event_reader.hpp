#pragma once
// ledger/core/event_reader.hpp: the generated readers' view of an event to plain values. Lengths that the values cannot
// hold are refused here; everything else is judged by event_rules.hpp and by the codec.

#include <capnp/list.h>

#include "ledger/core/event.hpp"
#include "ledger/core/events.capnp.h"

namespace ledger {

/// Throws kj::Exception where the message is not well formed.
/// @return errc::malformed_event, errc::unknown_event_kind
[[nodiscard]] Result<Event> read_event(wire::Event::Reader reader);

/// @return errc::malformed_annex for a salt that is not of 16 bytes, or fields out of order.
[[nodiscard]] Result<std::vector<AnnexValue>> read_annex_values(capnp::List<wire::AnnexValue>::Reader reader);

}  // namespace ledger
