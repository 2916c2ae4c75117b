#include "projections/state/device_match.hpp"

#include <algorithm>

namespace projections {

ComponentView of_kind(ComponentView components, std::string_view kind) {
    // A handful, and most differ in length: looking at each is quicker than halving.
    const auto is_of_kind = [&](const ledger::Component& c) { return c.kind == kind; };
    const auto first = std::ranges::find_if(components, is_of_kind);
    return {first, std::find_if_not(first, components.end(), is_of_kind)};
}

namespace {

bool have_common(ComponentView a, ComponentView b) {
    for (const ledger::Component& one : a) {
        if (std::ranges::find(b, one.digest, &ledger::Component::digest) != b.end()) return true;
    }
    return false;
}

}  // namespace

std::uint32_t agreeing_kinds(const ledger::DeviceRule& rule, ComponentView a, ComponentView b) {
    std::uint32_t agreeing = 0;
    for (const std::string& kind : rule.components) {
        if (have_common(of_kind(a, kind), of_kind(b, kind))) ++agreeing;
    }
    return agreeing;
}

std::uint32_t usable_kinds(const ledger::DeviceRule& rule, ComponentView components) {
    std::uint32_t usable = 0;
    for (const std::string& kind : rule.components) {
        if (!of_kind(components, kind).empty()) ++usable;
    }
    return usable;
}

}  // namespace projections
