#include "tools/verify/annex_fold.hpp"

#include <algorithm>

#include "tools/verify/errc.hpp"

namespace verify {
namespace {

Finding annex_finding(errc code, const AnnexPlace& place) {
    return {FindingKind::annex, ledger::Error{code, {}, {{"field", std::string(field_name(place.field))}}},
            EventRange{{place.number}, {place.number}}};
}

}  // namespace

void AnnexFold::add(const Chunk& chunk) {
    missing_.insert(missing_.end(), chunk.annex_missing.begin(), chunk.annex_missing.end());
    for (const ChunkEvent& slot : chunk.events) {
        if (!slot.readable) continue;
        if (const auto* erased = std::get_if<ledger::AnnexErased>(&slot.event.body)) {
            erased_.push_back({erased->sequence_number.value, erased->field});
        }
    }
}

ledger::Result<void> AnnexFold::finish(const ledger::LogScan& scan, std::uint64_t size) {
    ACTLEDGER_TRY(const auto view, scan.open_view());
    ACTLEDGER_CHECK(check_erased(*view));
    std::ranges::sort(erased_);
    std::ranges::sort(missing_);
    const auto unexplained = [&] {
        std::vector<AnnexPlace> rest;
        std::ranges::set_difference(missing_, erased_, std::back_inserter(rest));
        return rest;
    };
    std::vector<AnnexPlace> rest = unexplained();
    if (!rest.empty()) {
        ACTLEDGER_CHECK(read_later_erasures(*view, size));
        std::ranges::sort(erased_);
        rest = unexplained();
    }
    for (const AnnexPlace& place : rest) findings_.add(annex_finding(errc::annex_missing, place));
    return {};
}

ledger::Result<void> AnnexFold::check_erased(const ledger::LogView& view) {
    for (const AnnexPlace& place : erased_) {
        const auto key = ledger::log_key(place.number);
        const auto end = ledger::log_key(place.number + 1);
        ACTLEDGER_CHECK(view.visit(ledger::LogDatabase::annex, key, end, [&](ledger::ByteView, ledger::ByteView value) {
            const auto values = ledger::decode_annex(value);
            if (values && std::ranges::find(*values, place.field, &ledger::AnnexValue::field) != values->end()) {
                findings_.add(annex_finding(errc::annex_not_erased, place));
            }
            return false;
        }));
    }
    return {};
}

ledger::Result<void> AnnexFold::read_later_erasures(const ledger::LogView& view, std::uint64_t size) {
    return view.visit(ledger::LogDatabase::events, ledger::log_key(size), {},
                      [&](ledger::ByteView, ledger::ByteView value) {
                          const auto event = ledger::decode_event(value);
                          if (!event) return true;
                          if (const auto* erased = std::get_if<ledger::AnnexErased>(&event->body)) {
                              erased_.push_back({erased->sequence_number.value, erased->field});
                          }
                          return true;
                      });
}

}  // namespace verify
