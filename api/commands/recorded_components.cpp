#include "api/commands/recorded_components.hpp"

#include <algorithm>

namespace api::commands {
namespace {

/// Named by a licence of the product that is live. Linear: licences name a handful of kinds.
bool is_named(std::string_view kind, projections::ProductIndex product, const projections::Licenses& licenses) {
    return std::ranges::any_of(licenses.of_product(product), [&](projections::LicenseIndex index) {
        const projections::License& license = licenses.at(index);
        return license.status == projections::LicenseStatus::live &&
               std::ranges::find(license.terms.device.components, kind) != license.terms.device.components.end();
    });
}

}  // namespace

ledger::Components recorded_components(projections::ComponentView sent, projections::ProductIndex product,
                                       const Context& context) {
    ledger::Components recorded;
    for (const ledger::Component& component : sent) {
        if (is_named(component.kind, product, context.state.licenses())) recorded.push_back(component);
    }
    return recorded;
}

ledger::Components updated_components(projections::ComponentView recorded, projections::ComponentView sent,
                                      projections::ProductIndex product, const Context& context) {
    ledger::Components updated = recorded_components(sent, product, context);
    const std::size_t sent_count = updated.size();
    for (const ledger::Component& component : recorded) {
        const bool is_replaced = !projections::of_kind({updated.data(), sent_count}, component.kind).empty();
        if (!is_replaced) updated.push_back(component);
    }
    // More than an event holds: what the device has now counts.
    if (updated.size() > ledger::components_max) updated.resize(sent_count);
    std::ranges::sort(updated);
    return updated;
}

}  // namespace api::commands
