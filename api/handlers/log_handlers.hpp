#pragma once
// api/handlers/log_handlers.hpp: the log as an export without personal data, file by file, under /log/: for tlog
// clients, auditors and mirrors elsewhere. Read-only, for those who show a log key and for the local socket. Contents:
// docs/formats/export.md; who may read: docs/adr/0031-log-readers.md.

#include "api/router.hpp"
#include "api/services.hpp"

namespace api {

/// Adds all routes below /log/. What an answer holds is copied out of the log before it is sent: a slow reader holds no
/// read transaction.
void add_log_routes(Router& router, LedgerServices& services);

}  // namespace api
