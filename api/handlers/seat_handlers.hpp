#pragma once
// api/handlers/seat_handlers.hpp: what desktops ask: activate, look up, fetch the file, renew, release.
// Bodies and answers: api/openapi.json. Each is called on any io thread.

#include "api/credentials.hpp"
#include "api/server/io_thread.hpp"
#include "api/services.hpp"

namespace api {

/// POST /v1/activations: 201 for a new seat, 200 for the seat that the device has already. With the file of a seat that
/// a loss took, proven by the device key that it names: that seat again.
class ActivateSeatHandler {
 public:
    ActivateSeatHandler(LedgerServices& services, ChallengeBook& challenges)
        : services_(services), challenges_(challenges) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
    ChallengeBook& challenges_;
};

/// GET /v1/activations/{id}
class FindSeatHandler {
 public:
    explicit FindSeatHandler(LedgerServices& services) : services_(services) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
};

/// GET /v1/activations/{id}/file: the newest file of the seat, byte-identical for ever.
class SeatFileHandler {
 public:
    explicit SeatFileHandler(LedgerServices& services) : services_(services) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
};

/// POST /v1/activations/{id}/renewals: proven by the device key, or by the pool's key with components that match.
class RenewSeatHandler {
 public:
    RenewSeatHandler(LedgerServices& services, ChallengeBook& challenges)
        : services_(services), challenges_(challenges) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
    ChallengeBook& challenges_;
};

/// DELETE /v1/activations/{id}: proven by the device key. Repeating it is a success.
class ReleaseSeatHandler {
 public:
    ReleaseSeatHandler(LedgerServices& services, ChallengeBook& challenges)
        : services_(services), challenges_(challenges) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
    ChallengeBook& challenges_;
};

}  // namespace api
