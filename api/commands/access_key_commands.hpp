#pragma once
// api/commands/access_key_commands.hpp: keys that administrators make for others: enrolment keys for pools, log keys
// for those who read the log (docs/adr/0031-log-readers.md). Each command may be repeated: what is so already is a
// success without an event.

#include "api/commands/context.hpp"

namespace api::commands {

using projections::KeyUse;

/// @param id   16 random bytes.
struct CreateAccessKey {
    KeyUse use{};
    ledger::Actor actor;
    projections::AccessKeyId id{};
    ledger::Digest key_digest;
    std::string holder;         ///< The pool or the reader: 1 to 64 bytes of UTF-8, for people.
    ledger::Timestamp expires;  ///< 0: never.
};
/// The key's text is shown once and never stored.
struct NewAccessKey {
    CreateAccessKey command;
    std::string key;
};
/// Makes id and key: "ek1." or "lk1." and 32 random bytes in base32.
/// @return errc::pool_name_malformed, reader_name_malformed
[[nodiscard]] ledger::Result<NewAccessKey> prepare_access_key(KeyUse use, const ledger::Suite& suite,
                                                              ledger::Actor actor, std::string holder,
                                                              ledger::Timestamp expires);
/// What keys are looked up by: the suite's hash of the key's text.
[[nodiscard]] ledger::Digest access_key_digest(const ledger::Suite& suite, std::string_view key);
/// @return errc::enrolment_key_ends_in_the_past, log_key_ends_in_the_past
[[nodiscard]] ledger::Result<ledger::Decision> decide(const CreateAccessKey& command, const Context& context);

/// A key that was there before the log was lost, from what a secrets backup kept of it: the same id and digest, so that
/// the text which its holders have works again. ADR: docs/adr/0033-secrets-backup.md.
struct RestoreAccessKey {
    CreateAccessKey key;
};
/// A key that is there and usable as it is: a success without an event.
/// @return errc::enrolment_key_revoked, enrolment_key_differs (this id or digest is another key's here),
///         enrolment_key_ends_in_the_past, pool_name_malformed; the same of log keys
[[nodiscard]] ledger::Result<ledger::Decision> decide(const RestoreAccessKey& command, const Context& context);

struct RevokeAccessKey {
    KeyUse use{};
    ledger::Actor actor;
    projections::AccessKeyId id{};
};
/// @return errc::enrolment_key_unknown, log_key_unknown
[[nodiscard]] ledger::Result<ledger::Decision> decide(const RevokeAccessKey& command, const Context& context);

/// Neither revoked nor, unless time is in doubt, expired.
[[nodiscard]] bool is_usable(const projections::AccessKey& key, const Context& context);

struct AccessKeyView {
    projections::AccessKey key;
    bool usable = false;
};
[[nodiscard]] std::vector<AccessKeyView> list_access_keys(KeyUse use, const Context& context);

/// Whether somebody who shows a key with this digest may read the log.
/// @return errc::log_key_invalid: unknown, revoked or expired; log_key_wrong_kind: an enrolment key that is good
[[nodiscard]] ledger::Result<void> admit_log_reader(const ledger::Digest& key_digest, const Context& context);

}  // namespace api::commands
