#pragma once
// tools/client/https_client.hpp: one HTTP/1.1 connection to one server, with a limit on everything: connecting, the TLS
// handshake, each answer's time and size. Follows no redirect, uses no proxy, keeps no cookie. Knows no endpoint.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "ledger/core/bytes.hpp"
#include "tools/client/server_address.hpp"

namespace client {

struct HttpLimits {
    std::chrono::seconds resolve{10};
    std::chrono::seconds connect{10};
    std::chrono::seconds handshake{10};
    std::chrono::seconds answer{30};  ///< Sending a request and reading its whole answer.
    std::size_t body_bytes_max = 512 * 1024;
    std::uint32_t header_bytes_max = 16 * 1024;
};

struct HttpRequest {
    std::string method;  ///< "GET", "POST", "DELETE"
    std::string path;
    std::string body;           ///< JSON; empty: none.
    std::string authorization;  ///< Empty: none.
};

struct HttpAnswer {
    unsigned status = 0;
    std::string content_type;
    std::string www_authenticate;                     ///< All such headers, joined by ", ".
    std::optional<std::chrono::seconds> retry_after;  ///< Seconds only; a date is passed over.
    std::string body;
};

/// What CA judgement said of the peer's certificate. By itself it decides nothing: TrustPolicy does.
struct PeerCertificate {
    ledger::Bytes der;
    bool verified_by_authority = false;  ///< Chain and name are in order.
    std::string reason;                  ///< Why not.
};

/// Not thread-safe; calls block. The connection closes when it is destroyed.
class HttpsClient {
 public:
    /// @param ca_file   PEM; empty: the system's store.
    /// @param language  for Accept-Language.
    /// @param stop      looked at while waiting, a few times a second; outlives the client.
    HttpsClient(HttpLimits limits, std::filesystem::path ca_file, ledger::Language language,
                const std::atomic<bool>& stop);
    ~HttpsClient();

    /// The handshake succeeds with any certificate: the caller looks at peer() before it sends anything secret.
    /// @return errc::server_unreachable, errc::server_silent, errc::tls_failed, errc::interrupted;
    ///         terminal::errc::file_unreadable for the CA file.
    [[nodiscard]] ledger::Result<void> connect(const ServerAddress& address);
    /// Nothing for plain HTTP.
    [[nodiscard]] const std::optional<PeerCertificate>& peer() const;

    /// @return errc::server_silent, errc::server_unreachable (broken off), errc::answer_too_large,
    ///         errc::answer_malformed (not HTTP), errc::redirect_refused, errc::interrupted. After any of them the
    ///         connection is closed.
    [[nodiscard]] ledger::Result<HttpAnswer> exchange(const HttpRequest& request);
    /// The server may have ended it after an answer; then connect again.
    [[nodiscard]] bool connected() const;

 private:
    class Connection;
    std::unique_ptr<Connection> connection_;
};

}  // namespace client
