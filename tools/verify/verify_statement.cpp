#include "tools/verify/verify_statement.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include "ledger/core/errc.hpp"
#include "ledger/core/incarnation.hpp"
#include "projections/state/errc.hpp"
#include "projections/state/state_writer.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/statement_comparison.hpp"
#include "tools/verify/statement_file.hpp"
#include "tools/verify/verify_file.hpp"

namespace verify {
namespace {

using ledger::Error;
using ledger::Result;
using projections::StatementHead;
using projections::StatementSeat;
using projections::StatementTotals;

Error unreadable(const std::filesystem::path& path) {
    return {terminal::errc::file_unreadable, {}, {{"path", path.string()}, {"reason", std::strerror(errno)}}};
}

Result<std::string> read_small(const std::filesystem::path& path, std::size_t bytes_max) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return unreadable(path);
    std::string content(bytes_max + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (file.bad()) return unreadable(path);
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.size() > bytes_max) return Error{ledger::errc::too_large, path.string()};
    return content;
}

Result<ledger::Digest> digest_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return unreadable(path);
    projections::StateWriter hash;
    std::string piece(256 * 1024, '\0');
    while (file) {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        if (file.bad()) return unreadable(path);
        hash.fixed(ledger::as_bytes(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount()))));
    }
    return hash.finish();
}

/// Holds the personal values against the commitments in the lines of seats, both in their order.
class PersonalCheck {
 public:
    PersonalCheck(const std::filesystem::path& path, const ledger::Suite& suite, FindingList& findings)
        : file_(path, projections::statement_line_bytes_max), suite_(suite), findings_(findings) {}

    Result<void> open() {
        ACTLEDGER_CHECK(file_.open());
        return advance();
    }
    Result<void> add(const StatementSeat& seat) {
        for (const projections::StatementPersonal& one : seat.personal) {
            if (!next_ || next_->activation_id != seat.activation_id || next_->event != one.event ||
                next_->value.field != one.commitment.field) {
                continue;  // erased, or left out
            }
            if (ledger::commitment_digest(suite_, next_->value) == one.commitment.digest) {
                ++agreeing_;
            } else {
                find_differing(*next_, {});
            }
            ACTLEDGER_CHECK(advance());
        }
        return {};
    }
    Result<void> finish(const ledger::Digest& statement) {
        // Those that are left are out of order, or of no seat.
        const auto first_left = next_;
        std::uint64_t left = 0;
        for (; next_; ++left) ACTLEDGER_CHECK(advance());
        if (malformed_) return {};  // what is behind it was not read
        if (last_.empty() || !file_.ends_whole()) {
            find(Error{errc::personal_cut});
        } else if (last_ + "\n" != projections::personal_end(statement)) {
            find(Error{errc::personal_other});
            return {};
        } else {
            ACTLEDGER_TRY(const auto more, file_.next());
            if (more) find(Error{errc::personal_other, "something follows its last line"});
        }
        if (first_left) find_differing(*first_left, std::to_string(left) + " values belong nowhere");
        return {};
    }
    [[nodiscard]] std::uint64_t agreeing() const { return agreeing_; }

 private:
    void find(Error error) { findings_.add({FindingKind::annex, std::move(error), std::nullopt}); }
    void find_differing(const projections::PersonalLine& line, std::string detail) {
        find(Error{errc::personal_differs,
                   std::move(detail),
                   {{"activation", line.activation_id.text()},
                    {"field", std::string(projections::field_name(line.value.field))}}});
    }
    /// The next value; none at the last line, which is kept.
    Result<void> advance() {
        next_.reset();
        ACTLEDGER_TRY(const auto line, file_.next());
        if (!line) return {};
        auto value = projections::parse_personal_line(*line);
        if (value) {
            next_ = *std::move(value);
        } else if (line->starts_with(projections::personal_end_begins)) {
            last_ = *line;
        } else {
            malformed_ = true;
            find(Error{errc::personal_malformed, {}, {{"line", std::to_string(file_.number())}}});
        }
        return {};
    }

    LineFile file_;
    const ledger::Suite& suite_;
    FindingList& findings_;
    std::optional<projections::PersonalLine> next_;
    std::string last_;
    bool malformed_ = false;
    std::uint64_t agreeing_ = 0;
};

/// One audit.
class Audit {
 public:
    explicit Audit(const StatementAudit& audit) : audit_(audit) { report_.findings = FindingList(audit.findings_max); }

    Result<StatementReport> run() {
        ACTLEDGER_CHECK(check_proof());
        if (issued_ == nullptr) return std::move(report_);
        ACTLEDGER_TRY(const ledger::Digest digest, digest_of(audit_.statement));
        if (digest != issued_->digest) {
            find(Error{errc::statement_altered,
                       {},
                       {{"found", ledger::hex_encode(digest.view())},
                        {"signed", ledger::hex_encode(issued_->digest.view())}}});
            return std::move(report_);
        }
        ACTLEDGER_CHECK(check_lines());
        if (report_.head && report_.totals && !audit_.against.empty()) {
            const StatementComparison comparison{audit_.statement, audit_.against, *report_.head, audit_.progress};
            ACTLEDGER_TRY(report_.compared, comparison.run(report_.findings));
        }
        return std::move(report_);
    }

