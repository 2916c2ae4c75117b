#include "ledger/store_read/lmdb_log_reader.hpp"

#include <limits>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"

namespace ledger {
namespace {

using lmdb::Cursor;
using lmdb::Database;
using lmdb::ReadTransaction;

// A transaction of a reader keeps the writer from using freed pages again: never hold one for long.
constexpr std::size_t visited_entries_max = 4'096;
constexpr std::size_t visited_bytes_max = 8U << 20;

ReleasedHead to_head(std::uint64_t size, ByteView note) { return {{size}, std::string(as_text(note))}; }

Error with_number(Error error, std::uint64_t number) {
    error.facts.push_back({"number", std::to_string(number)});
    return error;
}

/// Of what each event brings with it: beyond the last one there is nothing, before it something is missing.
Error missing(const ReadTransaction& transaction, std::string_view what, std::uint64_t number) {
    const auto count = transaction.count(Database::events);
    if (!count) return count.error();
    const bool damaged = number < *count;
    std::string detail(what);
    if (damaged) detail += " is missing";
    return with_number(transaction.environment().error(damaged ? errc::log_damaged : errc::not_found, detail), number);
}

}  // namespace

Result<TreeSize> LmdbLogReader::size() const {
    ACTLEDGER_TRY(const ReadTransaction transaction, ReadTransaction::begin(*environment_));
    ACTLEDGER_TRY(const std::uint64_t count, transaction.count(Database::events));
    return TreeSize{count};
}

Result<Bytes> LmdbLogReader::event(SequenceNumber number) const {
    ACTLEDGER_TRY(const ReadTransaction transaction, ReadTransaction::begin(*environment_));
    ACTLEDGER_TRY(const auto stored, transaction.get(Database::events, number.value));
    if (!stored) return missing(transaction, "event", number.value);
    return copy(*stored);
}

Result<std::vector<AnnexValue>> LmdbLogReader::annex(SequenceNumber number) const {
    ACTLEDGER_TRY(const ReadTransaction transaction, ReadTransaction::begin(*environment_));
    ACTLEDGER_TRY(const auto stored, transaction.get(Database::annex, number.value));
    if (stored) return decode_annex(*stored);
    ACTLEDGER_TRY(const std::uint64_t count, transaction.count(Database::events));
    if (number.value >= count) return with_number(environment_->error(errc::not_found, "annex"), number.value);
    return std::vector<AnnexValue>();
}

Result<ReleasedHead> LmdbLogReader::head_covering(TreeSize size) const {
    ACTLEDGER_TRY(const ReadTransaction transaction, ReadTransaction::begin(*environment_));
    ACTLEDGER_TRY(Cursor cursor, Cursor::open(transaction, Database::heads));
    ACTLEDGER_TRY(const auto entry, cursor.at_or_after(size.value));
    if (!entry) return with_number(environment_->error(errc::not_found, "head"), size.value);
    return to_head(entry->key, entry->value);
}

Result<ReleasedHead> LmdbLogReader::last_head() const {
    ACTLEDGER_TRY(const ReadTransaction transaction, ReadTransaction::begin(*environment_));
    ACTLEDGER_TRY(Cursor cursor, Cursor::open(transaction, Database::heads));
    ACTLEDGER_TRY(const auto entry, cursor.last());
    if (!entry) return environment_->error(errc::log_damaged, "there is no head");
    return to_head(entry->key, entry->value);
}

Result<Digest> LmdbLogReader::node(NodeId id) const {
    // The entry of the last leaf below the node holds it, `level` places behind the leaf's own hash.
    const std::uint64_t end = (id.index + 1) << id.level;
    if (id.level > 62 || end >> id.level != id.index + 1) return environment_->error(errc::not_found, "node");
    ACTLEDGER_TRY(const ReadTransaction transaction, ReadTransaction::begin(*environment_));
    ACTLEDGER_TRY(const auto stored, transaction.get(Database::nodes, end - 1));
    if (!stored) return missing(transaction, "node", end - 1);
    const std::size_t offset = std::size_t{id.level} * Digest::size_bytes;
    if (stored->size() % Digest::size_bytes != 0 || stored->size() < offset + Digest::size_bytes) {
        return with_number(environment_->error(errc::log_damaged, "nodes: wrong length"), end - 1);
    }
    return Digest::from(stored->subspan(offset, Digest::size_bytes));
}

Result<void> LmdbLogReader::visit(Database database, Keys keys, std::uint64_t from, std::uint64_t to,
                                  const EntryVisitor& visitor) const {
    while (from < to) {
        ACTLEDGER_TRY(const ReadTransaction transaction, ReadTransaction::begin(*environment_));
        ACTLEDGER_TRY(Cursor cursor, Cursor::open(transaction, database));
        ACTLEDGER_TRY(auto entry, cursor.at_or_after(from));
        std::size_t bytes = 0;
        for (std::size_t count = 0; count < visited_entries_max && bytes < visited_bytes_max; ++count) {
            const bool in_range = entry && entry->key < to;
            if (keys == Keys::dense && (!in_range || entry->key != from)) {
                return with_number(environment_->error(errc::log_damaged, "an entry is missing"), from);
            }
            if (!in_range || !visitor(entry->key, entry->value)) return {};
            bytes += entry->value.size();
            from = entry->key + 1;
            if (from == to) return {};
            ACTLEDGER_TRY(entry, cursor.next());
        }
    }
    return {};
}

Result<void> LmdbLogReader::visit_events(SequenceNumber from, TreeSize to, const EventVisitor& visit_event) const {
    ACTLEDGER_TRY(const TreeSize now, size());
    if (to > now) return with_number(environment_->error(errc::not_found, "event"), to.value - 1);
    return visit(Database::events, Keys::dense, from.value, to.value,
                 [&](std::uint64_t number, ByteView event) { return visit_event({number}, event); });
}

Result<void> LmdbLogReader::visit_nodes(SequenceNumber from, TreeSize to, const NodesVisitor& visit_nodes_of) const {
    ACTLEDGER_TRY(const TreeSize now, size());
    if (to > now) return with_number(environment_->error(errc::not_found, "node"), to.value - 1);
    return visit(Database::nodes, Keys::dense, from.value, to.value,
                 [&](std::uint64_t number, ByteView nodes) { return visit_nodes_of({number}, nodes); });
}

Result<void> LmdbLogReader::visit_heads(TreeSize from, const HeadVisitor& visit_head) const {
    return visit(Database::heads, Keys::sparse, from.value, std::numeric_limits<std::uint64_t>::max(),
                 [&](std::uint64_t size, ByteView note) { return visit_head(to_head(size, note)); });
}

Result<void> LmdbLogReader::visit_annex(SequenceNumber from, TreeSize to, const AnnexVisitor& visit_entry) const {
    return visit(Database::annex, Keys::sparse, from.value, to.value,
                 [&](std::uint64_t number, ByteView annex) { return visit_entry({number}, annex); });
}

Result<std::unique_ptr<LogReader>> open_log_reader(const std::filesystem::path& folder) {
    ACTLEDGER_TRY(auto environment, lmdb::Environment::open(folder / "log", lmdb::Access::read));
    return std::make_unique<LmdbLogReader>(std::move(environment));
}

}  // namespace ledger
