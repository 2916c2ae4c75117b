#include "api/commands/license_choice.hpp"

#include "ledger/core/time_text.hpp"

namespace api::commands {
namespace {

using projections::LicenseIndex;

std::string joined(const std::vector<std::string_view>& names) {
    std::string text;
    for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
    return text.empty() ? "-" : text;
}

/// What walking the licences has met, for the refusal.
struct Shortfall {
    bool usable = false;
    bool recognisable = false;
    bool unreserved = false;
    std::optional<LicenseIndex> unrecognising;  ///< The first that cannot recognise the device.
    std::uint64_t used = 0;
    std::uint64_t limit = 0;
    std::optional<ledger::Timestamp> next_free_at;
};

ledger::Error refusal(const Shortfall& shortfall, projections::ProductIndex product,
                      projections::ComponentView components, const Context& context) {
    const std::string& name = context.state.licenses().product_name(product);
    if (!shortfall.usable) {
        return {errc::no_valid_license, {}, {{"product", name}, {"at", ledger::time_text(context.judged())}}};
    }
    if (!shortfall.recognisable) return check_recognisable(*shortfall.unrecognising, components, context).error();
    if (shortfall.unreserved) return {errc::seats_not_reserved, {}, {{"product", name}}};
    return {errc::quota_reached,
            {},
            {{"product", name},
             {"used", std::to_string(shortfall.used)},
             {"limit", std::to_string(shortfall.limit)},
             {"next_seat_free_at",
              shortfall.next_free_at ? ledger::time_text(*shortfall.next_free_at) : std::string("never")}}};
}

/// @return whether a seat of it can be given
bool offers_seat(LicenseIndex index, projections::ComponentView components, const Context& context,
                 Shortfall& shortfall) {
    const ledger::LicenseTerms& terms = context.state.licenses().at(index).terms;
    shortfall.usable = true;
    if (projections::usable_kinds(terms.device, components) < terms.device.match) {
        if (!shortfall.unrecognising) shortfall.unrecognising = index;
        return false;
    }
    shortfall.recognisable = true;
    const std::uint64_t used = context.state.seats().used(index);
    shortfall.used += used;
    shortfall.limit += terms.quantity;
    if (used >= terms.quantity) return false;
    context.reservations.want(terms.license_id, used + 1);
    if (used < context.reservations.reserved(terms.license_id)) return true;
    shortfall.unreserved = true;
    return false;
}

}  // namespace

bool is_usable(LicenseIndex license, const Context& context) {
    const auto& licenses = context.state.licenses();
    return licenses.valid_at(license, context.judged()) ||
           (context.in_doubt() && licenses.at(license).status == projections::LicenseStatus::live);
}

ledger::Result<LicenseIndex> choose_license(projections::ProductIndex product, projections::ComponentView components,
                                            const Context& context) {
    const auto& licenses = context.state.licenses();
    Shortfall shortfall;
    for (const bool within_dates : {true, false}) {
        for (const LicenseIndex index : licenses.of_product(product)) {
            if (!is_usable(index, context) || licenses.valid_at(index, context.judged()) != within_dates) continue;
            if (offers_seat(index, components, context, shortfall)) return index;
        }
    }
    // Only a refusal needs to know when seats free: asking costs a look at the queue of leases.
    for (const LicenseIndex index : licenses.of_product(product)) {
        if (!is_usable(index, context)) continue;
        const auto at = context.state.seats().next_free_at(index);
        if (at && (!shortfall.next_free_at || *at < *shortfall.next_free_at)) shortfall.next_free_at = at;
    }
    return refusal(shortfall, product, components, context);
}

ledger::Result<void> check_recognisable(LicenseIndex license, projections::ComponentView components,
                                        const Context& context) {
    const ledger::LicenseTerms& terms = context.state.licenses().at(license).terms;
    if (projections::usable_kinds(terms.device, components) >= terms.device.match) return {};
    std::vector<std::string_view> kinds;
    std::vector<std::string_view> usable;
    for (const std::string& kind : terms.device.components) {
        kinds.push_back(kind);
        if (!projections::of_kind(components, kind).empty()) usable.push_back(kind);
    }
    return ledger::Error{errc::device_components_insufficient,
                         {},
                         {{"product", terms.product},
                          {"needed", std::to_string(terms.device.match)},
                          {"kinds", joined(kinds)},
                          {"usable", joined(usable)}}};
}

}  // namespace api::commands