 private:
    void find(Error error) { report_.findings.add({FindingKind::statement, std::move(error), std::nullopt}); }
    void find_head(const char* member) { find(Error{errc::statement_head_differs, {}, {{"member", member}}}); }

    Result<void> check_proof() {
        ACTLEDGER_TRY(const std::string text, read_small(audit_.proof, ledger::activation_file_bytes_max));
        const auto file = ledger::ActivationFile::parse(text);
        if (!file)
            return Error{errc::statement_proof_malformed, file.error().describe(), {{"path", audit_.proof.string()}}};
        report_.index = file->index;
        auto verified = ledger::verify_logged_event(*file, audit_.root);
        if (!verified) {
            report_.findings.add(
                {kind_of_proof_error(verified.error()), verified.error(), EventRange{file->index, file->index}});
            return {};
        }
        const auto* const issued = std::get_if<ledger::ReportIssued>(&verified->event.body);
        if (issued == nullptr) {
            find(Error{
                errc::statement_proof_other, {}, {{"kind", std::string(ledger::kind_name(verified->event.body))}}});
            return {};
        }
        report_.proven = *std::move(verified);
        issued_ = &std::get<ledger::ReportIssued>(report_.proven->event.body);
        return {};
    }

    Result<void> check_lines() {
        LineFile file(audit_.statement, projections::statement_line_bytes_max);
        ACTLEDGER_CHECK(file.open());
        std::optional<PersonalCheck> personal;
        if (!audit_.personal.empty()) {
            const ledger::Suite* const suite = ledger::find_suite_of_key(report_.proven->server_certificate.spki());
            personal.emplace(audit_.personal, *suite, report_.findings);
            ACTLEDGER_CHECK(personal->open());
        }
        for (;;) {
            ACTLEDGER_TRY(const auto text, file.next());
            if (!text) break;
            const auto line = projections::parse_statement_line(*text);
            if (!line || !is_in_place(*line, file.number()) || !file.ends_whole()) {
                find(line ? Error{projections::errc::statement_malformed, "line " + std::to_string(file.number())}
                          : line.error());
                return {};
            }
            ACTLEDGER_CHECK(take(*line, personal));
        }
        if (!report_.totals) {
            find(Error{errc::statement_cut});
        } else if (report_.totals->seats != seats_ || report_.totals->seats != issued_->seats) {
            find_head("seats");
        }
        if (personal && report_.totals) {
            ACTLEDGER_CHECK(personal->finish(issued_->digest));
            report_.personal_values = personal->agreeing();
        }
        return {};
    }

    /// One head, then the other kinds in their order, and seats in theirs.
    bool is_in_place(const projections::StatementLine& line, std::uint64_t number) {
        if (std::holds_alternative<StatementHead>(line) != (number == 1) || report_.totals) return false;
        if (line.index() < newest_kind_) return false;
        newest_kind_ = line.index();
        const auto* const seat = std::get_if<StatementSeat>(&line);
        if (seat == nullptr) return true;
        const auto before = std::exchange(newest_seat_, projections::place_of(*seat));
        return !before || *before < *newest_seat_;
    }

    Result<void> take(const projections::StatementLine& line, std::optional<PersonalCheck>& personal) {
        if (const auto* const head = std::get_if<StatementHead>(&line)) {
            report_.head = *head;
            check_head(*head);
        } else if (const auto* const loss = std::get_if<projections::StatementLoss>(&line)) {
            if (ledger::may_miss_events(loss->reason, loss->known.has_value())) ++report_.losses;
        } else if (const auto* const seat = std::get_if<StatementSeat>(&line)) {
            ++seats_;
            if (personal) return personal->add(*seat);
        } else if (const auto* const totals = std::get_if<StatementTotals>(&line)) {
            report_.totals = *totals;
        }
        return {};
    }

    void check_head(const StatementHead& head) {
        const auto origin = ledger::Origin::parse(head.origin);
        const ledger::Origin& proven = report_.proven->origin;
        if (!origin || origin->server_id != proven.server_id || origin->incarnation > proven.incarnation) {
            find_head("origin");
        }
        if (head.at != issued_->as_of) find_head("at");
        if (head.size != issued_->size) find_head("size");
        if (head.root != issued_->root) find_head("root");
    }

    const StatementAudit& audit_;
    StatementReport report_;
    const ledger::ReportIssued* issued_ = nullptr;  // in report_.proven
    std::uint64_t seats_ = 0;
    std::size_t newest_kind_ = 0;
    std::optional<std::pair<bool, std::uint64_t>> newest_seat_;
};

}  // namespace

Result<StatementReport> verify_statement(const StatementAudit& audit) { return Audit(audit).run(); }

bool is_statement(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string begin(projections::statement_start.size(), '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    return file && begin == projections::statement_start;
}

}  // namespace verify
