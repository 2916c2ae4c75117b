#include "api/commands/admin_commands.hpp"

#include <algorithm>

#include "ledger/core/event_rules.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"

namespace api::commands {
namespace {

using ledger::Actor;
using ledger::Decision;
using ledger::Result;

const Actor server_actor{Actor::Kind::server, Actor::Authority::none, {}};

Decision write(Actor actor, ledger::EventBody body) { return {{{std::move(actor), std::move(body), {}}}, {}}; }

Decision so_already(ledger::SequenceNumber because_of) { return {{}, because_of}; }

constexpr std::array<std::string_view, ledger::annex_field_count> annex_field_names{"device_name", "device_address",
                                                                                    "operator_name"};

std::string_view field_name(ledger::AnnexField field) { return annex_field_names.at(static_cast<std::size_t>(field)); }

constexpr std::array known_settings{
    KnownSetting{projections::setting_open_enrolment, "false", "true / false", 0, 0},
    KnownSetting{projections::setting_provisional_lease_days, "7", "1 to 90", 1,
                 projections::provisional_lease_days_max},
    KnownSetting{projections::setting_unclaimed_free_after_days, "30", "0 to 3650", 0,
                 projections::unclaimed_free_after_days_max},
};

}  // namespace

bool KnownSetting::allows(std::string_view value) const {
    if (most == 0) return value == "true" || value == "false";
    return projections::Settings::whole_number(value, least, most).has_value();
}

const KnownSetting* find_setting(std::string_view name) {
    const auto found = std::ranges::find(known_settings, name, &KnownSetting::name);
    return found == known_settings.end() ? nullptr : &*found;
}

Result<Decision> decide(const ChangeSetting& command, const Context& context) {
    const auto* const known = find_setting(command.name);
    if (known == nullptr) {
        // A name that could be anything is not repeated at length.
        return ledger::Error{errc::setting_unknown, {}, {{"name", ledger::as_one_line(command.name.substr(0, 64))}}};
    }
    if (!known->allows(command.value)) {
        return ledger::Error{
            errc::setting_value_invalid, {}, {{"name", command.name}, {"allowed", std::string(known->allowed)}}};
    }
    const auto* entry = context.state.settings().find(command.name);
    if (entry != nullptr && entry->value == command.value) return so_already(entry->changed_by);
    return write(command.actor, ledger::SettingChanged{command.name, command.value});
}

Result<Decision> decide(const RecordTlsCertificate& command, const Context& context) {
    const auto& recorded = context.state.settings().tls_certificate();
    if (recorded && recorded->fingerprint == command.fingerprint) return so_already(recorded->recorded_by);
    return write(server_actor, ledger::TlsCertificateChanged{command.fingerprint});
}

std::optional<ledger::AnnexField> find_annex_field(std::string_view name) {
    const auto found = std::ranges::find(annex_field_names, name);
    if (found == annex_field_names.end()) return std::nullopt;
    return static_cast<ledger::AnnexField>(found - annex_field_names.begin());
}

Result<EraseAnnex> prepare_erase(const ledger::Event& event, const std::vector<ledger::AnnexValue>& present,
                                 ledger::AnnexField field, Actor actor) {
    if (std::ranges::find(event.commitments, field, &ledger::Commitment::field) == event.commitments.end()) {
        return ledger::Error{
            errc::annex_value_unknown,
            {},
            {{"index", std::to_string(event.sequence_number.value)}, {"field", std::string(field_name(field))}}};
    }
    const bool erased_already = std::ranges::find(present, field, &ledger::AnnexValue::field) == present.end();
    return EraseAnnex{std::move(actor), event.sequence_number, field, erased_already};
}

Result<Decision> decide(const EraseAnnex& command, const Context& context) {
    if (command.event >= context.moment.next) {
        return ledger::Error{errc::event_unknown, {}, {{"index", std::to_string(command.event.value)}}};
    }
    if (command.erased_already) return so_already(command.event);
    return write(command.actor, ledger::AnnexErased{command.event, command.field});
}

Result<Decision> decide(const ConfirmTime& command, const Context& context) {
    if (!context.in_doubt()) return context.nothing_to_do();
    return write(command.actor, ledger::TimeConfirmed{context.moment.wall});
}

Result<Decision> decide(const UndoTimeConfirmation& command, const Context& context) {
    const projections::TimeConfirmation* confirmation = context.state.time().find(command.confirmation);
    if (confirmation == nullptr) {
        return ledger::Error{errc::confirmation_unknown, {}, {{"index", std::to_string(command.confirmation.value)}}};
    }
    if (confirmation->undone_by) return so_already(*confirmation->undone_by);
    return write(command.actor, ledger::TimeConfirmationUndone{confirmation->number, confirmation->jump});
}

Result<Decision> decide(const StartServer& command, const Context& context) {
    const auto& recorded = context.state.identity().software();
    if (recorded.version == command.software_version) return so_already(recorded.recorded_by);
    return write(server_actor, ledger::ServerStarted{command.software_version});
}

}  // namespace api::commands
