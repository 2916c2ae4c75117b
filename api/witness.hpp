#pragma once
// api/witness.hpp: desktops are witnesses (design section 8): a checkpoint that a client hands in is either part of
// this ledger's history, and a consistency proof shows it, or of an incarnation that an event closed, or evidence that
// the ledger was rolled back or forked.

#include <atomic>
#include <filesystem>
#include <mutex>

#include "ledger/core/incarnation.hpp"
#include "ledger/core/shown_head.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace api {

/// A checkpoint of an incarnation that was closed, and that the log does not have.
struct ClosedCheckpoint {
    std::uint32_t incarnation;
    ledger::TreeSize size;
    std::size_t opening;  ///< Which of Incarnations::opened() closed it.
};

/// A checkpoint that is no evidence against this ledger.
struct KnownCheckpoint {
    ledger::TreeSize size;  ///< Its own; if it was closed: of what was kept.
    std::optional<ClosedCheckpoint> closed;
};

/// Evidence of another history.
struct HistoryAlarm {
    std::filesystem::path evidence;  ///< The signed checkpoint, as it was handed in (HASH.note). Beside it HASH.pem, if
                                     ///< the ledger does not know its key: the certificates that say whose it is.
    ledger::TreeSize size;
    ledger::Timestamp since;  ///< Wall clock.
};

/// Any thread.
class Witness {
 public:
    /// Notes signed by keys that the ledger knows, and as many by others. More would say nothing new.
    static constexpr std::size_t evidence_files_max = 64;

    struct Parts {
        const ledger::Suite& suite;
        const ledger::LogReader& log;
        ledger::Origin origin;
        ledger::Incarnations incarnations;
        ledger::KeyEpochs keys;    ///< They change only while no server runs, as incarnations do.
        ledger::Certificate root;  ///< The vendor's, pinned in the ledger.
        /// As of the start of the program: a revocation that is imported later counts from the next one on.
        ledger::RetiredKeys retired;
        const ledger::Clock& clock;
        std::filesystem::path evidence_folder;
    };
    /// Raises the alarm again if evidence of an earlier run still contradicts the log.
    explicit Witness(Parts parts);

    /// @param certificates  DER, of the key that signed the note; looked at only if the ledger does not know that key.
    /// A
    ///                      ledger that was set back to before a hand-over does not know the next one.
    /// @return errc::checkpoint_unknown (facts: size, server_size) for evidence, which is stored and raises the alarm;
    ///         ledger::errc::unknown_key if a retired key signed it, which proves nothing; wrong_origin, unknown_key,
    ///         bad_signature, malformed_…, certificate_…: not ours, or not signed.
    [[nodiscard]] ledger::Result<KnownCheckpoint> check(std::string_view note,
                                                        std::span<const ledger::Bytes> certificates);
    /// While it is raised, no new seat is given.
    [[nodiscard]] bool alarmed() const { return alarmed_.load(std::memory_order_acquire); }
    [[nodiscard]] std::optional<HistoryAlarm> alarm() const;

 private:
    [[nodiscard]] ledger::Result<KnownCheckpoint> judge(const ledger::SignedCheckpoint& checkpoint) const;
    /// @param certificates  none if the ledger knows the key.
    void raise(const ledger::SignedCheckpoint& checkpoint, std::string_view note,
               std::span<const ledger::Bytes> certificates);
    [[nodiscard]] bool keep(const std::filesystem::path& path, std::string_view note,
                            std::span<const ledger::Bytes> certificates) const;

    const Parts parts_;
    std::size_t dismissed_ = 0;  ///< Notes that were kept before their key was known to be retired.
    mutable std::mutex mutex_;
    std::optional<HistoryAlarm> alarm_;
    std::atomic<bool> alarmed_{false};
};

}  // namespace api
