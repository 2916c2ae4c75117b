#pragma once
// ledger/store_read/log_reader.hpp: the log, for reading: from the server's own environment, or of a folder beside a
// running server. Format of the LMDB databases: docs/formats/log.md.

#include <filesystem>
#include <functional>
#include <optional>

#include "ledger/core/event.hpp"
#include "ledger/core/tree.hpp"

namespace ledger {

/// A released head, as stored: size and signed note.
struct ReleasedHead {
    TreeSize size;
    std::string note;
};

/// Read access to a log. Each call is one short read transaction, never left open; safe from several threads at once.
/// Errors of all calls: errc::not_found, and log_damaged for what cannot be (facts: folder, number; detail: what).
class LogReader : public NodeReader {
 public:
    /// What messages call this log: its ledger's folder.
    [[nodiscard]] virtual std::string name() const = 0;
    /// Number of durable events.
    [[nodiscard]] virtual Result<TreeSize> size() const = 0;
    [[nodiscard]] virtual Result<Bytes> event(SequenceNumber number) const = 0;
    /// Empty if the event has none, or all are erased.
    [[nodiscard]] virtual Result<std::vector<AnnexValue>> annex(SequenceNumber number) const = 0;
    /// The smallest released head of at least `size`: the one under which event size-1 was acknowledged.
    [[nodiscard]] virtual Result<ReleasedHead> head_covering(TreeSize size) const = 0;
    [[nodiscard]] virtual Result<ReleasedHead> last_head() const = 0;

    /// Calls `visit` with each stored event from `from` up to `to` (exclusive), in order, in bounded read transactions;
    /// stops early, with success, when it returns false. The bytes are valid during the call only; `visit` must not
    /// block for long. @return errc::not_found if `to` is beyond size(); log_damaged for a hole (fact: number).
    using EventVisitor = std::function<bool(SequenceNumber, ByteView event)>;
    [[nodiscard]] virtual Result<void> visit_events(SequenceNumber from, TreeSize to,
                                                    const EventVisitor& visit) const = 0;
    /// The same for the hashes that each event completed: 32 bytes each, its leaf first (Frontier::append).
    using NodesVisitor = std::function<bool(SequenceNumber, ByteView hashes)>;
    [[nodiscard]] virtual Result<void> visit_nodes(SequenceNumber from, TreeSize to,
                                                   const NodesVisitor& visit) const = 0;
    using HeadVisitor = std::function<bool(const ReleasedHead&)>;
    [[nodiscard]] virtual Result<void> visit_heads(TreeSize from, const HeadVisitor& visit) const = 0;
    using AnnexVisitor = std::function<bool(SequenceNumber, ByteView annex)>;
    [[nodiscard]] virtual Result<void> visit_annex(SequenceNumber from, TreeSize to,
                                                   const AnnexVisitor& visit) const = 0;
};

/// Opens the log of the ledger in `folder` (in folder/log) for reading only, also while a server writes to it.
/// @return errc::log_not_found, log_damaged (no LMDB file, or a cut one), log_format_unknown, log_unreadable
[[nodiscard]] Result<std::unique_ptr<LogReader>> open_log_reader(const std::filesystem::path& folder);

}  // namespace ledger
