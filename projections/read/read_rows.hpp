#pragma once
// projections/read/read_rows.hpp: keys and values of the read models' tables. Numbers are big-endian, so that keys sort
// as numbers. docs/formats/read-models.md.

#include "projections/read/read_models.hpp"

namespace projections {

constexpr std::uint32_t read_models_version = 1;

/// Builds a key or a value field by field.
class RowWriter {
 public:
    template <class Unsigned>
    RowWriter& number(Unsigned value) {
        for (std::size_t i = sizeof value; i-- > 0;) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        return *this;
    }
    RowWriter& bytes(ledger::ByteView value) {
        bytes_.insert(bytes_.end(), value.begin(), value.end());
        return *this;
    }
    [[nodiscard]] operator ledger::ByteView() const { return {bytes_.data(), bytes_.size()}; }

 private:
    boost::container::small_vector<std::uint8_t, 64> bytes_;
};

/// Reads them again. What is too short gives zeros: rows are our own, and whether they are right is the digest's
/// matter.
class RowReader {
 public:
    explicit RowReader(ledger::ByteView bytes) : left_(bytes) {}
    template <class Unsigned>
    Unsigned number() {
        Unsigned value = 0;
        for (const std::uint8_t byte : bytes(sizeof value)) value = static_cast<Unsigned>(value << 8 | byte);
        return value;
    }
    ledger::ByteView bytes(std::size_t size) {
        const ledger::ByteView taken = left_.first(std::min(size, left_.size()));
        left_ = left_.subspan(taken.size());
        return taken;
    }
    [[nodiscard]] ledger::ByteView rest() const { return left_; }

 private:
    ledger::ByteView left_;
};

using NameNumber = std::uint32_t;

constexpr std::size_t seat_row_bytes = 3 * sizeof(std::uint64_t) + 2 * sizeof(NameNumber) + 1;
constexpr std::size_t day_row_bytes = (1 + seat_change_kinds) * sizeof(std::uint64_t);

struct SeatRow {
    std::uint64_t activated = 0;
    std::uint64_t newest = 0;
    std::uint64_t license_since = 0;  ///< The event that brought it under its licence.
    NameNumber product = 0;
    NameNumber license = 0;
    bool held = false;

    [[nodiscard]] RowWriter row() const {
        RowWriter out;
        out.number(activated).number(newest).number(license_since).number(product).number(license);
        out.number(static_cast<std::uint8_t>(held ? 1 : 0));
        return out;
    }
    [[nodiscard]] static SeatRow from(ledger::ByteView value) {
        RowReader in(value);
        SeatRow row;
        row.activated = in.number<std::uint64_t>();
        row.newest = in.number<std::uint64_t>();
        row.license_since = in.number<std::uint64_t>();
        row.product = in.number<NameNumber>();
        row.license = in.number<NameNumber>();
        row.held = in.number<std::uint8_t>() != 0;
        return row;
    }
};

struct ChangeRow {
    std::uint64_t before = 0;  ///< The activation's event before this + 1; 0: none.
    ledger::ActivationId activation;
    ledger::Timestamp at;
    SeatChange::Kind kind{};

    [[nodiscard]] RowWriter row() const {
        RowWriter out;
        out.number(before).bytes(activation.bytes).number(static_cast<std::uint64_t>(at.us));
        out.number(static_cast<std::uint8_t>(kind));
        return out;
    }
    [[nodiscard]] static ChangeRow from(ledger::ByteView value) {
        RowReader in(value);
        ChangeRow row;
        row.before = in.number<std::uint64_t>();
        const ledger::ByteView id = in.bytes(row.activation.bytes.size());
        std::copy(id.begin(), id.end(), row.activation.bytes.begin());
        row.at = {static_cast<std::int64_t>(in.number<std::uint64_t>())};
        row.kind = static_cast<SeatChange::Kind>(in.number<std::uint8_t>());
        return row;
    }
};

[[nodiscard]] inline RowWriter number_key(std::uint64_t number) {
    RowWriter key;
    key.number(number);
    return key;
}
[[nodiscard]] inline RowWriter index_key(NameNumber name, std::uint64_t by) {
    RowWriter key;
    key.number(name).number(by);
    return key;
}
/// "P" for products, "L" for licences, and "#" for the way back.
[[nodiscard]] inline RowWriter name_key(char kind, std::string_view name) {
    RowWriter key;
    key.number(static_cast<std::uint8_t>(kind)).bytes(ledger::as_bytes(name));
    return key;
}
[[nodiscard]] inline RowWriter named_key(NameNumber number) {
    RowWriter key;
    key.number(static_cast<std::uint8_t>('#')).number(number);
    return key;
}

/// Days since 1970, UTC.
[[nodiscard]] inline std::int64_t day_of(ledger::Timestamp at) { return at.us / ledger::day.us; }

[[nodiscard]] inline RowWriter day_row(const DayCount& count) {
    RowWriter out;
    out.number(count.first.value);
    for (const std::uint64_t changes : count.changes) out.number(changes);
    return out;
}
[[nodiscard]] inline DayCount day_from(std::int64_t day, ledger::ByteView value) {
    RowReader in(value);
    DayCount count;
    count.day = day;
    count.first = {in.number<std::uint64_t>()};
    for (std::uint64_t& changes : count.changes) changes = in.number<std::uint64_t>();
    return count;
}

}  // namespace projections
