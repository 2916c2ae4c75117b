#include "projections/read/read_models.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "projections/read/errc.hpp"
#include "projections/read/read_rows.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

using ledger::Error;
using ledger::Result;

namespace {

ledger::ByteView head_key() { return ledger::as_bytes("head"); }

struct LogHead {
    const ledger::Suite* suite;
    std::string server_id;
};
Result<LogHead> identify(const ledger::LogReader& log) {
    ACTLEDGER_TRY(const ledger::Bytes stored, log.event({0}));
    ACTLEDGER_TRY(const ledger::Event event, ledger::decode_event(stored));
    const auto* created = std::get_if<ledger::LedgerCreated>(&event.body);
    if (created == nullptr) return Error{ledger::errc::log_damaged, "event 0", {{"folder", log.name()}}};
    const ledger::Suite* suite = ledger::find_suite(created->suite);
    if (suite == nullptr) return Error{ledger::errc::unknown_event_kind, "a suite of a newer version"};
    return LogHead{suite, created->server_id};
}

/// What is kept with the models of which log they are.
Result<RowWriter> head_row(const ledger::LogReader& log, std::uint64_t size) {
    ACTLEDGER_TRY(const LogHead of, identify(log));
    ACTLEDGER_TRY(const auto frontier, ledger::Frontier::load(*of.suite, {size}, log));
    RowWriter row;
    row.number(read_models_version)
        .number(size)
        .bytes(frontier.head().root.view())
        .bytes(ledger::as_bytes(of.server_id));
    return row;
}
std::uint64_t size_in(ledger::ByteView head) {
    RowReader in(head);
    return in.number<std::uint32_t>() == read_models_version ? in.number<std::uint64_t>() : 0;
}

}  // namespace

/// A write transaction, and what it need not look up again.
class ReadModels::Writer {
 public:
    explicit Writer(ReadTransaction transaction, std::uint64_t size)
        : transaction_(std::move(transaction)), size_(size) {}

    Result<void> load_names() {
        bool good = true;
        ACTLEDGER_CHECK(transaction_.visit(ReadTable::names, {}, [&](ledger::ByteView key, ledger::ByteView value) {
            if (!key.empty() && key[0] == '#') return true;
            good = !key.empty() && value.size() == sizeof(NameNumber);
            if (good) names_[std::string(ledger::as_text(key))] = RowReader(value).number<NameNumber>();
            return good;
        }));
        return good ? Result<void>() : transaction_.environment().damaged("a row of names");
    }

    Result<void> apply(const ledger::Event& event) {
        size_ = event.sequence_number.value + 1;
        if (const auto* activated = std::get_if<ledger::SeatActivated>(&event.body)) return activate(event, *activated);
        if (const auto* renewed = std::get_if<ledger::SeatRenewed>(&event.body)) return renew(event, *renewed);
        if (const auto* changed = std::get_if<ledger::SeatDeviceChanged>(&event.body)) {
            return change(event, changed->activation_id, SeatChange::Kind::device_changed);
        }
        if (std::holds_alternative<ledger::SeatAdopted>(event.body) ||
            std::holds_alternative<ledger::SeatLent>(event.body)) {
            const ledger::Seat& seat = *event.seat();
            ACTLEDGER_TRY(const auto row, find(seat.activation_id));
            return row && row->held ? renew(event, seat) : activate(event, seat);
        }
        if (const auto* released = std::get_if<ledger::SeatReleased>(&event.body)) {
            return change(event, released->activation_id, SeatChange::Kind::released);
        }
        if (const auto* expired = std::get_if<ledger::SeatExpired>(&event.body)) {
            return change(event, expired->activation_id, SeatChange::Kind::expired);
        }
        return {};
    }

    Result<std::uint64_t> commit(const ledger::LogReader& log) {
        for (const auto& [day, count] : days_) {
            ACTLEDGER_CHECK(
                transaction_.put(ReadTable::days, number_key(static_cast<std::uint64_t>(day)), day_row(count)));
        }
        ACTLEDGER_TRY(const RowWriter head, head_row(log, size_));
        ACTLEDGER_CHECK(transaction_.put(ReadTable::meta, head_key(), head));
        ACTLEDGER_CHECK(transaction_.commit());
        return size_;
    }

