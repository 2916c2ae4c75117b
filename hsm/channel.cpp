#include "hsm/channel.hpp"

#include <openssl/crypto.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace hsm {
namespace {

constexpr std::size_t header_bytes = 8;  // number of segments minus one, and the first segment's words: two u32
constexpr std::size_t message_words_max = message_bytes_max / sizeof(capnp::word);

/// So long an answer is waited for awake, letting others run: to sleep and be woken takes longer than a quick token's
/// signature.
constexpr std::chrono::microseconds awake_for{150};

/// Milliseconds for poll(); -1: for ever. Rounded up, so that a deadline is never cut short.
int poll_timeout(std::optional<std::chrono::steady_clock::time_point> deadline) {
    if (!deadline) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 24L * 3600 * 1000));
}

}  // namespace

OutgoingMessage::OutgoingMessage() : words_(new capnp::word[message_words_max]()) { clear(); }
void OutgoingMessage::clear() {
    builder_.reset();  // zeroes what it used of its first segment
    builder_.emplace(kj::arrayPtr(words_.get(), message_words_max));
}

IncomingMessage::IncomingMessage() : words_(new capnp::word[message_words_max]) {}
IncomingMessage::~IncomingMessage() { clear(); }
void IncomingMessage::clear() {
    reader_.reset();
    OPENSSL_cleanse(words_.get(), size_bytes_);
    size_bytes_ = 0;
}

bool IncomingMessage::accept(std::size_t size) {
    std::array<std::uint32_t, 2> header{};
    static_assert(sizeof header == header_bytes);
    if (size < header_bytes || size % sizeof(capnp::word) != 0) return false;
    std::memcpy(header.data(), words_.get(), header_bytes);
    const std::size_t words = size / sizeof(capnp::word) - 1;
    if (header[0] != 0 || header[1] != words) return false;
    segment_ = kj::arrayPtr(words_.get() + 1, words);
    capnp::ReaderOptions options;
    options.traversalLimitInWords = 4 * message_words_max;
    options.nestingLimit = 8;
    reader_.emplace(kj::arrayPtr(&segment_, 1), options);
    return true;
}

Channel::~Channel() {
    if (fd_ >= 0) ::close(fd_);
}
Channel::Channel(Channel&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

void Channel::shut_down() noexcept { ::shutdown(fd_, SHUT_RDWR); }

bool Channel::send(OutgoingMessage& message) {
    const auto segments = message.builder_->getSegmentsForOutput();
    if (segments.size() != 1 || (segments[0].size() + 1) > message_words_max) return false;
    std::array<std::uint32_t, 2> header{0, static_cast<std::uint32_t>(segments[0].size())};
    std::array<iovec, 2> parts{iovec{header.data(), header_bytes},
                               iovec{const_cast<capnp::word*>(segments[0].begin()), segments[0].asBytes().size()}};
    msghdr packet{};
    packet.msg_iov = parts.data();
    packet.msg_iovlen = parts.size();
    ssize_t sent = -1;
    do {
        sent = ::sendmsg(fd_, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(parts[0].iov_len + parts[1].iov_len);
}

Received Channel::receive(IncomingMessage& into, std::optional<std::chrono::steady_clock::time_point> deadline) {
    into.clear();
    const auto asleep_from = std::chrono::steady_clock::now() + awake_for;
    for (;;) {
        // A worker waits for ever, in recv itself.
        const ssize_t got =
            ::recv(fd_, into.words_.get(), message_bytes_max, MSG_TRUNC | (deadline ? MSG_DONTWAIT : 0));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && deadline && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (std::chrono::steady_clock::now() < asleep_from) {
                ::sched_yield();
                continue;
            }
            pollfd readable{fd_, POLLIN, 0};
            const int ready = ::poll(&readable, 1, poll_timeout(deadline));
            if (ready < 0 && errno != EINTR) return Received::closed;
            if (ready == 0) return Received::timeout;
            continue;
        }
        if (got <= 0) return Received::closed;
        into.size_bytes_ = std::min<std::size_t>(static_cast<std::size_t>(got), message_bytes_max);
        if (static_cast<std::size_t>(got) > message_bytes_max) return Received::malformed;
        return into.accept(into.size_bytes_) ? Received::message : Received::malformed;
    }
}

}  // namespace hsm
