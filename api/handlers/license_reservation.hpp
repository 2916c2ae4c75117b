#pragma once
// api/handlers/license_reservation.hpp: a licence that was imported is answered once the HSM's anchor has reserved its
// first seats, so that the next activation finds one. ADR: docs/adr/0010-anchor-and-reservations.md.

#include "api/server/io_thread.hpp"
#include "api/services.hpp"

namespace api {

/// Longer than a slow card needs to write its anchor; shorter than the command line waits for an answer.
constexpr std::chrono::seconds reservation_within{20};

/// Suspends until a seat of the licence can be given, or none ever will (it is full, superseded or revoked).
/// @return commands::errc::seats_not_reserved after reservation_within: the licence is in the ledger all the same, and
///         importing it again waits again.
[[nodiscard]] Awaitable<ledger::Result<void>> wait_for_reservation(LedgerServices& services, IoThread& io,
                                                                   std::string license_id);

}  // namespace api