 private:
    Result<NameNumber> number_of(char kind, const std::string& name) {
        const std::string known = kind + name;
        const auto found = names_.find(known);
        if (found != names_.end()) return found->second;
        const auto number = static_cast<NameNumber>(names_.size() + 1);
        RowWriter value;
        value.number(number);
        ACTLEDGER_CHECK(transaction_.put(ReadTable::names, name_key(kind, name), value));
        ACTLEDGER_CHECK(transaction_.put(ReadTable::names, named_key(number), ledger::as_bytes(name)));
        names_.emplace(known, number);
        return number;
    }
    Result<std::optional<SeatRow>> find(const ledger::ActivationId& id) const {
        ACTLEDGER_TRY(const auto value, transaction_.get(ReadTable::seats, id.bytes));
        if (!value) return std::optional<SeatRow>();
        if (value->size() != seat_row_bytes) return transaction_.environment().damaged("a row of seats");
        return std::optional(SeatRow::from(*value));
    }

    Result<void> activate(const ledger::Event& event, const ledger::Seat& seat) {
        ACTLEDGER_TRY(const auto before, find(seat.activation_id));
        if (before && before->held) return {};
        const std::uint64_t by = event.sequence_number.value;
        SeatRow row{by, by, by, 0, 0, true};
        ACTLEDGER_TRY(row.product, number_of('P', seat.product));
        ACTLEDGER_TRY(row.license, number_of('L', seat.license_id));
        ACTLEDGER_CHECK(transaction_.put(ReadTable::by_product, index_key(row.product, by), seat.activation_id.bytes));
        ACTLEDGER_CHECK(transaction_.put(ReadTable::by_license, index_key(row.license, by), seat.activation_id.bytes));
        ACTLEDGER_CHECK(transaction_.put(ReadTable::seats, seat.activation_id.bytes, row.row()));
        return note(event, seat.activation_id, before ? before->newest + 1 : 0, SeatChange::Kind::activated);
    }
    Result<void> renew(const ledger::Event& event, const ledger::Seat& seat) {
        ACTLEDGER_TRY(const auto before, find(seat.activation_id));
        if (!before || !before->held) return {};
        SeatRow row = *before;
        row.newest = event.sequence_number.value;
        ACTLEDGER_TRY(row.license, number_of('L', seat.license_id));
        if (row.license != before->license) {
            row.license_since = row.newest;
            ACTLEDGER_CHECK(
                transaction_.put(ReadTable::by_license, index_key(row.license, row.newest), seat.activation_id.bytes));
        }
        ACTLEDGER_CHECK(transaction_.put(ReadTable::seats, seat.activation_id.bytes, row.row()));
        return note(event, seat.activation_id, before->newest + 1, SeatChange::Kind::renewed);
    }
    Result<void> change(const ledger::Event& event, const ledger::ActivationId& id, SeatChange::Kind kind) {
        ACTLEDGER_TRY(const auto before, find(id));
        if (!before || !before->held) return {};
        SeatRow row = *before;
        row.newest = event.sequence_number.value;
        row.held = kind == SeatChange::Kind::device_changed;
        ACTLEDGER_CHECK(transaction_.put(ReadTable::seats, id.bytes, row.row()));
        return note(event, id, before->newest + 1, kind);
    }
    Result<void> note(const ledger::Event& event, const ledger::ActivationId& id, std::uint64_t before,
                      SeatChange::Kind kind) {
        const std::uint64_t by = event.sequence_number.value;
        ACTLEDGER_CHECK(transaction_.put(ReadTable::changes, number_key(by),
                                         ChangeRow{before, id, event.time, kind}.row(), ReadTransaction::Order::next));
        ACTLEDGER_TRY(DayCount* const count, day(day_of(event.time), by));
        ++count->changes[static_cast<std::size_t>(kind)];
        return {};
    }
    Result<DayCount*> day(std::int64_t day, std::uint64_t by) {
        const auto known = days_.find(day);
        if (known != days_.end()) return &known->second;
        ACTLEDGER_TRY(const auto value, transaction_.get(ReadTable::days, number_key(static_cast<std::uint64_t>(day))));
        DayCount count{day, {by}, {}};
        if (value && value->size() != day_row_bytes) return transaction_.environment().damaged("a row of days");
        if (value) count = day_from(day, *value);
        return &days_.emplace(day, count).first->second;
    }

    ReadTransaction transaction_;
    std::uint64_t size_;
    boost::unordered_flat_map<std::string, NameNumber> names_;  // with their kind before them
    std::map<std::int64_t, DayCount> days_;                     // not written yet
};

