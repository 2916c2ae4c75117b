#include "projections/read/read_queries.hpp"

#include <limits>

#include "projections/read/read_rows.hpp"

namespace projections {
namespace {

using ledger::Result;
using Access = ReadEnvironment::Access;

constexpr std::size_t looked_at_max = 10'000;

Result<std::string> name_of(const ReadTransaction& models, NameNumber number) {
    ACTLEDGER_TRY(const auto value, models.get(ReadTable::names, named_key(number)));
    return value ? std::string(ledger::as_text(*value)) : std::string();
}

Result<std::optional<SeatRow>> row_of(const ReadTransaction& models, const ledger::ActivationId& id) {
    ACTLEDGER_TRY(const auto value, models.get(ReadTable::seats, id.bytes));
    if (!value) return std::optional<SeatRow>();
    return std::optional(SeatRow::from(*value));
}

Result<SeatSummary> summary_of(const ReadTransaction& models, const ledger::ActivationId& id, const SeatRow& row) {
    SeatSummary summary{id, {}, {}, {row.activated}, {row.newest}, row.held};
    ACTLEDGER_TRY(summary.product, name_of(models, row.product));
    ACTLEDGER_TRY(summary.license, name_of(models, row.license));
    return summary;
}

/// One search: which table it walks, and what of it counts.
class Search {
 public:
    Search(const ReadTransaction& models, const SeatQuery& query, std::size_t most)
        : models_(models), query_(query), most_(most) {}

    Result<SeatPageFound> run(std::uint64_t from) {
        ACTLEDGER_TRY(const bool known, resolve());
        if (!known) return std::move(page_);
        ACTLEDGER_TRY(from, begin_at(from));
        const bool by_license = license_.has_value();
        const NameNumber prefix = by_license ? *license_ : product_.value_or(0);
        const bool indexed = by_license || product_.has_value();
        const auto table = by_license ? ReadTable::by_license : indexed ? ReadTable::by_product : ReadTable::changes;
        const RowWriter first = indexed ? index_key(prefix, from) : number_key(from);
        ledger::Result<bool> going = true;
        ACTLEDGER_CHECK(models_.visit(table, first, [&](ledger::ByteView key, ledger::ByteView value) {
            RowReader in(key);
            if (indexed && in.number<NameNumber>() != prefix) return false;
            const auto by = in.number<std::uint64_t>();
            if (page_.seats.size() == most_ || looked_at_++ == looked_at_max) {
                page_.next = ledger::SequenceNumber{by};
                return false;
            }
            going = indexed ? look_at(by, value) : look_at_change(by, ChangeRow::from(value));
            return going && *going;
        }));
        if (!going) return going.error();
        return std::move(page_);
    }

 private:
    /// Names to numbers. @return false: nobody has ever heard of one of them
    Result<bool> resolve() {
        for (const auto& [kind, name, number] :
             {std::tuple{'P', &query_.product, &product_}, {'L', &query_.license, &license_}}) {
            if (name->empty()) continue;
            ACTLEDGER_TRY(const auto value, models_.get(ReadTable::names, name_key(kind, *name)));
            if (!value) return false;
            *number = RowReader(*value).number<NameNumber>();
        }
        return true;
    }
    /// Event times never go back, so a day's first event is where to begin.
    Result<std::uint64_t> begin_at(std::uint64_t from) {
        if (!query_.from) return from;
        std::optional<std::uint64_t> first;
        const auto day = static_cast<std::uint64_t>(day_of(*query_.from));
        ACTLEDGER_CHECK(models_.visit(ReadTable::days, number_key(day), [&](ledger::ByteView, ledger::ByteView value) {
            first = RowReader(value).number<std::uint64_t>();
            return false;
        }));
        return std::max(from, first.value_or(std::numeric_limits<std::uint64_t>::max()));
    }
    Result<bool> look_at(std::uint64_t by, ledger::ByteView activation) {
        ACTLEDGER_TRY(const auto value, models_.get(ReadTable::changes, number_key(by)));
        ledger::ActivationId id;
        if (activation.size() == id.bytes.size()) std::copy(activation.begin(), activation.end(), id.bytes.begin());
        return take(by, id, value ? ChangeRow::from(*value).at : ledger::Timestamp{});
    }
    Result<bool> look_at_change(std::uint64_t by, const ChangeRow& change) {
        if (change.kind != SeatChange::Kind::activated) return true;
        return take(by, change.activation, change.at);
    }
    /// @return false: none that follows can match
    Result<bool> take(std::uint64_t by, const ledger::ActivationId& id, ledger::Timestamp at) {
        if (query_.to && at >= *query_.to) return false;
        if (query_.from && at < *query_.from) return true;
        ACTLEDGER_TRY(const auto row, row_of(models_, id));
        // One that has come to another licence, or was activated again, is listed where it is now.
        const bool here =
            row && (license_ ? row->license_since == by && row->license == *license_ : row->activated == by);
        if (!here || (product_ && row->product != *product_)) return true;
        ACTLEDGER_TRY(SeatSummary summary, summary_of(models_, id, *row));
        page_.seats.push_back(std::move(summary));
        return true;
    }

