#include "snapshot/read_rebuild.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "projections/read/errc.hpp"

namespace snapshot {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;
using projections::read_errc;
using projections::ReadModels;

constexpr std::uint64_t commit_events = 65'536;

/// Folds up to `to`, in few and large transactions.
Result<void> fold_into(ReadModels& models, const ledger::LogReader& log, ledger::TreeSize to,
                       const FoldProgress& progress) {
    Result<void> applied;
    std::uint64_t uncommitted = 0;
    const auto fold = [&](std::span<const ledger::Event> events) {
        applied = models.apply(events);
        uncommitted += events.size();
        if (applied && uncommitted >= commit_events) {
            applied = models.commit(log);
            uncommitted = 0;
        }
        if (progress) static_cast<void>(progress(events.back().sequence_number.value + 1));
        return applied.has_value();
    };
    const auto folded = fold_log(log, ledger::next_of(models.size()), to, fold);
    if (!folded || !applied) {
        models.give_up();
        return folded ? applied : folded;
    }
    return models.commit(log);
}

/// Nothing if there are none of this log. @return read_errc::read_models_damaged if they cannot be read
Result<std::optional<ReadModels::Stated>> state_of_old(const fs::path& folder, const ledger::LogReader& log) {
    const auto old = ReadModels::open(folder, log, ReadModels::Access::read);
    if (!old) {
        const Error& why = old.error();
        const bool of_models = &why.code.category() == &projections::read_category();
        if (!of_models || why.code == read_errc::read_models_damaged) return why;
        return std::optional<ReadModels::Stated>();
    }
    ACTLEDGER_TRY(const ReadModels::Stated stated, (*old)->digest());
    if (stated.size.value == 0) return std::optional<ReadModels::Stated>();
    return std::optional(stated);
}

/// A command that root runs must not leave what the service's own account cannot write.
std::error_code give_to_owner(const fs::path& fresh) {
    struct stat owner {};
    if (::stat(fresh.parent_path().c_str(), &owner) != 0) return {errno, std::generic_category()};
    if (owner.st_uid == ::geteuid()) return {};
    std::error_code failed;
    std::vector<fs::path> paths{fresh};
    for (const auto& file : fs::directory_iterator(fresh, failed)) paths.push_back(file.path());
    for (const fs::path& path : paths) {
        if (::chown(path.c_str(), owner.st_uid, owner.st_gid) != 0) return {errno, std::generic_category()};
    }
    return failed;
}

Result<void> put_in_place(const fs::path& fresh, const fs::path& folder) {
    fs::path old = folder;
    old += ".old";
    std::error_code failed = give_to_owner(fresh);
    if (!failed) fs::remove_all(old, failed);
    if (!failed && fs::exists(folder)) fs::rename(folder, old, failed);
    // Between the two there are none, and a server that starts then builds them itself.
    if (!failed) fs::rename(fresh, folder, failed);
    if (!failed) fs::remove_all(old, failed);
    if (!failed) return {};
    return Error{
        read_errc::read_models_unusable, "rename", {{"folder", folder.string()}, {"reason", failed.message()}}};
}

/// The models beside the old ones. Gone with this, unless they were put in place: an interrupted run's, and one's that
/// failed, on a full disk above all.
class FreshModels {
 public:
    explicit FreshModels(fs::path folder) : folder_(std::move(folder)) { remove(); }
    ~FreshModels() { remove(); }
    FreshModels(const FreshModels&) = delete;
    FreshModels& operator=(const FreshModels&) = delete;
    [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
    void remove() const {
        std::error_code ignored;  // what stays is in the way of nobody but the next run, which says so
        fs::remove_all(folder_, ignored);
    }
    fs::path folder_;
};

}  // namespace

Result<ReadRebuild> rebuild_read_models(const fs::path& folder, const ledger::LogReader& log, ReadSwap swap,
                                        const FoldProgress& progress) {
    ReadRebuild report;
    std::optional<ReadModels::Stated> old;
    if (auto state = state_of_old(folder, log)) {
        old = *state;
    } else if (state.error().code == read_errc::read_models_damaged) {
        report.differs = state.error();
    } else {
        return state.error();
    }
    const FreshModels fresh(folder.string() + ".new");
    ACTLEDGER_TRY(report.size, log.size());
    {
        ACTLEDGER_TRY(const auto models, ReadModels::open(fresh.folder(), log, ReadModels::Access::write));
        if (old) {
            report.old_size = old->size;
            ACTLEDGER_CHECK(fold_into(*models, log, old->size, progress));
            ACTLEDGER_TRY(const ReadModels::Stated expected, models->digest());
            if (expected.digest != old->digest) {
                report.differs = Error{read_errc::read_models_differ,
                                       {},
                                       {{"folder", folder.string()}, {"size", std::to_string(old->size.value)}}};
            }
        }
        ACTLEDGER_CHECK(fold_into(*models, log, report.size, progress));
        ACTLEDGER_TRY(const ReadModels::Stated stated, models->digest());
        report.digest = stated.digest;
    }
    if (swap == ReadSwap::if_unused && !projections::ReadEnvironment::is_written(folder)) {
        ACTLEDGER_CHECK(put_in_place(fresh.folder(), folder));
        report.swapped = true;
    }
    return report;
}

}  // namespace snapshot
