#include "api/commands/access_key_commands.hpp"
#include "api/commands/enrolment.hpp"
#include "api/commands/new_seat.hpp"
#include "api/commands/recorded_components.hpp"
#include "api/commands/seat_commands.hpp"
#include "ledger/core/utf8.hpp"

namespace api::commands {
namespace {

constexpr std::size_t device_name_bytes_max = 255;

ledger::Result<void> add_annex(std::vector<ledger::AnnexValue>& annex, ledger::AnnexField field,
                               std::optional<std::string> value) {
    if (!value) return {};
    if (value->empty() || value->size() > device_name_bytes_max || !ledger::is_one_line(*value)) {
        return ledger::Error{errc::device_name_malformed};
    }
    annex.push_back(annex_value(field, *std::move(value)));
    return {};
}

SeatDecision found(const projections::SeatMatch& match, const ActivateSeat& command, ledger::Actor actor,
                   const Context& context) {
    const projections::License& license = context.state.licenses().at(match.held.license);
    SeatDecision result;
    result.seat = match.seat;
    result.activated = match.held.activated;
    result.current = match.held.current;
    result.standing = match.held.standing;
    result.renew_after = renew_after(match, context);
    result.decision.rests_on = match.held.current;
    ledger::Components updated =
        updated_components(match.seat.components, command.components, license.product, context);
    if (updated == match.seat.components) return result;

    result.change = SeatDecision::Change::device_changed;
    result.seat.components = std::move(updated);
    result.current = context.moment.next;
    result.decision.drafts.push_back({std::move(actor), ledger::SeatDeviceChanged{result.seat}, command.annex});
    return result;
}

}  // namespace

ledger::AnnexValue annex_value(ledger::AnnexField field, std::string value) {
    ACTLEDGER_ASSERT(value.size() <= 1'024);
    ledger::AnnexValue annex{field, {}, std::move(value)};
    ledger::fill_random(annex.salt);
    return annex;
}

ledger::Result<ActivateSeat> prepare(ActivateSeatRequest request, const Preparation& preparation) {
    if (!ledger::is_license_name(request.product)) return ledger::Error{errc::product_malformed};
    ActivateSeat command;
    command.product = std::move(request.product);
    if (!ledger::check_public_key(preparation.suite.id(), request.device_public_key)) {
        return ledger::Error{errc::device_key_malformed};
    }
    command.device_public_key = std::move(request.device_public_key);
    ACTLEDGER_TRY(command.components,
                  ledger::hash_components(preparation.suite, preparation.device_salt, request.components));
    if (request.enrolment_key) {
        command.enrolment_key = access_key_digest(preparation.suite, *request.enrolment_key);
    }
    ACTLEDGER_CHECK(add_annex(command.annex, ledger::AnnexField::device_name, std::move(request.device_name)));
    ACTLEDGER_CHECK(add_annex(command.annex, ledger::AnnexField::device_address, std::move(request.device_address)));
    ledger::fill_random(command.id_if_new.bytes);
    return command;
}

ledger::Result<SeatDecision> decide(const ActivateSeat& command, const Context& context) {
    ACTLEDGER_TRY(ledger::Actor actor, admit(command.enrolment_key, context));
    const auto product = context.state.licenses().find_product(command.product);
    if (!product) return ledger::Error{errc::product_unknown, {}, {{"product", command.product}}};
    ACTLEDGER_TRY(const auto match,
                  context.state.seats().match(*product, command.components, command.device_public_key, context.seats));
    if (match) return found(*match, command, std::move(actor), context);

    auto granted = grant_new_seat(command, actor, context);
    if (granted || granted.error().code != errc::quota_reached) return granted;
    if (auto lent = lend_new_seat(command, std::move(actor), context)) return *std::move(lent);
    return granted;
}

}  // namespace api::commands
