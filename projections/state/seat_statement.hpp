#pragma once
// projections/state/seat_statement.hpp: the lines of a statement of who held which seat at a time, and of the personal
// values beside it: one JSON object a line, in one spelling. Knows nothing of who makes or proves it. Format:
// docs/formats/report.md; why: docs/adr/0036-reports.md.

#include <optional>
#include <variant>

#include "ledger/core/event.hpp"
#include "projections/state/licenses.hpp"

namespace projections {

/// The first line: what time means in which ledger.
struct StatementHead {
    std::string origin;           ///< Of the newest event up to `at`.
    ledger::Timestamp at;         ///< That was asked for.
    ledger::Timestamp judged_at;  ///< At which dates are judged then: earlier than `at` if a confirmation was undone.
    bool time_in_doubt = false;   ///< Then: nothing expires, and dates say little.
    ledger::TreeSize size;        ///< Events with a time up to `at`; not 0.
    ledger::Digest root;          ///< Of the tree of that size.
    ledger::Timestamp newest;     ///< Time of the newest of them.
    bool in_gap = false;          ///< `at` lies where events of the ledger were lost.
    bool operator==(const StatementHead&) const = default;
};

/// An incarnation that was opened up to then: what was kept, and what is known to have been there.
struct StatementLoss {
    std::uint32_t incarnation = 0;
    ledger::SequenceNumber opened_by;
    ledger::IncarnationOpened::Reason reason{};
    ledger::TreeSize kept;
    std::optional<ledger::TreeSize> known;
    bool operator==(const StatementLoss&) const = default;
};

/// A licence that was imported up to then, in the order of import.
struct StatementLicense {
    std::string license_id;
    std::string product;
    LicenseStatus status = LicenseStatus::live;
    bool valid = false;        ///< Live, and within its dates.
    std::string counted_with;  ///< The licence that answers for its seats: itself, or the last that superseded it.
    std::uint64_t quantity = 0;
    // Of a licence that answers for itself, with those whose seats it took over; otherwise 0.
    std::uint64_t held = 0;
    std::uint64_t provisional = 0;  ///< Of those held.
    std::uint64_t kept = 0;
    std::uint64_t unclaimed = 0;
    std::uint64_t free = 0;
    bool operator==(const StatementLicense&) const = default;
};

/// What an event commits to, whose value may be in the file of personal values.
struct StatementPersonal {
    ledger::SequenceNumber event;
    ledger::Commitment commitment;
    bool operator==(const StatementPersonal&) const = default;
};

/// A seat: those that are held in the order of the events that granted them, then those that are kept.
struct StatementSeat {
    enum class State : std::uint8_t {
        held,
        unconfirmed,  ///< Adopted after a loss, and not renewed by its device since.
        collected,    ///< The same, from a file that somebody else brought.
        provisional,  ///< Lent on a seat that is unclaimed.
        kept,         ///< For a desktop of the previous product that has not called yet.
    };
    State state = State::held;
    ledger::ActivationId activation_id;
    std::string license_id;
    std::string product;
    ledger::SequenceNumber granted_by;
    ledger::Timestamp granted_at;
    ledger::SequenceNumber told_by;  ///< The newest event about it up to then, which proves the rest of the line.
    ledger::Timestamp told_at;
    ledger::Timestamp lease_ends;  ///< 0: perpetual. Of one that is kept: until when it is at least.
    ledger::Timestamp grace_ends;  ///< 0: perpetual, or kept.
    ledger::Components components;
    std::vector<StatementPersonal> personal;  ///< Ascending by event, then by field; of both events.
    bool operator==(const StatementSeat&) const = default;
};

/// The last line: a statement without it is cut.
struct StatementTotals {
    std::uint64_t seats = 0;  ///< Lines of seats.
    std::uint64_t held = 0;   ///< Of those: not kept.
    std::uint64_t provisional = 0;
    std::uint64_t unconfirmed = 0;  ///< The collected ones too.
    std::uint64_t kept = 0;
    std::uint64_t unclaimed = 0;          ///< Also of licences that were not imported yet.
    std::uint64_t adoptions_waiting = 0;  ///< Proofs of lost seats that wait for an administrator.
    bool operator==(const StatementTotals&) const = default;
};

using StatementLine = std::variant<StatementHead, StatementLoss, StatementLicense, StatementSeat, StatementTotals>;

constexpr std::size_t statement_line_bytes_max = 8 * 1024;  ///< With its end; the longest seat has less than half.
/// How a statement begins: tells it from other files.
constexpr std::string_view statement_start = R"({"statement":"actledger-seats/1",)";

/// The line with its LF.
[[nodiscard]] std::string line_text(const StatementLine& line);
/// @param text  a line without its LF. @return errc::statement_malformed for what line_text would not have written
[[nodiscard]] ledger::Result<StatementLine> parse_statement_line(std::string_view text);

/// Seats are in ascending order of this: held ones before those that are kept.
[[nodiscard]] inline std::pair<bool, std::uint64_t> place_of(const StatementSeat& seat) {
    return {seat.state == StatementSeat::State::kept, seat.granted_by.value};
}
[[nodiscard]] std::string_view state_name(StatementSeat::State state);
[[nodiscard]] std::string_view field_name(ledger::AnnexField field);  ///< "device_name"

/// The last line of the file of personal values: of which statement they are.
[[nodiscard]] std::string personal_end(const ledger::Digest& statement);
constexpr std::string_view personal_end_begins = R"({"personal":)";  ///< As no other line of it does.
/// A value of event `event`, whose commitment is in the seat's line.
struct PersonalLine {
    ledger::ActivationId activation_id;
    ledger::SequenceNumber event;
    ledger::AnnexValue value;
};
[[nodiscard]] std::string line_text(const PersonalLine& line);
/// @return errc::statement_malformed
[[nodiscard]] ledger::Result<PersonalLine> parse_personal_line(std::string_view text);

}  // namespace projections
