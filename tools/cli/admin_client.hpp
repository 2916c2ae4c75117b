#pragma once
// tools/cli/admin_client.hpp: sends admin requests to the running server over its local socket, and says in the
// reader's language what came back. The API: api/openapi.json.

#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "ledger/core/result.hpp"

namespace cli {

constexpr std::chrono::seconds answer_within{60};

struct AdminRequest {
    std::string method;  ///< "GET", "POST", …
    std::string target;
    std::string body;
    std::string content_type = "application/json";
    std::chrono::seconds within = answer_within;  ///< Longer for what takes the server as long as the log is.
};

struct AdminAnswer {
    unsigned status = 0;
    boost::json::value body;  ///< Null for none.
};

/// Where admin requests go: a running server, or the ledger itself when none runs. One thread.
class AdminClient {
 public:
    virtual ~AdminClient() = default;
    /// A refusal is an answer too: look at the status. @return errc::server_unreachable, errc::bad_answer
    [[nodiscard]] virtual ledger::Result<AdminAnswer> send(const AdminRequest& request) = 0;
};

constexpr std::size_t answer_bytes_max = 16 << 20;

/// @return nothing if no server listens on `socket`.
[[nodiscard]] std::unique_ptr<AdminClient> connect_to_server(const std::filesystem::path& socket,
                                                             ledger::Language language);

/// What a person typed, as one segment of a path (RFC 3986): all but A-Z a-z 0-9 - . _ ~ is percent-encoded.
[[nodiscard]] std::string path_segment(std::string_view text);

/// Prints a refusal (RFC 9457) as terminal::report does. @return the exit code
int report_problem(const AdminAnswer& answer);

}  // namespace cli
