#pragma once
// tools/verify/finding.hpp: what an audit finds, and where. Findings of one code at neighbouring places are one finding
// with a range, and only so many are kept, so that a ruined ledger does not make a ruined report.

#include <map>
#include <optional>
#include <vector>

#include "ledger/core/result.hpp"
#include "ledger/core/sizes.hpp"

namespace verify {

/// What is affected, most fundamental first: the exit code is that of the first kind found. docs/manual/en/verify.md.
enum class FindingKind { history, head, certificate, license, statement, annex, rule, copy, lease };
constexpr std::size_t finding_kind_count = 9;
/// "history", as JSON has it.
[[nodiscard]] std::string_view kind_name(FindingKind kind);

/// Sequence numbers [first, last], both included.
struct EventRange {
    ledger::SequenceNumber first;
    ledger::SequenceNumber last;
    bool operator==(const EventRange&) const = default;
    [[nodiscard]] std::string text(ledger::Language language) const;  ///< "17", or "17 to 20".
};

struct Finding {
    FindingKind kind;
    ledger::Error error;               ///< The fact "at" is added when it is told.
    std::optional<EventRange> events;  ///< Empty: not about certain events.

    [[nodiscard]] std::string sentence(ledger::Language language) const;
    [[nodiscard]] std::string remedy(ledger::Language language) const;
};

/// Collects in the order of add(). One thread.
class FindingList {
 public:
    explicit FindingList(std::size_t kept_max) : kept_max_(kept_max) {}

    /// Joins the last finding of the same code when that ends just before this one (or overlaps it).
    void add(Finding finding);
    /// All of another list, in its order; its counts too.
    void add_all(FindingList&& others);

    [[nodiscard]] const std::vector<Finding>& kept() const { return kept_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }  ///< Kept or not; a joined one counts once.
    [[nodiscard]] bool empty() const { return total_ == 0; }
    [[nodiscard]] const std::map<FindingKind, std::uint64_t>& per_kind() const { return per_kind_; }
    /// The most fundamental kind. @pre !empty()
    [[nodiscard]] FindingKind worst() const { return per_kind_.begin()->first; }

 private:
    struct Open {
        std::size_t index;  ///< In kept_, or kept_max_ when it was not kept.
        std::optional<EventRange> events;
    };
    std::size_t kept_max_;
    std::vector<Finding> kept_;
    std::uint64_t total_ = 0;
    std::map<FindingKind, std::uint64_t> per_kind_;
    std::map<std::pair<FindingKind, std::string_view>, Open> last_of_code_;
};

}  // namespace verify
