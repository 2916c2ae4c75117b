#pragma once
// api/server/connection_limits.hpp: how many connections there may be, in all and from one address. Any thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

namespace api {

class ConnectionLimits;

/// One connection's place; given back when it is destroyed. Movable.
class ConnectionSlot {
 public:
    ConnectionSlot(ConnectionSlot&& other) noexcept;
    ConnectionSlot& operator=(ConnectionSlot&&) = delete;
    ~ConnectionSlot();

 private:
    friend class ConnectionLimits;
    ConnectionSlot(ConnectionLimits& limits, std::string address) : limits_(&limits), address_(std::move(address)) {}
    ConnectionLimits* limits_;
    std::string address_;
};

class ConnectionLimits {
 public:
    ConnectionLimits(std::size_t connections_max, std::size_t per_address_max)
        : connections_max_(connections_max), per_address_max_(per_address_max) {}

    /// @param address  empty (the local socket): not counted against an address, nor against the total.
    /// @return nothing if there is no place.
    [[nodiscard]] std::optional<ConnectionSlot> take(const std::string& address);
    [[nodiscard]] std::size_t open() const;
    /// Blocks until there is no connection left. @return false when that took longer than `patience`.
    [[nodiscard]] bool wait_until_none(std::chrono::milliseconds patience);

 private:
    friend class ConnectionSlot;
    void give_back(const std::string& address) noexcept;

    const std::size_t connections_max_;
    const std::size_t per_address_max_;
    mutable std::mutex mutex_;
    std::condition_variable none_;
    std::size_t remote_ = 0;
    std::size_t local_ = 0;
    boost::unordered_flat_map<std::string, std::size_t> per_address_;
};

}  // namespace api
