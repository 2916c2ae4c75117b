#pragma once
// api/request_handler.hpp: what the server does with a request. The router is one; the benchmark's twin is another.

#include "api/request.hpp"
#include "api/server/io_thread.hpp"

namespace api {

/// Why the server itself refuses, before a handler sees anything.
enum class Refusal : std::uint8_t { malformed, header_too_large, body_too_large, too_slow };

/// Called by the connections, each on its own io thread; outlives the server.
class RequestHandler {
 public:
    virtual ~RequestHandler() = default;

    /// The header is in, the body is not. Sets what the later steps need (route, parameter, language).
    /// @return how many bytes of body are wanted at most; nothing when `response` holds a refusal already, after which
    ///         the connection closes if there is a body.
    [[nodiscard]] virtual std::optional<std::uint64_t> admit(Request& request, Response& response) = 0;

    /// The whole request is in. Must not throw; the response is complete when it is done.
    [[nodiscard]] virtual Awaitable<void> handle(Request& request, Response& response) = 0;

    /// @param request  as far as it is known; the method may be `other` and the path empty.
    virtual void refuse(Refusal refusal, std::uint64_t limit, const Request& request, Response& response) = 0;
};

}  // namespace api
