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
    [[nodiscard]] const std::optional<TlsCertificate>& tls_certificate() const { return tls_certificate_; }
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    std::map<std::string, Entry, std::less<>> entries_;
    std::optional<TlsCertificate> tls_certificate_;
    bool open_enrolment_ = false;
};

}  // namespace projections
