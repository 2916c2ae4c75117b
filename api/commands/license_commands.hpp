#pragma once
// api/commands/license_commands.hpp: licences and revocations come in. What a file must be is judged by
// ledger/license_file when it is prepared; what this ledger knows of it, when it is decided.

#include "api/commands/context.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/revocation.hpp"

namespace api::commands {

struct ImportLicense {
    ledger::Actor actor;
    ledger::VerifiedLicense license;
};
/// Archive, signature, chain and terms. @param lic  the .lic, byte for byte. @return what ledger::verify_license finds
[[nodiscard]] ledger::Result<ImportLicense> prepare_license(ledger::ByteView lic, const Preparation& preparation,
                                                            ledger::Actor actor);
/// With the first licence, and whenever its server certificate is new, a ServerCertified before the LicenseImported.
/// The same terms again: a success without an event, also after the licence has ended.
/// @return what ledger::check_license_for_server finds; license_file::errc::license_id_conflict;
///         errc::licenses_too_many
[[nodiscard]] ledger::Result<ledger::Decision> decide(const ImportLicense& command, const Context& context);

struct ImportRevocation {
    ledger::Actor actor;
    ledger::VerifiedRevocation revocation;
};
/// @return what ledger::verify_revocation finds
[[nodiscard]] ledger::Result<ImportRevocation> prepare_revocation(ledger::ByteView rev, const Preparation& preparation,
                                                                  ledger::Actor actor);
/// The same revocation again: a success without an event.
/// @return license_file::errc::revocation_other_server, revocation_id_conflict
[[nodiscard]] ledger::Result<ledger::Decision> decide(const ImportRevocation& command, const Context& context);

}  // namespace api::commands
