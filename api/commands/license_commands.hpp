#pragma once
// api/commands/license_commands.hpp: licences and revocations come in. What a file must be is judged by
// ledger/license_file when it is prepared; what this ledger knows of it, when it is decided.

#include "api/commands/context.hpp"

namespace api::commands {

struct ImportLicense {
    ledger::Actor actor;
    ledger::Bytes license_file;  ///< The .lic, byte for byte.
};
/// With the first licence, and whenever its certificate is new, a ServerCertified before the LicenseImported. The same
/// licence again: a success without an event.
/// @return what ledger/license_file finds, errc::licenses_too_many
[[nodiscard]] ledger::Result<ledger::Decision> decide(const ImportLicense& command, const Context& context);

struct ImportRevocation {
    ledger::Actor actor;
    ledger::Bytes revocation_file;
};
/// The same revocation again: a success without an event. @return what ledger/license_file finds
[[nodiscard]] ledger::Result<ledger::Decision> decide(const ImportRevocation& command, const Context& context);

}  // namespace api::commands
