#include "ledger/store_read/log_scan.hpp"

#include <boost/endian/conversion.hpp>

#include "ledger/core/errc.hpp"
#include "ledger/store_read/lmdb_environment.hpp"

namespace ledger {
namespace {

using lmdb::Environment;
using lmdb::ReadTransaction;

static_assert(static_cast<int>(LogDatabase::meta) == static_cast<int>(lmdb::Database::meta) &&
              log_database_count == lmdb::database_count);
lmdb::Database stored(LogDatabase database) { return static_cast<lmdb::Database>(database); }

struct CloseCursor {
    void operator()(MDB_cursor* cursor) const {
        const lmdb::Inside inside(lmdb::log_file());
        mdb_cursor_close(cursor);
    }
};
using CursorOwner = std::unique_ptr<MDB_cursor, CloseCursor>;

int move(const CursorOwner& cursor, MDB_val& key, MDB_val& value, MDB_cursor_op operation) {
    return lmdb::in_log([&] { return mdb_cursor_get(cursor.get(), &key, &value, operation); });
}

MDB_val value_of(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }

/// As LMDB compares keys: bytes first, then length.
bool is_before(ByteView a, ByteView b) {
    const auto number = log_key_number(a);
    const auto other = log_key_number(b);
    if (number && other) return *number < *other;
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

class View final : public LogView {
 public:
    View(std::shared_ptr<Environment> environment, ReadTransaction transaction)
        : environment_(std::move(environment)), transaction_(std::move(transaction)) {}

    [[nodiscard]] Result<void> visit(LogDatabase database, ByteView from, ByteView to,
                                     const Visitor& visit) const override {
        ACTLEDGER_TRY(const CursorOwner cursor, open_cursor(database));
        MDB_val key = value_of(from);
        MDB_val value{};
        int code = move(cursor, key, value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
        std::optional<ByteView> before;
        while (code == 0) {
            ACTLEDGER_CHECK(environment_->check_inside(key, value));
            const ByteView at = lmdb::view(key);
            // A damaged page need not have its keys in order: whoever asks for a range gets nothing from outside it.
            if (before ? !is_before(*before, at) : is_before(at, from)) return out_of_order(database);
            if (!to.empty() && !is_before(at, to)) return {};
            if (!visit(at, lmdb::view(value))) return {};
            before = at;
            code = move(cursor, key, value, MDB_NEXT);
        }
        return ended(code);
    }

    [[nodiscard]] Result<void> visit_back(LogDatabase database, const Visitor& visit) const override {
        ACTLEDGER_TRY(const CursorOwner cursor, open_cursor(database));
        MDB_val key{};
        MDB_val value{};
        int code = move(cursor, key, value, MDB_LAST);
        std::optional<ByteView> behind;
        while (code == 0) {
            ACTLEDGER_CHECK(environment_->check_inside(key, value));
            const ByteView at = lmdb::view(key);
            if (behind && !is_before(at, *behind)) return out_of_order(database);
            if (!visit(at, lmdb::view(value))) return {};
            behind = at;
            code = move(cursor, key, value, MDB_PREV);
        }
        return ended(code);
    }

    [[nodiscard]] Result<std::uint64_t> entries(LogDatabase database) const override {
        return transaction_.count(stored(database));
    }

 private:
    [[nodiscard]] Result<CursorOwner> open_cursor(LogDatabase database) const {
        MDB_cursor* cursor = nullptr;
        const int code = lmdb::in_log(
            [&] { return mdb_cursor_open(transaction_.handle(), environment_->database(stored(database)), &cursor); });
        if (code != 0) return environment_->read_error(code, "mdb_cursor_open");
        return CursorOwner(cursor);
    }
    [[nodiscard]] Error out_of_order(LogDatabase database) const {
        return environment_->error(errc::log_damaged, std::string(name_of(database)) + ": keys are not in order");
    }
    [[nodiscard]] Result<void> ended(int code) const {
        if (code == MDB_NOTFOUND) return {};
        return environment_->read_error(code, "mdb_cursor_get");
    }

    std::shared_ptr<Environment> environment_;
    ReadTransaction transaction_;
};

class Scan final : public LogScan {
 public:
    explicit Scan(std::shared_ptr<Environment> environment) : environment_(std::move(environment)) {}
    [[nodiscard]] Result<std::unique_ptr<LogView>> open_view() const override {
        ACTLEDGER_TRY(auto transaction, ReadTransaction::begin(*environment_));
        return std::unique_ptr<LogView>(std::make_unique<View>(environment_, std::move(transaction)));
    }

 private:
    std::shared_ptr<Environment> environment_;
};

}  // namespace

std::string_view name_of(LogDatabase database) {
    constexpr std::array<std::string_view, log_database_count> names{"events", "nodes", "heads", "annex", "meta"};
    return names.at(static_cast<std::size_t>(database));
}

Result<std::unique_ptr<LogScan>> open_log_scan(const std::filesystem::path& folder) {
    ACTLEDGER_TRY(auto environment, Environment::open(folder / "log", lmdb::Access::read));
    return std::unique_ptr<LogScan>(std::make_unique<Scan>(std::move(environment)));
}

std::array<std::uint8_t, 8> log_key(std::uint64_t number) {
    std::array<std::uint8_t, 8> key{};
    for (std::size_t i = key.size(); i-- > 0; number >>= 8) key[i] = static_cast<std::uint8_t>(number);
    return key;
}

std::optional<std::uint64_t> log_key_number(ByteView key) {
    std::uint64_t number = 0;
    if (key.size() != sizeof number) return std::nullopt;
    std::memcpy(&number, key.data(), sizeof number);
    return boost::endian::big_to_native(number);
}

}  // namespace ledger
