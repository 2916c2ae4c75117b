#include "snapshot/state_replay.hpp"

#include <algorithm>

#include "snapshot/state_errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;
using Outcome = SnapshotVerdict::Outcome;

class Replay {
 public:
    Replay(const StateFolder& folder, const ledger::LogReader& log, const ReplayPlan& plan,
           const FoldProgress& progress)
        : folder_(folder), log_(log), plan_(plan), progress_(progress) {}

    Result<ReplayReport> run() {
        ACTLEDGER_TRY(identity_, identify_log(log_));
        ACTLEDGER_TRY(const std::vector<StateFolder::Entry> entries, folder_.list());
        ACTLEDGER_TRY(report_.size, log_.size());
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
            report_.snapshots.push_back({entry->path, entry->size, Outcome::same, std::nullopt});
        }
        // Those of sizes that the log does not have lie at the end, behind every event that there is to fold.
        for (SnapshotVerdict& verdict : report_.snapshots) {
            if (verdict.size > report_.size) break;
            ACTLEDGER_CHECK(fold_to(verdict.size));
            ACTLEDGER_CHECK(judge(verdict));
        }
        ACTLEDGER_CHECK(fold_to(report_.size));
        report_.state = digest();
        ACTLEDGER_CHECK(finish());
        return std::move(report_);
    }

 private:
    /// On the way past the server's size, its state is compared.
    Result<void> fold_to(ledger::TreeSize size) {
        if (plan_.server && state_->size() <= plan_.server->size && plan_.server->size <= size) {
            ACTLEDGER_CHECK(fold_state(log_, *state_, plan_.server->size, forward()));
            if (digest() != plan_.server->digest) {
                report_.server_differs =
                    Error{state_errc::state_differs, {}, {{"size", std::to_string(plan_.server->size.value)}}};
            }
        }
        return fold_state(log_, *state_, size, forward());
    }
    /// Of the state as it is; the snapshot, the server and the end are often of one size.
    const ledger::Digest& digest() {
        if (!digest_ || digest_size_ != state_->size()) digest_ = state_->digest();
        digest_size_ = state_->size();
        return *digest_;
    }
    [[nodiscard]] FoldProgress forward() const {
        return [this](std::uint64_t folded) {
            if (progress_) static_cast<void>(progress_(folded));
            return true;
        };
    }

    /// With the state of the snapshot's own size at hand.
    Result<void> judge(SnapshotVerdict& verdict) {
        ACTLEDGER_CHECK(find_fault(verdict));
        if (!verdict.why) return {};
        verdict.outcome = Outcome::bad;
        if (plan_.mode == ReplayPlan::Mode::check) return {};
        ACTLEDGER_CHECK(write());
        verdict.outcome = Outcome::repaired;
        return {};
    }
    /// Into verdict.why; fails only where the log does.
    Result<void> find_fault(SnapshotVerdict& verdict) {
        const auto read = read_state_file(verdict.path);
        if (!read) {
            verdict.why = read.error();
            return {};
        }
        if (const auto judged = judge_snapshot(verdict.path, read->facts, identity_, log_); !judged) {
            if (&judged.error().code.category() != &state_category()) return judged.error();
            verdict.why = judged.error();
        } else if (read->facts.head.size != state_->size() || read->facts.state != digest()) {
            const std::string size = std::to_string(verdict.size.value);
            verdict.why = Error{state_errc::snapshot_differs, {}, {{"path", verdict.path.string()}, {"size", size}}};
        }
        return {};
    }
    Result<void> write() {
        ACTLEDGER_TRY(const auto frontier, ledger::Frontier::load(*identity_.suite, state_->size(), log_));
        std::vector<std::filesystem::path> beyond;
        for (const SnapshotVerdict& verdict : report_.snapshots) {
            if (verdict.size > report_.size) beyond.push_back(verdict.path);
        }
        ACTLEDGER_TRY(const StateFacts written, folder_.write(*state_, frontier.head(), beyond));
        static_cast<void>(written);
        return {};
    }

    Result<void> finish() {
        const bool repairs = plan_.mode == ReplayPlan::Mode::repair;
        const bool is_there = std::ranges::any_of(
            report_.snapshots, [&](const SnapshotVerdict& verdict) { return verdict.size == report_.size; });
        if (repairs && !is_there) {
            ACTLEDGER_CHECK(write());
            report_.made = folder_.path_of(report_.size);
        }
        for (SnapshotVerdict& verdict : report_.snapshots) {
            if (verdict.size <= report_.size) continue;
            // The server may have made it meanwhile: then it is of the log that there is now, and left alone.
            ACTLEDGER_TRY(const ledger::TreeSize now, log_.size());
            if (verdict.size <= now) continue;
            verdict.outcome = repairs && !std::filesystem::exists(verdict.path) ? Outcome::removed : Outcome::bad;
            verdict.why = Error{state_errc::snapshot_not_of_log,
                                "the log is shorter",
                                {{"path", verdict.path.string()}, {"size", std::to_string(verdict.size.value)}}};
        }
        return {};
    }

    const StateFolder& folder_;
    const ledger::LogReader& log_;
    const ReplayPlan& plan_;
    const FoldProgress& progress_;
    LogIdentity identity_;
    std::unique_ptr<projections::LedgerState> state_ = std::make_unique<projections::LedgerState>();
    std::optional<ledger::Digest> digest_;
    ledger::TreeSize digest_size_;
    ReplayReport report_;
};

}  // namespace

bool ReplayReport::all_same() const {
    return !server_differs && std::ranges::all_of(snapshots, [](const SnapshotVerdict& verdict) {
        return verdict.outcome == Outcome::same;
    });
}

Result<ReplayReport> replay(const StateFolder& folder, const ledger::LogReader& log, const ReplayPlan& plan,
                            const FoldProgress& progress) {
    return Replay(folder, log, plan, progress).run();
}

}  // namespace snapshot
