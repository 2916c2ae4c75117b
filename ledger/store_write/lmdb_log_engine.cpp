#include "ledger/store_write/lmdb_log_engine.hpp"

#include <algorithm>
#include <chrono>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_write/lmdb_edge.hpp"

namespace ledger {
namespace {

using lmdb::Database;

constexpr unsigned alarm_percent = 80;
constexpr std::int64_t readers_check_every_s = 60;

// What a group may need at most beside its content: keys, node hashes and page headers of each event; the pages from
// root to leaf of five trees and the list of free pages, which are written anew.
constexpr std::uint64_t per_event_bytes = 256;
constexpr std::uint64_t per_group_bytes = 512U << 10;

std::int64_t steady_seconds() {
    using namespace std::chrono;
    return duration_cast<seconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

/// The write transaction of one group. Undone by the destructor unless committed.
class LmdbLogEngine::Writing {
 public:
    explicit Writing(const lmdb::Environment& environment) : environment_(environment) {
        call("mdb_txn_begin", [&] { return mdb_txn_begin(environment.handle(), nullptr, 0, &transaction_); });
    }
    ~Writing() {
        const lmdb::Inside inside(lmdb::log_file());
        if (transaction_ != nullptr) mdb_txn_abort(transaction_);
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

    [[nodiscard]] std::uint64_t count(Database database) {
        MDB_stat stat{};
        call("mdb_stat", [&] { return mdb_stat(transaction_, environment_.database(database), &stat); });
        return stat.ms_entries;
    }
    /// Keys must ascend: MDB_APPEND makes a wrong one an error, and fills pages to the brim.
    void append(Database database, std::uint64_t key, ByteView bytes) { put(database, key, bytes, MDB_APPEND); }
    void replace(Database database, std::uint64_t key, ByteView bytes) { put(database, key, bytes, 0); }
    void remove(Database database, std::uint64_t key) {
        lmdb::Key key_bytes(key);
        MDB_val key_value = key_bytes.value();
        call("mdb_del", [&] { return mdb_del(transaction_, environment_.database(database), &key_value, nullptr); });
    }
    [[nodiscard]] std::optional<Bytes> find(Database database, std::uint64_t key) {
        lmdb::Key key_bytes(key);
        MDB_val key_value = key_bytes.value();
        MDB_val value{};
        if (!good()) return std::nullopt;
        const int code =
            lmdb::in_log([&] { return mdb_get(transaction_, environment_.database(database), &key_value, &value); });
        if (code == MDB_NOTFOUND) return std::nullopt;
        check(code, "mdb_get");
        return good() ? std::optional(copy(lmdb::view(value))) : std::nullopt;
    }
    /// Takes one value out of the annex; one that is not there is fine.
    void erase(const AnnexErased& erased) {
        const std::uint64_t target = erased.sequence_number.value;
        const auto stored = find(Database::annex, target);
        if (!stored) return;
        auto values = decode_annex(*stored);
        // Nothing is changed in what is damaged.
        if (!values) return fail("annex entry " + std::to_string(target) + ": " + values.error().describe());
        std::erase_if(*values, [&](const AnnexValue& value) { return value.field == erased.field; });
        if (values->empty()) {
            remove(Database::annex, target);
        } else {
            replace(Database::annex, target, encode_annex(*values));
        }
    }
    [[nodiscard]] bool good() const { return !failure_; }
    void fail(std::string detail) {
        if (good()) failure_ = Error{errc::storage_failed, std::move(detail)};
    }
    /// @return the first failure of all calls, or of this one.
    [[nodiscard]] Result<void> commit() {
        call("mdb_txn_commit", [&] { return mdb_txn_commit(std::exchange(transaction_, nullptr)); });
        if (!good()) return *failure_;
        return {};
    }

 private:
    void put(Database database, std::uint64_t key, ByteView bytes, unsigned flags) {
        lmdb::Key key_bytes(key);
        MDB_val key_value = key_bytes.value();
        MDB_val value{bytes.size(), const_cast<std::uint8_t*>(bytes.data())};  // LMDB only reads it
        call("mdb_put",
             [&] { return mdb_put(transaction_, environment_.database(database), &key_value, &value, flags); });
    }
    /// Unless one before it has failed.
    template <class Call>
    void call(std::string_view name, Call&& call) {
        if (good()) check(lmdb::in_log(std::forward<Call>(call)), name);
    }
    void check(int code, std::string_view call) {
        if (code != 0) fail(std::string(call) + ": " + mdb_strerror(code));
    }

    const lmdb::Environment& environment_;
    MDB_txn* transaction_ = nullptr;
    std::optional<Error> failure_;
};

LmdbLogEngine::LmdbLogEngine(std::shared_ptr<lmdb::Environment> environment, const EngineOptions& options,
                             const LogEdge& edge)
    : environment_(std::move(environment)),
      reader_(environment_),
      edge_(edge),
      allocation_(environment_->file(), {options.step_bytes, options.keep_free_bytes, options.keep_free_percent}),
      used_bytes_(environment_->used_bytes()),
      readers_checked_s_(steady_seconds()) {}

Result<void> LmdbLogEngine::append(TreeSize expected, std::span<const StoredEvent> group, const ReleasedHead& head) {
    ACTLEDGER_ASSERT(!group.empty() && head.size.value == expected.value + group.size());
    if (failed_) return Error{errc::storage_failed, "an earlier append failed"};
    return finish(commit(expected, group, head));
}

Result<void> LmdbLogEngine::append_restored(TreeSize expected, std::span<const StoredView> events,
                                            std::span<const ReleasedHead> heads) {
    ACTLEDGER_ASSERT(!events.empty() && !heads.empty() && heads.back().size.value == expected.value + events.size());
    if (failed_) return Error{errc::storage_failed, "an earlier append failed"};
    return finish(commit_restored(expected, events, heads));
}

Result<void> LmdbLogEngine::erase_restored(std::span<const AnnexErased> erased) {
    if (failed_) return Error{errc::storage_failed, "an earlier append failed"};
    Writing writing(*environment_);
    for (const AnnexErased& one : erased) writing.erase(one);
    return finish(writing.commit());
}

Result<void> LmdbLogEngine::finish(Result<void> committed) {
    // Whatever failed, it is not known what is on the disk: nothing is written any more.
    if (!committed && committed.error().code != errc::log_moved) failed_ = true;
    used_bytes_ = environment_->used_bytes();
    return committed;
}

Result<void> LmdbLogEngine::commit_restored(TreeSize expected, std::span<const StoredView> events,
                                            std::span<const ReleasedHead> heads) {
    Writing writing(*environment_);
    const std::uint64_t size = writing.count(Database::events);
    if (writing.good() && size != expected.value) {
        return Error{errc::log_moved, std::to_string(size) + " events, not " + std::to_string(expected.value)};
    }
    std::uint64_t number = expected.value;
    static_assert(sizeof(Digest) == Digest::size_bytes);  // digests in a row are their bytes in a row
    for (const StoredView& event : events) {
        writing.append(Database::events, number, event.event);
        writing.append(Database::nodes, number,
                       {event.completed.data()->bytes.data(), event.completed.size() * Digest::size_bytes});
        if (!event.annex.empty()) writing.append(Database::annex, number, event.annex);
        ++number;
    }
    for (const ReleasedHead& head : heads) writing.append(Database::heads, head.size.value, as_bytes(head.note));
    return writing.commit();
}

Result<void> LmdbLogEngine::commit(TreeSize expected, std::span<const StoredEvent> group, const ReleasedHead& head) {
    for (const StoredEvent& event : group) {
        if (!event.erases) continue;
        ACTLEDGER_CHECK(lmdb::check_way(*environment_, Database::annex, event.erases->sequence_number.value));
    }
    Writing writing(*environment_);
    const std::uint64_t size = writing.count(Database::events);
    if (writing.good() && size != expected.value) {
        return Error{errc::log_moved, std::to_string(size) + " events, not " + std::to_string(expected.value)};
    }
    Bytes hashes;
    std::uint64_t number = expected.value;
    for (const StoredEvent& event : group) {
        hashes.clear();
        for (const Digest& digest : event.completed)
            hashes.insert(hashes.end(), digest.bytes.begin(), digest.bytes.end());
        writing.append(Database::events, number, event.event);
        writing.append(Database::nodes, number, hashes);
        if (!event.annex.empty()) writing.append(Database::annex, number, event.annex);
        ++number;
    }
    for (const StoredEvent& event : group) {
        if (event.erases) writing.erase(*event.erases);
    }
    writing.append(Database::heads, head.size.value, as_bytes(head.note));
    return writing.commit();
}

Result<void> LmdbLogEngine::check_room(std::uint64_t events, std::uint64_t bytes) {
    if (failed_) return Error{errc::storage_failed, "an earlier append failed"};
    clear_stale_readers();
    // Twice the content: a value of just over half a page takes a whole one.
    const std::uint64_t end = used_bytes_ + 2 * bytes + per_event_bytes * events + per_group_bytes;
    if (end > environment_->map_bytes()) return Error{errc::disk_full, "the map is full"};
    if (!allocation_.reach(end)) return Error{errc::disk_full, "fallocate up to " + std::to_string(end) + " bytes"};
    return {};
}

StorageRoom LmdbLogEngine::room() const {
    StorageRoom room;
    room.used_bytes = used_bytes_;
    const std::uint64_t map = environment_->map_bytes();
    const std::uint64_t allocated = std::max(allocation_.allocated_bytes(), room.used_bytes);
    room.free_bytes =
        std::min(allocated - room.used_bytes + allocation_.free_bytes(), map - std::min(map, room.used_bytes));
    room.alarm = room.used_bytes / alarm_percent * 100 > map || allocation_.disk_above_percent(alarm_percent);
    return room;
}

/// A reader that died keeps its slot, and with it all pages that were freed since.
void LmdbLogEngine::clear_stale_readers() {
    const std::int64_t now = steady_seconds();
    if (now - readers_checked_s_ < readers_check_every_s) return;
    readers_checked_s_ = now;
    int dead = 0;
    lmdb::in_log([&] { return mdb_reader_check(environment_->handle(), &dead); });
}

Result<std::unique_ptr<LogEngine>> open_log_engine(const std::filesystem::path& folder, const EngineOptions& options) {
    const auto log = folder / "log";
    std::error_code missing;
    if (!std::filesystem::exists(log / "data.mdb", missing)) {
        return Error{errc::log_not_found, (log / "data.mdb").string(), {{"folder", folder.string()}}};
    }
    ACTLEDGER_CHECK(check_local_file_system(log));
    ACTLEDGER_TRY(auto environment, lmdb::Environment::open(log, lmdb::Access::write, options.map_bytes));
    ACTLEDGER_TRY(const LogEdge edge, lmdb::check_edge(*environment));
    return std::make_unique<LmdbLogEngine>(std::move(environment), options, edge);
}

}  // namespace ledger
