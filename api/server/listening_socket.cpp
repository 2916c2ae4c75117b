#include "api/server/listening_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "api/errc.hpp"

namespace api {
namespace {

using ledger::Error;
using ledger::Result;

constexpr int backlog = 4096;

/// Closes unless released.
class Descriptor {
 public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return value_; }
    int release() { return std::exchange(value_, -1); }

 private:
    int value_;
};

Error failed(std::string_view address, std::string problem) {
    return {errc::listen_failed, {}, {{"address", std::string(address)}, {"problem", std::move(problem)}}};
}

Error failed(std::string_view address) { return failed(address, std::generic_category().message(errno)); }

Error not_an_address(std::string_view address) {
    return {errc::invalid_value,
            {},
            {{"member", std::string(address)}, {"expected", "an IP address with a port, 127.0.0.1:8443 or [::]:8443"}}};
}

}  // namespace

Result<int> open_tcp_socket(std::string_view address) {
    const auto colon = address.rfind(':');
    if (colon == address.npos) return not_an_address(address);
    std::string host(address.substr(0, colon));
    const std::string_view port_text = address.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (error != std::errc{} || end != port_text.data() + port_text.size()) return not_an_address(address);
    const bool v6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (v6) host = host.substr(1, host.size() - 2);

    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    const int understood =
        v6 ? ::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) : ::inet_pton(AF_INET, host.c_str(), &four.sin_addr);
    if (understood != 1) return not_an_address(address);

    Descriptor socket(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0) return failed(address);
    const int yes = 1;
    const int no = 0;
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) return failed(address);
    if (v6 && ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) != 0) return failed(address);
    const auto* const name = v6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
    const socklen_t size = v6 ? sizeof six : sizeof four;
    if (::bind(socket.get(), name, size) != 0 || ::listen(socket.get(), backlog) != 0) return failed(address);
    return socket.release();
}

Result<int> open_local_socket(const std::filesystem::path& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.empty() || text.size() >= sizeof name.sun_path) return failed(text, "the path is empty or too long");
    std::memcpy(name.sun_path, text.c_str(), text.size());
    const auto* const address = reinterpret_cast<const sockaddr*>(&name);

    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.get() < 0) return failed(text);
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(probe.get(), address, sizeof name) == 0) return failed(text, "another process listens there");
    struct stat entry {};
    if (::lstat(text.c_str(), &entry) == 0) {
        if (!S_ISSOCK(entry.st_mode)) return failed(text, "it is there, and is not a socket");
        if (::unlink(text.c_str()) != 0) return failed(text);
    }
    const mode_t mask = ::umask(0177);
    const int bound = ::bind(socket.get(), address, sizeof name);
    ::umask(mask);
    if (bound != 0 || ::listen(socket.get(), backlog) != 0) return failed(text);
    return socket.release();
}

Result<std::uint16_t> check_listening(int socket) {
    int listening = 0;
    socklen_t size = sizeof listening;
    sockaddr_storage name{};
    socklen_t name_size = sizeof name;
    const std::string text = "file descriptor " + std::to_string(socket);
    if (::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &name_size) != 0) {
        return failed(text);
    }
    if (listening == 0) return failed(text, "it is not a listening socket");
    if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
    if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port);
    return std::uint16_t{0};
}

std::string address_text(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.sa_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(), text.size());
    } else if (address.sa_family == AF_INET6) {
        const in6_addr& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&six)) {
            ::inet_ntop(AF_INET, six.s6_addr + 12, text.data(), text.size());
        } else {
            ::inet_ntop(AF_INET6, &six, text.data(), text.size());
        }
    }
    return text.data();
}

bool is_own_account(int local_socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(local_socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    return peer.uid == 0 || peer.uid == ::geteuid();
}

}  // namespace api
