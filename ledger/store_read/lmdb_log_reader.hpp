#pragma once
// ledger/store_read/lmdb_log_reader.hpp: reads of an LMDB log; the writing side reads through it as well.
// Format: docs/formats/log.md.

#include "ledger/store_read/lmdb_environment.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace ledger {

/// Thread-safe; each call is a read transaction of its own, long visits are several.
class LmdbLogReader final : public LogReader {
 public:
    explicit LmdbLogReader(std::shared_ptr<lmdb::Environment> environment) : environment_(std::move(environment)) {}

    [[nodiscard]] std::string name() const override { return environment_->folder().parent_path().string(); }
    [[nodiscard]] Result<TreeSize> size() const override;
    [[nodiscard]] Result<Bytes> event(SequenceNumber number) const override;
    [[nodiscard]] Result<std::vector<AnnexValue>> annex(SequenceNumber number) const override;
    [[nodiscard]] Result<ReleasedHead> head_covering(TreeSize size) const override;
    [[nodiscard]] Result<ReleasedHead> last_head() const override;
    [[nodiscard]] Result<void> visit_events(SequenceNumber from, TreeSize to, const EventVisitor& visit) const override;
    [[nodiscard]] Result<void> visit_nodes(SequenceNumber from, TreeSize to, const NodesVisitor& visit) const override;
    [[nodiscard]] Result<void> visit_heads(TreeSize from, const HeadVisitor& visit) const override;
    [[nodiscard]] Result<void> visit_annex(SequenceNumber from, TreeSize to, const AnnexVisitor& visit) const override;
    [[nodiscard]] Result<Digest> node(NodeId id) const override;

 private:
    enum class Keys { dense, sparse };
    using EntryVisitor = std::function<bool(std::uint64_t, ByteView)>;
    /// Entries of keys [from, to), in bounded transactions.
    [[nodiscard]] Result<void> visit(lmdb::Database database, Keys keys, std::uint64_t from, std::uint64_t to,
                                     const EntryVisitor& visitor) const;

    std::shared_ptr<lmdb::Environment> environment_;
};

}  // namespace ledger
