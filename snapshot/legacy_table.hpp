#pragma once
// snapshot/legacy_table.hpp: the previous product's records as it exports them, a table of text (CSV), row by row as
// what seats are kept for. Knows nothing of the ledger. Format of table and mapping: docs/formats/legacy-import.md.

#include <optional>
#include <string>
#include <vector>

#include "ledger/core/device_components.hpp"

namespace snapshot {

constexpr std::size_t legacy_file_bytes_max = std::size_t{256} << 20;
constexpr std::size_t legacy_columns_max = 256;
constexpr std::size_t legacy_cell_bytes_max = 4'096;

/// Which column says what. Names as in the table's first row, without spaces around them.
struct LegacyMapping {
    enum class Encoding { detect, utf8, gb18030 };
    Encoding encoding = Encoding::detect;  ///< detect: UTF-8 if it has a byte order mark or is well-formed UTF-8.
    char separator = ',';
    char value_separator = ';';  ///< Between several values of one component in a cell.
    std::string product;
    std::string key;                  ///< Empty: a record is known by its components.
    std::string device_name;          ///< Empty: there is none.
    std::string activated_at;         ///< The same.
    std::string status;               ///< The same: every row is of an active desktop.
    std::vector<std::string> active;  ///< Values of `status` whose rows count.
    ledger::Duration utc_offset;      ///< Of the table's times.
    struct Component {
        std::string kind;
        std::string column;
    };
    std::vector<Component> components;
};

/// One row.
struct LegacyEntry {
    std::uint64_t line = 0;  ///< Where it begins in the file, from 1.
    std::string key;
    std::vector<ledger::RawComponent> components;
    std::optional<std::string> device_name;
    ledger::Timestamp activated_at;  ///< 0: not known.
    bool passed_over = false;        ///< Its status is not one of an active desktop.
    /// Nothing else counts then: errc::legacy_row_columns, legacy_row_time, legacy_row_key, legacy_row_mac,
    /// legacy_row_value, legacy_row_components.
    std::optional<ledger::Error> refused;
};

/// @param bytes  at most legacy_file_bytes_max (asserted).
/// @return errc::legacy_encoding, legacy_table_malformed (fact: line), legacy_column_missing, legacy_column_twice:
/// nothing
///         can be said of any row
[[nodiscard]] ledger::Result<std::vector<LegacyEntry>> read_legacy_table(std::string_view bytes,
                                                                         const LegacyMapping& mapping);

/// A moment as people write it: year, month, day, and perhaps hour, minute and second, apart by anything that is no
/// digit (2025-03-01 08:30:00, 2025/3/1 8:30, 2025年3月1日). One that says its own zone (Z, +08:00) is in that. @return
/// nothing for anything else
[[nodiscard]] std::optional<ledger::Timestamp> parse_legacy_time(std::string_view text, ledger::Duration utc_offset);

}  // namespace snapshot
