#pragma once
// tools/config/config.hpp: the server's settings, from one TOML file; the CLI reads the same one. Every key is
// described in docs/manual/en/configuration.md. Unknown keys and wrong types are refused with file, line and key.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ledger/core/result.hpp"
#include "ledger/core/sizes.hpp"

namespace config {

struct Ledger {
    std::filesystem::path folder;  ///< Required. The log is in `log/` below it.
};

struct Hsm {
    std::string uri = "pkcs11:token=activation-ledger";  ///< RFC 7512.
    std::filesystem::path module = "/usr/lib/softhsm/libsofthsm2.so";
    std::filesystem::path pin_file;       ///< Empty: the URI's pin-source, or the service credential "hsm-pin".
    std::filesystem::path anchor_folder;  ///< A second place for the anchor, on another disk; empty: none.
    std::chrono::milliseconds deadline{2'000};
};

struct Http {
    std::vector<std::string> listen = {"0.0.0.0:8443"};  ///< "address:port", "[v6]:port"; port 0: any free one.
    std::vector<std::string> listen_plain;               ///< The same without TLS; empty: none.
    std::filesystem::path tls_certificate;               ///< PEM chain; empty: made by the server itself.
    std::filesystem::path tls_key;
    std::vector<std::string> names;  ///< For the self-made certificate; empty: host name and addresses.
    unsigned threads = 0;            ///< 0: as many as there are cores.
    std::uint32_t connections_max = 10'000;
    std::uint32_t connections_per_address_max = 1'000;
    std::uint32_t header_bytes_max = 16'384;
    std::chrono::milliseconds handshake_timeout{10'000};
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{75'000};
};

struct Admin {
    std::filesystem::path socket;  ///< Empty: `admin.sock` in the ledger's folder.
};

struct Log {
    std::filesystem::path file;   ///< Empty: standard error.
    std::string level = "info";   ///< trace, debug, info, warning, error
    std::string format = "json";  ///< json, text
};

struct Time {
    ledger::Duration step_bound = ledger::minute * 5;  ///< A larger step forward while running is doubted.
    ledger::Duration stop_bound = ledger::day * 30;    ///< A longer stop is doubted.
};

struct Snapshot {
    std::uint64_t every_events = 250'000;        ///< 0: not by their number.
    ledger::Duration every = ledger::hour * 24;  ///< If there was an event; 0: not by time.
};

struct Limits {
    std::uint32_t queue_max = 16'384;
    std::uint32_t group_max = 1'024;
    std::uint32_t address_requests_per_minute = 0;        ///< 0: no limit.
    std::uint32_t enrolment_key_requests_per_minute = 0;  ///< The same.
};

/// One of any number: [[mirror]].
struct Mirror {
    std::filesystem::path folder;  ///< Required. On another disk; its parent is there.
    std::string annex = "kept";    ///< kept, left-out: without personal data
};

struct Config {
    std::filesystem::path file;
    Ledger ledger;
    Hsm hsm;
    Http http;
    Admin admin;
    Log log;
    Time time;
    Limits limits;
    std::vector<Mirror> mirrors;
    Snapshot snapshot;

    [[nodiscard]] std::filesystem::path admin_socket() const;
    [[nodiscard]] std::filesystem::path log_folder() const { return ledger.folder / "log"; }
};

constexpr std::uintmax_t config_bytes_max = 256 * 1024;

/// Every key there is, "section.key", in the order in which they are read. What the documents are held against.
[[nodiscard]] std::vector<std::string> known_keys();

/// Relative paths are relative to the file's folder.
/// @return errc::unreadable, errc::syntax, errc::unknown_key, errc::wrong_type, errc::out_of_range, errc::missing_key
///         (facts: file, line, key, expected)
[[nodiscard]] ledger::Result<Config> load(const std::filesystem::path& file);
[[nodiscard]] ledger::Result<Config> parse(std::string_view text, const std::filesystem::path& file);

}  // namespace config
