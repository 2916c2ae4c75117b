#pragma once
// hsm/anchor_keeper.hpp: keeps the anchor written: reservations ahead of the seats that are given from them, and the
// released head. Knows no LMDB, no HTTP, no seat book. ADR: docs/adr/0010-anchor-and-reservations.md.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/core/anchor.hpp"

namespace hsm {

/// A licence, as whoever imports licences tells the keeper.
struct KeptLicense {
    std::string license_id;
    ledger::AnchorLicense::State state = ledger::AnchorLicense::State::live;
    ledger::Digest terms_digest;
    std::uint64_t quantity = 0;  ///< No more than this is ever reserved.
};

/// How reservations grow: by blocks of max(100, 1 % of the quantity), never beyond the quantity.
[[nodiscard]] std::uint64_t reservation_block(std::uint64_t quantity);
/// What should be reserved when `seats` are wanted: unchanged while at least half a block is left beyond them.
[[nodiscard]] std::uint64_t reservation_target(std::uint64_t quantity, std::uint64_t reserved, std::uint64_t seats);

struct AnchorKeeperOptions {
    /// A head that moved is written not more often than this (and at stop). Reservations are written at once.
    std::chrono::milliseconds head_every{60'000};
    std::chrono::milliseconds retry_delay_max{5'000};
};

struct AnchorKeeperStatus {
    std::uint64_t counter = 0;                    ///< Of the anchor last written.
    ledger::TreeSize anchored;                    ///< Its head's size.
    ledger::Timestamp written_at;                 ///< Wall clock; 0: not by this process.
    std::optional<ledger::Error> failing;         ///< Of the first store (the token).
    std::optional<ledger::Error> second_failing;  ///< Of any other: an alarm, not a stop.
    ledger::Timestamp failing_since;
};

/// One a ledger. The constructor starts its thread, the destructor stops it (call stop() first to write the last
/// head). Every member may be called from any thread; none but flush() and stop() waits for a store.
class AnchorKeeper {
 public:
    /// @param signer, stores  outlive the keeper. The first store must be written for a reservation to count; others
    ///                        are written after it, and a failure there is an alarm in the status.
    /// @param current  the highest valid anchor, as found at start or made by `hsm init`.
    /// @param settled  whether each store has it, just so, and no other one: else it is written anew at once.
    AnchorKeeper(const ledger::Suite& suite, ledger::Signer& signer, std::vector<ledger::AnchorStore*> stores,
                 ledger::Anchor current, AnchorKeeperOptions options = {}, bool settled = true);
    ~AnchorKeeper();
    AnchorKeeper(const AnchorKeeper&) = delete;
    AnchorKeeper& operator=(const AnchorKeeper&) = delete;

    /// Seats of this licence that may be given now; 0 for one that is not known. Lock-free.
    [[nodiscard]] std::uint64_t reserved(std::string_view license_id) const noexcept;
    /// Says that `seats` seats in all are given or about to be. Does not wait: raises the reservation in the
    /// background when less than half a block is left. Seats beyond reserved() are given only after on_raised.
    void want(std::string_view license_id, std::uint64_t seats);
    /// Called on the keeper's thread after each write that raised a reservation or took in a licence. Must not block.
    void on_raised(std::function<void()> listener);

    /// The newest released head; an older one than before is ignored.
    void released(const ledger::TreeHead& head);
    /// Takes in a licence or its new state, and reserves its first block. Repeating it changes nothing.
    /// Written in the background: flush() waits for it. @return errc::anchor_full
    [[nodiscard]] ledger::Result<void> put(const KeptLicense& license);

    /// Waits until everything said before is written. @return what the first store says, after `most`
    [[nodiscard]] ledger::Result<void> flush(std::chrono::milliseconds most);
    /// The same, but does not wait for a store that fails to be well again.
    [[nodiscard]] ledger::Result<void> flush_or_fail(std::chrono::milliseconds most);
    /// Writes what is not written yet, waiting at most `most`, and ends the thread. Afterwards nothing is written.
    [[nodiscard]] ledger::Result<void> stop(std::chrono::milliseconds most);
    [[nodiscard]] AnchorKeeperStatus status() const;

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hsm
