#pragma once
// snapshot/event_table.hpp: the log as a table for people and spreadsheets: JSON Lines or CSV. One way only: nothing is
// ever made from it again. Columns: docs/formats/event-table.md.

#include <filesystem>
#include <functional>
#include <variant>

#include "ledger/core/event.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace snapshot {

enum class TableFormat {
    jsonl,  ///< One JSON object a line, UTF-8, without what an event does not have.
    csv,    ///< RFC 4180 as spreadsheets take it: UTF-8 with a byte order mark, CRLF, no cell that is a formula.
};

struct TableOptions {
    TableFormat format = TableFormat::jsonl;
    ledger::Language language = ledger::Language::english;  ///< Of a CSV file's first row.
    enum class PersonalData { kept, left_out };
    PersonalData personal_data = PersonalData::kept;
    std::function<void(std::uint64_t, std::uint64_t)> progress;
    std::function<bool()> stop;  ///< Asked now and then; true ends it with errc::table_interrupted.
};

/// One event's values, in the order of the columns. Times are UTC, to the microsecond.
struct TableRow {
    using Value = std::variant<std::monostate, std::uint64_t, std::string>;
    static constexpr std::size_t columns = 18;
    std::array<Value, columns> values;
};

/// The columns' names, as in JSON.
[[nodiscard]] std::span<const std::string_view> column_names();
[[nodiscard]] TableRow row_of(const ledger::Event& event, const std::vector<ledger::AnnexValue>& annex);
/// A line with its end.
[[nodiscard]] std::string json_line(const TableRow& row);
[[nodiscard]] std::string csv_line(const TableRow& row);
/// Adds a cell as spreadsheets take it: quoted where it must be, and no formula.
void append_csv_cell(std::string& line, std::string_view text);
/// The first line of a CSV file, with the byte order mark.
[[nodiscard]] std::string csv_head(ledger::Language language);

/// Writes all events up to the newest head into a new file, durable and whole, or none.
/// @return the number of events; errc::table_exists, table_not_written, table_interrupted,
///         or what reading the log returns
[[nodiscard]] ledger::Result<std::uint64_t> write_table(const std::filesystem::path& file, const ledger::LogReader& log,
                                                        const TableOptions& options);

}  // namespace snapshot
