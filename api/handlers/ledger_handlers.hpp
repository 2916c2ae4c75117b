#pragma once
// api/handlers/ledger_handlers.hpp: what anybody may ask of the ledger itself: its newest checkpoint, that two of them
// are consistent, and that the TLS certificate in use is recorded in it. Each is called on any io thread.

#include "api/request.hpp"
#include "api/server/io_thread.hpp"
#include "api/services.hpp"
#include "api/tls_record.hpp"

namespace api {

/// GET /v1/checkpoint: text of the newest released head.
class CheckpointHandler {
 public:
    explicit CheckpointHandler(LedgerServices& services) : services_(services) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
};

/// POST /v1/checkpoints/consistency
class ConsistencyHandler {
 public:
    explicit ConsistencyHandler(LedgerServices& services) : services_(services) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
};

/// GET /v1/tls-proof: tlog-proof of the event that recorded the certificate now in use.
class TlsProofHandler {
 public:
    TlsProofHandler(LedgerServices& services, TlsFingerprint in_use)
        : services_(services), in_use_(std::move(in_use)) {}
    Awaitable<ledger::Result<Response>> operator()(Request& request);

 private:
    LedgerServices& services_;
    TlsFingerprint in_use_;
};

}  // namespace api
