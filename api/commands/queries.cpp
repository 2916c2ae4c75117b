#include "api/commands/queries.hpp"

#include "projections/state/adoption_rules.hpp"

namespace api::commands {

std::vector<LicenseView> list_licenses(const Context& context) {
    const auto& licenses = context.state.licenses();
    std::vector<LicenseView> views;
    for (std::size_t i = 0; i < licenses.size(); ++i) {
        const projections::LicenseIndex index{static_cast<std::uint16_t>(i)};
        const projections::License& license = licenses.at(index);
        LicenseView& view = views.emplace_back();
        view.terms = license.terms;
        view.status = license.status;
        view.valid_now = licenses.valid_at(index, context.judged());
        view.used = license.successor ? 0 : context.state.seats().used(index);
        view.unclaimed = license.successor ? 0 : context.state.seats().unclaimed_of(index);
        view.held = license.successor ? 0 : context.state.seats().held_of(index);
        view.provisional = license.successor ? 0 : context.state.seats().lent_of(index);
        view.legacy = license.successor ? 0 : context.state.seats().legacy_of(index);
        view.imported_by = license.imported_by;
        view.imported_at = license.imported_at;
        view.next_seat_free_at = context.state.seats().next_free_at(index);
        if (license.successor) view.superseded_by = licenses.at(*license.successor).terms.license_id;
        if (const std::string* revocation = licenses.revocation_of(license.terms.license_id)) {
            view.revoked_by = *revocation;
        }
    }
    return views;
}

SeatPage list_seats(const Context& context, std::uint32_t cursor, std::size_t most) {
    ACTLEDGER_ASSERT(most > 0);
    SeatPage page;
    page.next = context.state.seats().visit(cursor, [&](const projections::HeldSeat& seat) {
        page.seats.push_back(seat);
        return page.seats.size() < most;
    });
    return page;
}

StateSummary summarise(const Context& context) {
    const auto& licenses = context.state.licenses();
    StateSummary summary;
    summary.seats_held = context.state.seats().held();
    for (std::size_t i = 0; i < licenses.size(); ++i) {
        const projections::LicenseIndex index{static_cast<std::uint16_t>(i)};
        if (licenses.valid_at(index, context.judged())) summary.seats_granted += licenses.at(index).terms.quantity;
    }
    summary.events = context.state.size();
    summary.time_in_doubt = context.in_doubt();
    summary.confirmations = context.state.time().confirmations();
    summary.tls_certificate = context.state.settings().tls_certificate();
    summary.open_enrolment = context.state.settings().open_enrolment();
    summary.unconfirmed = context.state.seats().unconfirmed();
    summary.provisional = context.state.seats().lent();
    summary.adopted = context.state.adoptions().adopted();
    summary.pending = context.state.adoptions().pending();
    summary.free_after = projections::free_after(context.state);
    return summary;
}

}  // namespace api::commands
