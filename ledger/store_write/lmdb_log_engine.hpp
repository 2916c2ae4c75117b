#pragma once
// ledger/store_write/lmdb_log_engine.hpp: the log in one LMDB environment, with full durability. Format:
// docs/formats/log.md.

#include <atomic>

#include "ledger/store_read/lmdb_log_reader.hpp"
#include "ledger/store_write/file_system.hpp"
#include "ledger/store_write/log_engine.hpp"

namespace ledger {

/// One event as views, for whoever has millions of them to store.
struct StoredView {
    ByteView event;
    ByteView annex;  ///< Empty: none.
    std::span<const Digest> completed;
};

class LmdbLogEngine final : public LogEngine {
 public:
    LmdbLogEngine(std::shared_ptr<lmdb::Environment> environment, const EngineOptions& options,
                  const LogEdge& edge = {});

    /// What append does, for events that were written before and are put back: any number of groups at once, with all
    /// their heads, of which the last one covers them all. What they erased is taken away by erase_restored.
    [[nodiscard]] Result<void> append_restored(TreeSize expected, std::span<const StoredView> events,
                                               std::span<const ReleasedHead> heads);

    /// Takes away the annex values that events erased, where they are still there. One transaction.
    [[nodiscard]] Result<void> erase_restored(std::span<const AnnexErased> erased);

    [[nodiscard]] Result<void> append(TreeSize expected, std::span<const StoredEvent> group,
                                      const ReleasedHead& head) override;
    [[nodiscard]] Result<void> check_room(std::uint64_t events, std::uint64_t bytes) override;
    [[nodiscard]] StorageRoom room() const override;
    [[nodiscard]] LogEdge edge() const override { return edge_; }

    [[nodiscard]] std::string name() const override { return reader_.name(); }
    [[nodiscard]] Result<TreeSize> size() const override { return reader_.size(); }
    [[nodiscard]] Result<Bytes> event(SequenceNumber number) const override { return reader_.event(number); }
    [[nodiscard]] Result<std::vector<AnnexValue>> annex(SequenceNumber number) const override {
        return reader_.annex(number);
    }
    [[nodiscard]] Result<ReleasedHead> head_covering(TreeSize size) const override {
        return reader_.head_covering(size);
    }
    [[nodiscard]] Result<ReleasedHead> last_head() const override { return reader_.last_head(); }
    [[nodiscard]] Result<Digest> node(NodeId id) const override { return reader_.node(id); }
    [[nodiscard]] Result<void> visit_events(SequenceNumber from, TreeSize to,
                                            const EventVisitor& visit) const override {
        return reader_.visit_events(from, to, visit);
    }
    [[nodiscard]] Result<void> visit_nodes(SequenceNumber from, TreeSize to, const NodesVisitor& visit) const override {
        return reader_.visit_nodes(from, to, visit);
    }
    [[nodiscard]] Result<void> visit_heads(TreeSize from, const HeadVisitor& visit) const override {
        return reader_.visit_heads(from, visit);
    }
    [[nodiscard]] Result<void> visit_annex(SequenceNumber from, TreeSize to, const AnnexVisitor& visit) const override {
        return reader_.visit_annex(from, to, visit);
    }

 private:
    class Writing;
    [[nodiscard]] Result<void> commit(TreeSize expected, std::span<const StoredEvent> group, const ReleasedHead& head);
    [[nodiscard]] Result<void> commit_restored(TreeSize expected, std::span<const StoredView> events,
                                               std::span<const ReleasedHead> heads);
    [[nodiscard]] Result<void> finish(Result<void> committed);
    void clear_stale_readers();

    std::shared_ptr<lmdb::Environment> environment_;
    LmdbLogReader reader_;
    const LogEdge edge_;
    FileAllocation allocation_;
    std::atomic<std::uint64_t> used_bytes_;  ///< As of the last commit: check_room runs beside the next one.
    std::atomic<bool> failed_ = false;
    std::int64_t readers_checked_s_ = 0;
};

}  // namespace ledger
