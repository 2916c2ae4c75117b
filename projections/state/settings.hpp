#pragma once
// projections/state/settings.hpp: settings that are part of the ledger, as JSON texts by name, and the newest TLS
// certificate. Settings of the machine (addresses, folders, limits) are configuration and not here.

#include <map>
#include <optional>
#include <string>

#include "ledger/core/event.hpp"

namespace projections {

class StateReader;
class StateWriter;

/// "open_enrolment": true or false. Whether desktops may enrol without a key; false unless set.
constexpr std::string_view setting_open_enrolment = "open_enrolment";

/// "provisional_lease_days": 1 to 90; how long a seat is lent to a desktop without its file while seats are unclaimed.
constexpr std::string_view setting_provisional_lease_days = "provisional_lease_days";
constexpr std::int64_t provisional_lease_days_default = 7;
constexpr std::int64_t provisional_lease_days_max = 90;
/// "unclaimed_free_after_days": 0 to 3650; so long after a loss nobody may free what is unclaimed.
constexpr std::string_view setting_unclaimed_free_after_days = "unclaimed_free_after_days";
constexpr std::int64_t unclaimed_free_after_days_default = 30;
constexpr std::int64_t unclaimed_free_after_days_max = 3'650;

class Settings {
 public:
    struct Entry {
        std::string value;  ///< JSON.
        ledger::SequenceNumber changed_by;
    };
    struct TlsCertificate {
        ledger::Digest fingerprint;
        ledger::SequenceNumber recorded_by;
    };

    void apply(const ledger::Event& event);
    /// nullptr: never set.
    [[nodiscard]] const Entry* find(std::string_view name) const;
    [[nodiscard]] bool open_enrolment() const { return open_enrolment_; }
    [[nodiscard]] std::int64_t provisional_lease_days() const;
    [[nodiscard]] std::int64_t unclaimed_free_after_days() const;
    /// A whole number as JSON writes it, from `least` to `most`; nothing for anything else.
    [[nodiscard]] static std::optional<std::int64_t> whole_number(std::string_view json, std::int64_t least,
                                                                  std::int64_t most);
    [[nodiscard]] const std::optional<TlsCertificate>& tls_certificate() const { return tls_certificate_; }
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most,
                                      std::int64_t otherwise) const;

    std::map<std::string, Entry, std::less<>> entries_;
    std::optional<TlsCertificate> tls_certificate_;
    bool open_enrolment_ = false;
};

}  // namespace projections
