#pragma once
// tools/client/settings.hpp: what the client is told: a TOML file, overruled by the command line. Every key is
// described in docs/manual/en/client.md; unknown keys and wrong types are refused with file, line and key.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/client/server_address.hpp"

namespace client {

/// How the server's TLS certificate comes to be trusted.
enum class TlsTrust {
    automatic,  ///< By a CA; and if that does not know the certificate, by proof.
    authority,  ///< "ca": only by the CA file, or the system's store if there is none.
    ledger,     ///< Only by a proof, under the vendor's root, that the certificate is in the ledger.
};

struct Settings {
    std::vector<ServerAddress> servers;        ///< `servers`: tried in this order.
    std::string product;                       ///< `product`
    std::filesystem::path vendor_root;         ///< `vendor_root`: PEM or DER certificate.
    std::filesystem::path enrolment_key_file;  ///< `enrolment_key_file`; empty: open enrolment.
    std::string device_name;                   ///< `device_name`; empty: the host name. "-": none is sent.
    TlsTrust tls_trust = TlsTrust::automatic;  ///< `tls_trust`: "auto", "ca", "ledger"
    std::filesystem::path ca_file;             ///< `ca_file`: PEM; empty: the system's store.
    std::string server_id;                     ///< `server_id`; empty: pinned at first use.
    std::filesystem::path components_file;     ///< `components_file`, for labs; empty: this machine's own.
    bool allow_plain_http = false;             ///< `allow_plain_http`, for closed labs.
    std::string language;                      ///< `language`: "zh", "en"; empty: the locale's.
};

/// Relative paths are relative to the folder of `file`.
/// @return errc::settings_malformed (facts: file, line, key, problem), errc::address_malformed
[[nodiscard]] ledger::Result<Settings> parse_settings(std::string_view text, const std::filesystem::path& file);
/// @return also terminal::errc::file_unreadable
[[nodiscard]] ledger::Result<Settings> load_settings(const std::filesystem::path& file);

/// What parse_settings reads back to equal values; absolute paths. Written at the first activation, so that later
/// commands need no options.
[[nodiscard]] std::string settings_text(const Settings& settings);

/// "auto", "ca", "ledger"; nothing for anything else.
[[nodiscard]] std::optional<TlsTrust> parse_tls_trust(std::string_view text);

}  // namespace client
