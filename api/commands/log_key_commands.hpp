#pragma once
// api/commands/log_key_commands.hpp: keys with which somebody reads the log under /log/: made, revoked, looked up. Each
// command may be repeated. ADR: docs/adr/0031-log-readers.md.

#include "api/commands/context.hpp"

namespace api::commands {

/// @param id   16 random bytes.
struct CreateLogKey {
    ledger::Actor actor;
    projections::LogKeyId id{};
    ledger::Digest key_digest;
    std::string reader;         ///< 1 to 64 bytes of UTF-8, for people.
    ledger::Timestamp expires;  ///< 0: never.
};
/// The key's text is shown once and never stored.
struct NewLogKey {
    CreateLogKey command;
    std::string key;
};
/// Makes id and key: "lk1." and 32 random bytes in base32. @return errc::reader_name_malformed
[[nodiscard]] ledger::Result<NewLogKey> prepare_log_key(const ledger::Suite& suite, ledger::Actor actor,
                                                        std::string reader, ledger::Timestamp expires);
/// @return errc::log_key_ends_in_the_past
[[nodiscard]] ledger::Result<ledger::Decision> decide(const CreateLogKey& command, const Context& context);

struct RevokeLogKey {
    ledger::Actor actor;
    projections::LogKeyId id{};
};
/// @return errc::log_key_unknown
[[nodiscard]] ledger::Result<ledger::Decision> decide(const RevokeLogKey& command, const Context& context);

struct LogKeyView {
    projections::LogKey key;
    bool usable = false;  ///< Neither revoked nor expired.
};
[[nodiscard]] std::vector<LogKeyView> list_log_keys(const Context& context);

/// Whether somebody who shows a key with this digest may read the log.
/// @return errc::log_key_invalid: unknown, revoked or expired; log_key_wrong_kind: an enrolment key that is good
[[nodiscard]] ledger::Result<void> admit_log_reader(const ledger::Digest& key_digest, const Context& context);

}  // namespace api::commands
