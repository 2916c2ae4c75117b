#pragma once
// api/commands/admin_commands.hpp: settings, time, annex, and the server's own records. Each may be
// repeated: what is so already is a success without an event, resting on the event that made it so.

#include "api/commands/context.hpp"

namespace api::commands {

/// A setting that is part of the ledger.
struct KnownSetting {
    std::string_view name;
    std::string_view otherwise;  ///< JSON: its value while nobody has set it.
    std::string_view allowed;    ///< For people.
    std::int64_t least;
    std::int64_t most;  ///< 0: true or false.
    [[nodiscard]] bool allows(std::string_view value) const;
};
/// nullptr: there is none of this name.
[[nodiscard]] const KnownSetting* find_setting(std::string_view name);

struct ChangeSetting {
    ledger::Actor actor;
    std::string name;
    std::string value;  ///< JSON: "true".
};
/// @return errc::setting_unknown, setting_value_invalid
[[nodiscard]] ledger::Result<ledger::Decision> decide(const ChangeSetting& command, const Context& context);

struct RecordTlsCertificate {
    ledger::Digest fingerprint;  ///< SHA-256 of the DER certificate.
};
[[nodiscard]] ledger::Result<ledger::Decision> decide(const RecordTlsCertificate& command, const Context& context);

/// "device_name", "device_address", "operator_name".
[[nodiscard]] std::optional<ledger::AnnexField> find_annex_field(std::string_view name);

struct EraseAnnex {
    ledger::Actor actor;
    ledger::SequenceNumber event;
    ledger::AnnexField field{};
    bool erased_already = false;
};
/// @param event    the event that commits to the value. @param present  its annex values as they are now.
/// @return errc::annex_value_unknown
[[nodiscard]] ledger::Result<EraseAnnex> prepare_erase(const ledger::Event& event,
                                                       const std::vector<ledger::AnnexValue>& present,
                                                       ledger::AnnexField field, ledger::Actor actor);
/// @return errc::event_unknown
[[nodiscard]] ledger::Result<ledger::Decision> decide(const EraseAnnex& command, const Context& context);

/// A person says that the wall clock is right. Its reading is taken when it is decided (Moment::wall).
struct ConfirmTime {
    ledger::Actor actor;
};
/// Without doubt: a success without an event.
[[nodiscard]] ledger::Result<ledger::Decision> decide(const ConfirmTime& command, const Context& context);

struct UndoTimeConfirmation {
    ledger::Actor actor;
    ledger::SequenceNumber confirmation;
};
/// Takes what the confirmation added to ledger time off again. @return errc::confirmation_unknown
[[nodiscard]] ledger::Result<ledger::Decision> decide(const UndoTimeConfirmation& command, const Context& context);

/// The server started with this version; it is on record once for as long as it stays the same.
struct StartServer {
    std::string software_version;
};
[[nodiscard]] ledger::Result<ledger::Decision> decide(const StartServer& command, const Context& context);

}  // namespace api::commands
