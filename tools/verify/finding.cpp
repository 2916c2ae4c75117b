#include "tools/verify/finding.hpp"

#include <algorithm>
#include <array>

namespace verify {
namespace {

std::vector<ledger::Fact> facts_with_place(const Finding& finding, ledger::Language language) {
    std::vector<ledger::Fact> facts = finding.error.facts;
    if (finding.events) facts.push_back({"at", finding.events->text(language)});
    return facts;
}

}  // namespace

std::string_view kind_name(FindingKind kind) {
    constexpr std::array<std::string_view, finding_kind_count> names{
        "history", "head", "certificate", "license", "statement", "annex", "rule", "copy", "lease"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string EventRange::text(ledger::Language language) const {
    if (first == last) return std::to_string(first.value);
    const char* to = language == ledger::Language::chinese ? " 至 " : " to ";
    return std::to_string(first.value) + to + std::to_string(last.value);
}

std::string Finding::sentence(ledger::Language language) const {
    return ledger::fill_in(error.message().text(language).sentence, facts_with_place(*this, language));
}

std::string Finding::remedy(ledger::Language language) const {
    return ledger::fill_in(error.message().text(language).remedy, facts_with_place(*this, language));
}

void FindingList::add(Finding finding) {
    const auto key = std::make_pair(finding.kind, finding.error.stable_code());
    const auto known = last_of_code_.find(key);
    if (known != last_of_code_.end() && known->second.events && finding.events) {
        EventRange& before = *known->second.events;
        const bool joins =
            finding.events->first.value <= before.last.value + 1 && finding.events->first >= before.first;
        if (joins) {
            before.last = std::max(before.last, finding.events->last);
            if (known->second.index < kept_.size()) kept_[known->second.index].events = before;
            return;
        }
    }
    ++total_;
    ++per_kind_[finding.kind];
    const std::size_t index = kept_.size() < kept_max_ ? kept_.size() : kept_max_;
    last_of_code_.insert_or_assign(key, Open{index, finding.events});
    if (index < kept_max_) kept_.push_back(std::move(finding));
}

void FindingList::add_all(FindingList&& others) {
    for (Finding& finding : others.kept_) add(std::move(finding));
    for (const auto& [kind, count] : others.per_kind_) {  // those that it did not keep are known by number only
        const auto kept = static_cast<std::uint64_t>(std::ranges::count(others.kept_, kind, &Finding::kind));
        per_kind_[kind] += count - kept;
        total_ += count - kept;
    }
    others = FindingList(others.kept_max_);
}

}  // namespace verify
