#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ledger/core/errc.hpp"
#include "ledger/store_write/file_system.hpp"
#include "ledger/store_write/group_builder.hpp"
#include "ledger/store_write/lmdb_log_engine.hpp"

namespace ledger {
namespace {

/// Held while a ledger is made: two at once would work in the same unfinished folder.
class FolderLock {
 public:
    [[nodiscard]] static Result<FolderLock> take(const std::filesystem::path& folder) {
        const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return FolderLock(descriptor);
        const int failed = errno;
        if (descriptor >= 0) ::close(descriptor);
        const Fact folder_fact{"folder", folder.string()};
        if (failed == EWOULDBLOCK) return Error{errc::log_locked, "another process makes a ledger here", {folder_fact}};
        return Error{errc::log_unreadable, "open", {folder_fact, {"reason", std::strerror(failed)}}};
    }
    ~FolderLock() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FolderLock& operator=(FolderLock&&) = delete;

 private:
    explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

Error failed_on(std::string_view call, const std::filesystem::path& path, const std::error_code& failed) {
    return {errc::storage_failed, std::string(call) + " " + path.string() + ": " + failed.message()};
}

Result<void> write_first_group(const std::filesystem::path& log, const SealedGroup& group) {
    ACTLEDGER_TRY(auto environment, lmdb::Environment::open(log, lmdb::Access::create, EngineOptions{}.map_bytes));
    LmdbLogEngine engine(std::move(environment), EngineOptions{});
    std::uint64_t bytes = 0;
    for (const StoredEvent& event : group.events()) bytes += event.event.size() + event.annex.size();
    ACTLEDGER_CHECK(engine.check_room(group.events().size(), bytes));
    return engine.append({0}, group.events(), group.head());
}

}  // namespace

Result<ReleasedHead> create_log(const std::filesystem::path& folder, const Origin& origin,
                                std::span<const EventDraft> first, Timestamp time, Signer& signer) {
    ACTLEDGER_ASSERT(!first.empty());
    const auto* created = std::get_if<LedgerCreated>(&first.front().body);
    ACTLEDGER_ASSERT(created != nullptr);
    const Suite* suite = find_suite(created->suite);
    ACTLEDGER_ASSERT(suite != nullptr);

    const auto log = folder / "log";
    const auto unfinished = folder / "log.unfinished";
    std::error_code failed;
    const bool new_folder = std::filesystem::create_directories(folder, failed);
    if (failed) return failed_on("mkdir", folder, failed);
    ACTLEDGER_CHECK(check_local_file_system(folder));
    ACTLEDGER_TRY(const FolderLock lock, FolderLock::take(folder));
    if (std::filesystem::exists(log / "data.mdb", failed)) {
        return Error{errc::log_exists, {}, {{"folder", folder.string()}}};
    }

    GroupBuilder builder(*suite, origin, Frontier(*suite));
    ACTLEDGER_TRY(const auto events, builder.add({first.begin(), first.end()}, time));
    ACTLEDGER_TRY(const auto group, builder.close().sign(signer));

    // Made beside its place and renamed into it, so that there is a whole ledger or none.
    std::filesystem::remove_all(unfinished, failed);
    if (failed) return failed_on("remove", unfinished, failed);
    std::filesystem::create_directory(unfinished, failed);
    if (failed) return failed_on("mkdir", unfinished, failed);
    std::filesystem::permissions(unfinished, std::filesystem::perms::owner_all, failed);
    if (failed) return failed_on("chmod", unfinished, failed);
    ACTLEDGER_CHECK(write_first_group(unfinished, *group));
    ACTLEDGER_CHECK(sync_folder(unfinished));
    std::filesystem::rename(unfinished, log, failed);
    if (failed) return failed_on("rename", log, failed);
    ACTLEDGER_CHECK(sync_folder(folder));
    if (new_folder && folder.has_parent_path())
        ACTLEDGER_CHECK(sync_folder(std::filesystem::absolute(folder).parent_path()));
    return group->head();
}

}  // namespace ledger
