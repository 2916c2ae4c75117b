#pragma once
// api/server/listening_socket.hpp: listening sockets and who is at the other end. Private to api/server.

#include <filesystem>
#include <string_view>

#include "ledger/core/result.hpp"

struct sockaddr;

namespace api {

/// @param address  "127.0.0.1:8443" or "[::]:8443". @return a file descriptor, or errc::listen_failed, invalid_value
[[nodiscard]] ledger::Result<int> open_tcp_socket(std::string_view address);
/// Mode 0600; replaces a socket file nobody listens on. @return a file descriptor, or errc::listen_failed
[[nodiscard]] ledger::Result<int> open_local_socket(const std::filesystem::path& path);
/// Port of a bound socket; 0 for a local one. @return errc::listen_failed for what is not a listening stream socket.
[[nodiscard]] ledger::Result<std::uint16_t> check_listening(int socket);
/// Numeric address without port; an IPv4 address inside IPv6 becomes IPv4; empty for a local socket.
[[nodiscard]] std::string address_text(const sockaddr& address);
/// SO_PEERCRED: the process at the other end is of this account or root.
[[nodiscard]] bool is_own_account(int local_socket);

}  // namespace api
