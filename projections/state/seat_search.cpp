#include "projections/state/seat_search.hpp"

#include <algorithm>
#include <boost/container/static_vector.hpp>

namespace projections {
namespace {

/// One of the rule's kinds, as the request has it.
struct KindProbe {
    boost::container::static_vector<std::uint64_t, ledger::components_max> keys;
    std::size_t holders = 0;  ///< Over all keys; retired ones too.
};
using KindProbes = boost::container::static_vector<KindProbe, ledger::license_components_max>;

bool hits(const KindProbe& probe, const PackedIndex& index, RecordNumber record) {
    return probe.holders > 0 &&
           std::ranges::any_of(probe.keys, [&](std::uint64_t key) { return index.contains(key, record); });
}

}  // namespace

std::uint64_t component_key(ProductIndex product, const ledger::Component& component) {
    std::uint64_t key = 0;
    std::memcpy(&key, component.digest.bytes.data(), sizeof key);
    return key ^ (std::uint64_t{product.value} + 1) * 0x9e37'79b9'7f4a'7c15;
}

void search_seats(const ledger::DeviceRule& rule, ProductIndex product, ComponentView components,
                  const PackedIndex& by_component, const SeatRecords& records,
                  const std::function<bool(LicenseIndex)>& is_of_rule, SeatCandidates& found) {
    KindProbes probes;
    for (const std::string& kind : rule.components) {
        KindProbe& probe = probes.emplace_back();
        for (const ledger::Component& component : of_kind(components, kind)) {
            probe.keys.push_back(component_key(product, component));
            by_component.prefetch(probe.keys.back());
        }
    }
    for (KindProbe& probe : probes) {
        for (const std::uint64_t key : probe.keys) probe.holders += by_component.count(key);
    }
    const auto hit_kinds = std::ranges::count_if(probes, [](const KindProbe& probe) { return probe.holders > 0; });
    if (static_cast<std::size_t>(hit_kinds) < rule.match) return;

    // k of n kinds agree, so at least one of any n - k + 1 does: the rarest find every match, and what a thousand
    // clones share is never walked.
    std::ranges::sort(probes, {}, &KindProbe::holders);
    const std::size_t probed = probes.size() - rule.match + 1;
    for (std::size_t i = 0; i < probed; ++i) {
        if (probes[i].holders == 0) continue;
        for (const std::uint64_t key : probes[i].keys) {
            by_component.visit(key, [&](RecordNumber record) {
                if (!records.is_live(record) || !is_of_rule(records[record].license)) return true;
                if (std::ranges::find(found, record, &SeatCandidate::record) != found.end()) return true;
                const auto agreeing = std::ranges::count_if(
                    probes, [&](const KindProbe& probe) { return hits(probe, by_component, record); });
                if (static_cast<std::size_t>(agreeing) >= rule.match) {
                    found.push_back({record, static_cast<std::uint32_t>(agreeing)});
                }
                return true;
            });
        }
    }
}

}  // namespace projections
