#pragma once
// hsm/reservation_book.hpp: the seats reserved per licence, read without a lock by the one who decides while the
// anchor keeper raises them. Used by hsm/anchor_keeper.cpp alone.

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "ledger/core/anchor.hpp"

namespace hsm {

/// One licence. Never removed, and its id never changes, so that readers need no lock.
struct Reservation {
    std::string license_id;
    std::atomic<std::uint64_t> quantity{0};  ///< 0: not told yet (an anchor's licence before put()).
    std::atomic<std::uint64_t> reserved{0};  ///< Written in the anchor.
    std::atomic<std::uint64_t> wanted{0};    ///< Seats given or about to be; only grows.
    std::atomic<bool> live{true};
    std::atomic<bool> signalled{false};  ///< The keeper was told, and has not looked yet.

    /// What should be reserved now.
    [[nodiscard]] std::uint64_t target() const noexcept;
};

/// One writer (the keeper, under its mutex), any number of readers.
class ReservationBook {
 public:
    /// @return nullptr for a licence that is not in the book. Lock-free.
    [[nodiscard]] Reservation* find(std::string_view license_id) const noexcept;
    /// @pre !find(license_id), and fewer than anchor_licenses_max are in the book.
    Reservation& add(std::string license_id);
    [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    [[nodiscard]] Reservation& at(std::size_t index) const noexcept { return *entries_[index]; }

 private:
    std::array<std::unique_ptr<Reservation>, ledger::anchor_licenses_max> entries_;
    std::atomic<std::size_t> size_{0};
};

}  // namespace hsm
