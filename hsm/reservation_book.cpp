#include "hsm/reservation_book.hpp"

#include <algorithm>

#include "hsm/anchor_keeper.hpp"

namespace hsm {

std::uint64_t reservation_block(std::uint64_t quantity) { return std::max<std::uint64_t>(100, quantity / 100); }

std::uint64_t reservation_target(std::uint64_t quantity, std::uint64_t reserved, std::uint64_t seats) {
    const std::uint64_t block = reservation_block(quantity);
    seats = std::min(seats, quantity);
    if (seats + block / 2 <= reserved) return reserved;
    return std::max(reserved, std::min(quantity, seats + block));
}

std::uint64_t Reservation::target() const noexcept {
    const std::uint64_t now = reserved.load(std::memory_order_acquire);
    if (!live.load(std::memory_order_acquire)) return now;
    return reservation_target(quantity.load(std::memory_order_acquire), now, wanted.load(std::memory_order_acquire));
}

Reservation* ReservationBook::find(std::string_view license_id) const noexcept {
    for (std::size_t i = 0; i < size(); ++i) {  // few, and all in a cache line or two
        if (entries_[i]->license_id == license_id) return entries_[i].get();
    }
    return nullptr;
}

Reservation& ReservationBook::add(std::string license_id) {
    const std::size_t index = size();
    ACTLEDGER_ASSERT(index < entries_.size());
    entries_[index] = std::make_unique<Reservation>();
    entries_[index]->license_id = std::move(license_id);
    size_.store(index + 1, std::memory_order_release);  // only now do readers see it
    return *entries_[index];
}

}  // namespace hsm
