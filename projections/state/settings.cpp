#include "projections/state/settings.hpp"

#include "projections/state/state_hash.hpp"

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

void Settings::hash_into(StateHash& hash) const {
    hash.number(entries_.size());
    for (const auto& [name, entry] : entries_) hash.text(name).text(entry.value).number(entry.changed_by.value);
    hash.number(tls_certificate_.has_value());
    if (tls_certificate_) hash.bytes(tls_certificate_->fingerprint.view()).number(tls_certificate_->recorded_by.value);
}

}  // namespace projections