ReadModels::ReadModels(std::unique_ptr<ReadEnvironment> environment) : environment_(std::move(environment)) {}
ReadModels::~ReadModels() { give_up(); }

Result<std::unique_ptr<ReadModels>> ReadModels::open(const std::filesystem::path& folder, const ledger::LogReader& log,
                                                     Access access) {
    ACTLEDGER_TRY(auto environment, ReadEnvironment::open(folder, access));
    std::unique_ptr<ReadModels> models(new ReadModels(std::move(environment)));
    auto checked = models->check_history(log, access);
    if (!checked && access == Access::write && checked.error().code == read_errc::read_models_damaged) {
        models.reset();
        ACTLEDGER_TRY(environment, ReadEnvironment::open(folder, access));
        models.reset(new ReadModels(std::move(environment)));
        checked = models->check_history(log, access);
    }
    ACTLEDGER_CHECK(checked);
    if (!models->begun_anew_) models->begun_anew_ = models->environment().thrown_away();
    return models;
}

Result<void> ReadModels::check_history(const ledger::LogReader& log, Access access) {
    std::optional<ledger::Bytes> kept;
    {
        ACTLEDGER_TRY(const auto transaction, ReadTransaction::begin(*environment_, Access::read));
        ACTLEDGER_TRY(const auto value, transaction.get(ReadTable::meta, head_key()));
        if (value) kept = ledger::copy(*value);
    }
    if (!kept) return {};
    const std::uint64_t size = size_in(*kept);
    ACTLEDGER_TRY(const ledger::TreeSize log_size, log.size());
    if (size > 0 && size <= log_size.value) {
        ACTLEDGER_TRY(const RowWriter expected, head_row(log, size));
        if (ledger::equal(*kept, expected)) {
            size_ = size;
            return {};
        }
    }
    Error stale{read_errc::read_models_stale,
                std::to_string(size) + " events of another history",
                {{"folder", environment_->folder().string()}}};
    if (access == Access::read) return stale;
    begun_anew_ = std::move(stale);
    return empty();
}

Result<void> ReadModels::empty() {
    const ledger::lmdb::Inside inside(environment_->file());
    MDB_txn* transaction = nullptr;
    int failed = mdb_txn_begin(environment_->handle(), nullptr, 0, &transaction);
    if (failed != 0) return environment_->error(failed, "mdb_txn_begin");
    for (std::size_t i = 0; i < read_table_count && failed == 0; ++i) {
        failed = mdb_drop(transaction, environment_->table(static_cast<ReadTable>(i)), 0);
    }
    if (failed != 0) {
        mdb_txn_abort(transaction);
        return environment_->error(failed, "mdb_drop");
    }
    failed = mdb_txn_commit(transaction);
    if (failed != 0) return environment_->error(failed, "mdb_txn_commit");
    return {};
}

Result<void> ReadModels::apply(std::span<const ledger::Event> events) {
    if (!writer_) {
        ACTLEDGER_TRY(auto transaction, ReadTransaction::begin(*environment_, Access::write));
        writer_ = std::make_unique<Writer>(std::move(transaction), size_.load());
        ACTLEDGER_CHECK(writer_->load_names());
    }
    for (const ledger::Event& event : events) ACTLEDGER_CHECK(writer_->apply(event));
    return {};
}

Result<void> ReadModels::commit(const ledger::LogReader& log) {
    if (!writer_) return {};
    const std::unique_ptr<Writer> writer = std::move(writer_);
    ACTLEDGER_TRY(const std::uint64_t size, writer->commit(log));
    size_ = size;
    return {};
}

void ReadModels::give_up() { writer_.reset(); }

Result<ReadModels::Stated> ReadModels::digest() const {
    ACTLEDGER_TRY(const auto transaction, ReadTransaction::begin(*environment_, Access::read));
    ACTLEDGER_TRY(const auto head, transaction.get(ReadTable::meta, head_key()));
    Stated stated;
    if (head) stated.size = {size_in(*head)};
    StateWriter writer;
    for (std::size_t i = 0; i < read_table_count; ++i) {
        const auto table = static_cast<ReadTable>(i);
        if (table == ReadTable::meta) continue;
        ACTLEDGER_CHECK(transaction.visit(table, {}, [&](ledger::ByteView key, ledger::ByteView value) {
            writer.bytes(key).bytes(value);
            return true;
        }));
        writer.number(0);  // no key is empty
    }
    stated.digest = writer.finish();
    return stated;
}

}  // namespace projections
