#pragma once
// tools/verify/chunk.hpp: the part of an audit that needs no order: a run of events is read, decoded and hashed, and
// held against the stored hashes, the heads and the annex of the same run. Any thread; no two on one chunk.

#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/log_scan.hpp"
#include "tools/verify/subtree.hpp"
#include "tools/verify/trust.hpp"

namespace verify {

enum class HeadSignatures { last, every };

/// A head that read_head() accepts.
struct ChunkHead {
    std::uint64_t size;
    ledger::SignedCheckpoint head;
    bool signature_good;  ///< Checked here only with HeadSignatures::every.
};

struct ChunkEvent {
    ledger::Event event;
    bool readable = false;  ///< Decoded, and where it says it is.
};

/// A value that an event commits to: sequence number and field.
struct AnnexPlace {
    std::uint64_t number;
    ledger::AnnexField field;
    auto operator<=>(const AnnexPlace&) const = default;
};

/// As in events.capnp: "deviceName".
[[nodiscard]] std::string_view field_name(ledger::AnnexField field);

/// An entry whose key is none, or that nothing calls for.
[[nodiscard]] Finding stray_entry(ledger::LogDatabase database, ledger::ByteView key);

/// Results about events [first, first + events.size()). Reused from run to run, so that its memory stays warm.
struct Chunk {
    explicit Chunk(std::size_t findings_max) : findings(findings_max) {}

    std::uint64_t first = 0;
    std::vector<ChunkEvent> events;
    std::vector<ChunkHead> heads;  ///< Sizes first + 1 to first + events.size(), ascending.
    FindingList findings;
    std::vector<AnnexPlace> annex_missing;
    ledger::HashBatch batch;  ///< Of the run itself.

    /// Whether every event and its stored hashes are there and agree; then `tree` and `upper` are set.
    bool sound = false;
    Subtree tree;
    std::vector<ledger::Digest> upper;  ///< Of a full chunk: stored hashes of its root and of what that completes.
    /// Otherwise, for each event:
    std::vector<std::vector<ledger::Digest>> stored;  ///< The log's hashes, leaf first; empty: none.
    std::vector<MaybeDigest> leaves;                  ///< The hash of the event's bytes; empty: no event.

    /// What the log has for event first + `i`: leaf hash first, then what it completes.
    [[nodiscard]] std::vector<ledger::Digest> stored_of(std::size_t i) const;
    [[nodiscard]] MaybeDigest leaf_of(std::size_t i) const;
};

/// Thread-safe; what it refers to outlives it.
class ChunkChecker {
 public:
    ChunkChecker(const ledger::LogScan& scan, const Trust& trust, HeadSignatures signatures)
        : scan_(scan), trust_(trust), signatures_(signatures) {}

    /// @param first  a multiple of Subtree::leaves_max.
    /// @param count  1 to Subtree::leaves_max.
    /// @return what reading the log returns; whatever is wrong with what is read goes into the chunk's findings.
    [[nodiscard]] ledger::Result<void> check(std::uint64_t first, std::uint64_t count, Chunk& chunk) const;

 private:
    class Run;
    const ledger::LogScan& scan_;
    const Trust& trust_;
    HeadSignatures signatures_;
};

}  // namespace verify