    const ReadTransaction& models_;
    const SeatQuery& query_;
    const std::size_t most_;
    std::optional<NameNumber> product_;
    std::optional<NameNumber> license_;
    std::size_t looked_at_ = 0;
    SeatPageFound page_;
};

}  // namespace

Result<std::optional<SeatSummary>> find_seat(const ReadEnvironment& models, const ledger::ActivationId& id) {
    ACTLEDGER_TRY(const auto transaction, ReadTransaction::begin(models, Access::read));
    ACTLEDGER_TRY(const auto row, row_of(transaction, id));
    if (!row) return std::optional<SeatSummary>();
    ACTLEDGER_TRY(SeatSummary summary, summary_of(transaction, id, *row));
    return std::optional(std::move(summary));
}

Result<std::vector<SeatChange>> seat_history(const ReadEnvironment& models, const ledger::ActivationId& id,
                                             std::size_t most) {
    std::vector<SeatChange> changes;
    ACTLEDGER_TRY(const auto transaction, ReadTransaction::begin(models, Access::read));
    ACTLEDGER_TRY(const auto row, row_of(transaction, id));
    std::uint64_t next = row ? row->newest + 1 : 0;
    while (next != 0 && changes.size() < most) {
        const std::uint64_t by = next - 1;
        ACTLEDGER_TRY(const auto value, transaction.get(ReadTable::changes, number_key(by)));
        if (!value) break;
        const ChangeRow change = ChangeRow::from(*value);
        changes.push_back({{by}, id, change.at, change.kind});
        next = change.before <= by ? change.before : 0;  // always further back
    }
    return changes;
}

Result<SeatPageFound> query_seats(const ReadEnvironment& models, const SeatQuery& query, ledger::SequenceNumber from,
                                  std::size_t most) {
    ACTLEDGER_ASSERT(most > 0);
    ACTLEDGER_TRY(const auto transaction, ReadTransaction::begin(models, Access::read));
    return Search(transaction, query, most).run(from.value);
}

Result<std::vector<DayCount>> count_days(const ReadEnvironment& models, std::int64_t first, std::int64_t last,
                                         std::size_t most) {
    std::vector<DayCount> days;
    if (first < 0) first = 0;
    ACTLEDGER_TRY(const auto transaction, ReadTransaction::begin(models, Access::read));
    const RowWriter from = number_key(static_cast<std::uint64_t>(first));
    ACTLEDGER_CHECK(transaction.visit(ReadTable::days, from, [&](ledger::ByteView key, ledger::ByteView value) {
        const auto day = static_cast<std::int64_t>(RowReader(key).number<std::uint64_t>());
        if (day > last || days.size() == most) return false;
        days.push_back(day_from(day, value));
        return true;
    }));
    return days;
}

}  // namespace projections
