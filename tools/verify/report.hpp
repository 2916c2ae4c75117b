#pragma once
// tools/verify/report.hpp: what an audit says: a summary for people in two languages, or JSON for programs
// (docs/formats/verify-report.md), and the exit code.

#include "tools/terminal/terminal.hpp"
#include "tools/verify/verify_file.hpp"
#include "tools/verify/verify_ledger.hpp"
#include "tools/verify/verify_statement.hpp"

namespace verify {

/// What the reports say besides the findings.
struct ReportContext {
    std::string path;  ///< As it was named.
    double seconds = 0;
    ledger::Language language = ledger::Language::english;
};

/// success without findings; else that of the most fundamental kind (docs/manual/en/exit-codes.md). A lease in its
/// grace time is a success.
[[nodiscard]] terminal::Exit exit_of(const FindingList& findings);

/// Lines, each ending in a newline.
[[nodiscard]] std::string ledger_text(const LedgerReport& report, const ReportContext& context);
[[nodiscard]] std::string statement_text(const StatementReport& report, const ReportContext& context);
[[nodiscard]] std::string file_text(const FileReport& report, const ReportContext& context);

/// One JSON object and a newline.
[[nodiscard]] std::string ledger_json(const LedgerReport& report, const ReportContext& context);
[[nodiscard]] std::string statement_json(const StatementReport& report, const ReportContext& context);
[[nodiscard]] std::string file_json(const FileReport& report, const ReportContext& context);

}  // namespace verify
