#pragma once
// tools/cli/secrets_file.hpp: what a server has of secrets outside its ledger and its token, as one encrypted file: CMS
// AuthEnvelopedData under a passphrase. Format: docs/formats/secrets.md. ADR: docs/adr/0033-secrets-backup.md.

#include <optional>
#include <string>
#include <vector>

#include "ledger/core/event.hpp"

namespace cli {

/// In the order in which they stand in the file; each at most once.
enum class SecretRole : std::uint8_t { configuration, hsm_pin, tls_certificate, tls_key };
constexpr std::size_t secret_roles = 4;
[[nodiscard]] std::string_view name_of(SecretRole role);  ///< "hsm_pin"

constexpr std::size_t secret_bytes_max = 256 * 1024;              ///< Of one.
constexpr std::size_t kept_keys_max = 16'384;                     ///< Of each kind.
constexpr std::size_t secrets_file_bytes_max = 16 * 1024 * 1024;  ///< Of the encrypted file.
constexpr std::uint32_t passphrase_rounds = 600'000;              ///< Of PBKDF2.
constexpr std::uint32_t passphrase_rounds_max = 10'000'000;       ///< More are refused: they would take minutes.

struct Secret {
    SecretRole role{};
    std::string content;
    bool operator==(const Secret&) const = default;
};

struct Secrets {
    std::string server_id;
    ledger::Timestamp made_at;  ///< Whole seconds.
    std::vector<Secret> files;  ///< In the order of the roles.
    /// What the ledger has of the keys that were not revoked: their digests, never their texts. In the order of the
    /// ids.
    std::vector<ledger::EnrolmentKeyCreated> enrolment_keys;
    std::vector<ledger::LogKeyCreated> log_keys;
    bool operator==(const Secrets&) const = default;

    [[nodiscard]] const Secret* find(SecretRole role) const;
    [[nodiscard]] std::string text() const;
    /// Strict: text() of the result is the input. @return errc::secrets_malformed
    [[nodiscard]] static ledger::Result<Secrets> parse(std::string_view text);
};

/// DER. A second or two: the passphrase is stretched.
[[nodiscard]] ledger::Bytes seal_secrets(const Secrets& secrets, std::string_view passphrase);
/// @return errc::secrets_foreign (no such file), secrets_passphrase_wrong, secrets_altered, secrets_malformed
[[nodiscard]] ledger::Result<Secrets> open_secrets(ledger::ByteView der, std::string_view passphrase);

}  // namespace cli
