#pragma once
// tools/cli/legacy_report.hpp: what became of each row of the previous product's table, for people, spreadsheets and
// programs.

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "tools/cli/invocation.hpp"

namespace cli {

struct LegacyRowResult {
    enum class Kind {
        reserved,      ///< Kept; in a dry run: would be.
        taken_before,  ///< By an earlier run.
        not_needed,    ///< Its desktop has a seat, or one is kept for it by another row.
        passed_over,   ///< Not of an active desktop.
        refused,
        not_tried,  ///< The run ended before it.
    };
    std::uint64_t line = 0;
    Kind kind = Kind::not_tried;
    std::string code;  ///< Why, where there is a reason; else empty, with the two below.
    std::string detail;
    std::string remedy;
    std::string activation_id;  ///< Of a kept seat.
};

enum class LegacyRun { dry, real };

/// Whether a report may be written there: nothing is, or an earlier report, and never the table or the mapping.
/// @return errc::file_of_other_kind; terminal::errc::file_unwritable
[[nodiscard]] ledger::Result<void> check_report_place(const std::filesystem::path& path,
                                                      std::initializer_list<std::filesystem::path> inputs);

struct LegacyReport {
    LegacyRun run = LegacyRun::dry;
    std::vector<LegacyRowResult> rows;

    [[nodiscard]] std::size_t count(LegacyRowResult::Kind kind) const;
    [[nodiscard]] boost::json::object json() const;
    [[nodiscard]] std::string csv(ledger::Language language) const;
    /// The counts, and the first rows that need somebody.
    void print(ledger::Language language) const;
};

}  // namespace cli
