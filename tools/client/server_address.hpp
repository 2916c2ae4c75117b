#pragma once
// tools/client/server_address.hpp: "https://host:port" of an activation server.

#include <cstdint>
#include <string>

#include "ledger/core/result.hpp"

namespace client {

struct ServerAddress {
    enum class Scheme { https, http };
    Scheme scheme = Scheme::https;
    std::string host;  ///< Name or IP address, without brackets.
    std::uint16_t port = 443;

    /// scheme "://" host [":" port] ["/"]; nothing else: no user, path, query or fragment. Default ports 443 and 80.
    /// @return errc::address_malformed
    [[nodiscard]] static ledger::Result<ServerAddress> parse(std::string_view text);
    [[nodiscard]] std::string text() const;       ///< With the port, brackets round IPv6.
    [[nodiscard]] std::string authority() const;  ///< For the Host header: "host" or "host:port".
    [[nodiscard]] bool is_ip() const;
    bool operator==(const ServerAddress&) const = default;
};

}  // namespace client
