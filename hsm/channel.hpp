#pragma once
// hsm/channel.hpp: one end of the socket pair between program and worker: sends and receives single messages of
// hsm/worker.capnp. Used by both sides. Messages may hold PINs: buffers are wiped.

#include <capnp/message.h>

#include <chrono>
#include <memory>
#include <optional>

#include "ledger/core/result.hpp"

namespace hsm {

constexpr std::size_t message_bytes_max = 160 * 1024;

/// A message being built, in one piece of memory that is used again and again.
class OutgoingMessage {
 public:
    OutgoingMessage();
    OutgoingMessage(const OutgoingMessage&) = delete;
    OutgoingMessage& operator=(const OutgoingMessage&) = delete;
    /// Wipes the message before, and begins a new one.
    template <class Root>
    [[nodiscard]] typename Root::Builder init() {
        clear();
        return builder_->initRoot<Root>();
    }
    /// Wipes the message.
    void clear();

 private:
    friend class Channel;
    std::unique_ptr<capnp::word[]> words_;
    std::optional<capnp::MallocMessageBuilder> builder_;
};

/// A received message. Readers are valid until it is cleared or received into again.
class IncomingMessage {
 public:
    IncomingMessage();
    ~IncomingMessage();
    IncomingMessage(const IncomingMessage&) = delete;
    IncomingMessage& operator=(const IncomingMessage&) = delete;
    /// Reading a malformed message throws kj::Exception, here or in the readers.
    template <class Root>
    [[nodiscard]] typename Root::Reader root() {
        return reader_->getRoot<Root>();
    }
    /// Wipes the message.
    void clear();

 private:
    friend class Channel;
    /// @return false unless the first `size` bytes are one framed message of one segment.
    [[nodiscard]] bool accept(std::size_t size);
    std::unique_ptr<capnp::word[]> words_;
    std::size_t size_bytes_ = 0;
    std::optional<capnp::SegmentArrayMessageReader> reader_;
    kj::ArrayPtr<const capnp::word> segment_;
};

enum class Received { message, closed, timeout, malformed };

/// Owns its descriptor. One thread at a time.
class Channel {
 public:
    explicit Channel(int fd) : fd_(fd) {}
    ~Channel();
    Channel(Channel&& other) noexcept;
    Channel& operator=(Channel&&) = delete;
    Channel(const Channel&) = delete;

    /// The other end receives what was sent, and then Received::closed.
    void shut_down() noexcept;
    /// @return false if the other end is closed, does not take it at once, or the message is larger than
    ///         message_bytes_max. Never raises SIGPIPE.
    [[nodiscard]] bool send(OutgoingMessage& message);
    /// Waits until `deadline`, or for ever.
    [[nodiscard]] Received receive(IncomingMessage& into,
                                   std::optional<std::chrono::steady_clock::time_point> deadline);

 private:
    int fd_;
};

}  // namespace hsm
