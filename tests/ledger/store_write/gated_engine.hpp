#pragma once
// tests/ledger/store_write/gated_engine.hpp: the real engine behind a gate: a test can hold a commit, let it fail, or
// take the room away.

#include <condition_variable>
#include <mutex>

#include "ledger/core/errc.hpp"
#include "ledger/store_write/log_engine.hpp"

namespace ledger {

class GatedEngine final : public LogEngine {
 public:
    explicit GatedEngine(std::unique_ptr<LogEngine> engine) : engine_(std::move(engine)) {}

    void hold() {
        set([this] { held_ = true; });
    }
    void release() {
        set([this] { held_ = false; });
    }
    void fail_next_append() {
        set([this] { fail_ = true; });
    }
    void fill_disk(bool full) {
        set([this, full] { full_ = full; });
    }
    /// Blocks until an append waits at the gate.
    void wait_for_append() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return at_gate_; });
    }

    [[nodiscard]] Result<void> append(TreeSize expected, std::span<const StoredEvent> group,
                                      const ReleasedHead& head) override {
        {
            std::unique_lock lock(mutex_);
            at_gate_ = true;
            changed_.notify_all();
            changed_.wait(lock, [&] { return !held_; });
            at_gate_ = false;
            if (fail_) return Error{errc::storage_failed, "the test's disk fails"};
        }
        return engine_->append(expected, group, head);
    }
    [[nodiscard]] Result<void> check_room(std::uint64_t events, std::uint64_t bytes) override {
        {
            const std::lock_guard lock(mutex_);
            if (full_) return Error{errc::disk_full, "the test's disk is full"};
        }
        return engine_->check_room(events, bytes);
    }
    [[nodiscard]] StorageRoom room() const override { return engine_->room(); }
    [[nodiscard]] LogEdge edge() const override { return engine_->edge(); }
    [[nodiscard]] std::string name() const override { return engine_->name(); }
    [[nodiscard]] Result<TreeSize> size() const override { return engine_->size(); }
    [[nodiscard]] Result<Bytes> event(SequenceNumber number) const override { return engine_->event(number); }
    [[nodiscard]] Result<std::vector<AnnexValue>> annex(SequenceNumber number) const override {
        return engine_->annex(number);
    }
    [[nodiscard]] Result<ReleasedHead> head_covering(TreeSize size) const override {
        return engine_->head_covering(size);
    }
    [[nodiscard]] Result<ReleasedHead> last_head() const override { return engine_->last_head(); }
    [[nodiscard]] Result<Digest> node(NodeId id) const override { return engine_->node(id); }
    [[nodiscard]] Result<void> visit_events(SequenceNumber from, TreeSize to,
                                            const EventVisitor& visit) const override {
        return engine_->visit_events(from, to, visit);
    }
    [[nodiscard]] Result<void> visit_nodes(SequenceNumber from, TreeSize to, const NodesVisitor& visit) const override {
        return engine_->visit_nodes(from, to, visit);
    }
    [[nodiscard]] Result<void> visit_heads(TreeSize from, const HeadVisitor& visit) const override {
        return engine_->visit_heads(from, visit);
    }
    [[nodiscard]] Result<void> visit_annex(SequenceNumber from, TreeSize to, const AnnexVisitor& visit) const override {
        return engine_->visit_annex(from, to, visit);
    }

 private:
    template <class Change>
    void set(Change change) {
        {
            const std::lock_guard lock(mutex_);
            change();
        }
        changed_.notify_all();
    }

    std::unique_ptr<LogEngine> engine_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;
    bool at_gate_ = false;
    bool fail_ = false;
    bool full_ = false;
};

}  // namespace ledger
