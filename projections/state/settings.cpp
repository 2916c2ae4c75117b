#include "projections/state/settings.hpp"

#include "ledger/core/event_codec.hpp"
#include "projections/state/state_reader.hpp"
#include "projections/state/state_writer.hpp"

namespace projections {

void Settings::apply(const ledger::Event& event) {
    if (const auto* changed = std::get_if<ledger::SettingChanged>(&event.body)) {
        entries_.insert_or_assign(changed->name, Entry{changed->value, event.sequence_number});
        if (changed->name == setting_open_enrolment) open_enrolment_ = changed->value == "true";
    } else if (const auto* tls = std::get_if<ledger::TlsCertificateChanged>(&event.body)) {
        tls_certificate_ = TlsCertificate{tls->fingerprint, event.sequence_number};
    }
}

const Settings::Entry* Settings::find(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> Settings::whole_number(std::string_view json, std::int64_t least, std::int64_t most) {
    const auto value = ledger::decimal_decode(json);
    if (!value || *value > static_cast<std::uint64_t>(most)) return std::nullopt;
    const auto number = static_cast<std::int64_t>(*value);
    return number < least ? std::nullopt : std::optional(number);
}

std::int64_t Settings::number(std::string_view name, std::int64_t least, std::int64_t most,
                              std::int64_t otherwise) const {
    const Entry* const entry = find(name);
    return entry == nullptr ? otherwise : whole_number(entry->value, least, most).value_or(otherwise);
}

std::int64_t Settings::provisional_lease_days() const {
    return number(setting_provisional_lease_days, 1, provisional_lease_days_max, provisional_lease_days_default);
}

std::int64_t Settings::unclaimed_free_after_days() const {
    return number(setting_unclaimed_free_after_days, 0, unclaimed_free_after_days_max,
                  unclaimed_free_after_days_default);
}

void Settings::write(StateWriter& out) const {
    out.number(entries_.size());
    for (const auto& [name, entry] : entries_) out.text(name).text(entry.value).event(entry.changed_by);
    out.flag(tls_certificate_.has_value());
    if (tls_certificate_) out.fixed(tls_certificate_->fingerprint.view()).event(tls_certificate_->recorded_by);
}

void Settings::read(StateReader& in) {
    const std::uint64_t count = in.number(in.events());
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        std::string name = in.text(ledger::event_bytes_max);
        std::string value = in.text(ledger::event_bytes_max);
        in.require(entries_.empty() || entries_.rbegin()->first < name, "settings are not in order");
        if (name == setting_open_enrolment) open_enrolment_ = value == "true";
        entries_.insert_or_assign(std::move(name), Entry{std::move(value), in.event()});
    }
    if (!in.flag()) return;
    TlsCertificate& certificate = tls_certificate_.emplace();
    in.fixed(certificate.fingerprint.bytes);
    certificate.recorded_by = in.event();
}

}  // namespace projections
