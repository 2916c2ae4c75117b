#pragma once
// api/tls_record.hpp: sees to it that the certificate that the server shows is recorded in the ledger, so that clients
// can trust it by proof (GET /v1/tls-proof).

#include <functional>

#include "api/server/io_thread.hpp"
#include "api/services.hpp"

namespace api {

/// SHA-256 of the certificate that new connections see; nothing without TLS. Any thread.
using TlsFingerprint = std::function<std::optional<ledger::Digest>()>;

constexpr std::chrono::seconds tls_record_interval{2};

/// Records the certificate in use as soon as the ledger has a certificate of its own (before, no client could verify
/// the proof), and again whenever another one comes into use. Goes on until `io` stops.
[[nodiscard]] Awaitable<void> keep_tls_recorded(LedgerServices& services, IoThread& io, TlsFingerprint in_use);

}  // namespace api
