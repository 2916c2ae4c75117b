#include "api/server/connection_limits.hpp"

#include <utility>

#include "ledger/core/result.hpp"

namespace api {

ConnectionSlot::ConnectionSlot(ConnectionSlot&& other) noexcept
    : limits_(std::exchange(other.limits_, nullptr)), address_(std::move(other.address_)) {}

ConnectionSlot::~ConnectionSlot() {
    if (limits_ != nullptr) limits_->give_back(address_);
}

std::optional<ConnectionSlot> ConnectionLimits::take(const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (address.empty()) {
        ++local_;
    } else {
        if (remote_ >= connections_max_) return std::nullopt;
        std::size_t& from_here = per_address_[address];
        if (from_here >= per_address_max_) return std::nullopt;
        ++from_here;
        ++remote_;
    }
    return ConnectionSlot(*this, address);
}

std::size_t ConnectionLimits::open() const {
    const std::lock_guard lock(mutex_);
    return remote_ + local_;
}

bool ConnectionLimits::wait_until_none(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, patience, [this] { return remote_ + local_ == 0; });
}

void ConnectionLimits::give_back(const std::string& address) noexcept {
    const std::lock_guard lock(mutex_);
    if (address.empty()) {
        --local_;
    } else {
        const auto entry = per_address_.find(address);
        ACTLEDGER_ASSERT(entry != per_address_.end() && entry->second > 0);
        if (--entry->second == 0) per_address_.erase(entry);
        --remote_;
    }
    if (remote_ + local_ == 0) none_.notify_all();
}

}  // namespace api
