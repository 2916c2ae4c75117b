#pragma once
// tools/client/activation_check.hpp: what an activation file says of this machine and of today. Offline: the vendor's
// root certificate is all that is needed. ADR: docs/adr/0016-device-check-offline.md.

#include <filesystem>
#include <optional>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/device_components.hpp"

namespace client {

/// PEM or DER. @return terminal::errc::file_unreadable, ledger::errc::certificate_malformed
[[nodiscard]] ledger::Result<ledger::Certificate> load_vendor_root(const std::filesystem::path& file);

/// A file that verified. Value type.
struct CheckedFile {
    ledger::ActivationFile file;
    ledger::VerifiedEvent verified;

    [[nodiscard]] const ledger::Seat& seat() const { return *verified.event.seat(); }
    /// The key that the checkpoint's signature was verified with.
    [[nodiscard]] ledger::PublicKey server_key() const;
};

/// Everything that verify_activation_file checks. @return its errors, and those of parsing.
[[nodiscard]] ledger::Result<CheckedFile> check_file(std::string_view text, const ledger::Certificate& root);

/// How far a seat and this machine agree.
struct DeviceMatch {
    enum class Key { same, other, unknown };  ///< unknown: this machine's key is not there, or may not be read.
    Key key = Key::unknown;
    std::optional<std::size_t> agreeing;  ///< Of the seat's components; nothing if the file holds no salt.
    std::size_t components = 0;

    /// The rule of ADR 0016.
    [[nodiscard]] bool is_this_machine() const;
};
/// @param spki  this machine's device key, or empty.
[[nodiscard]] DeviceMatch match_device(const CheckedFile& file, const std::vector<ledger::RawComponent>& components,
                                       ledger::ByteView spki);

enum class LeaseStanding { perpetual, running, grace, over };
/// Judged at `now`: running before lease_ends, grace before grace_ends.
[[nodiscard]] LeaseStanding standing_of(const ledger::Seat& seat, ledger::Timestamp now);
/// Whole days from `now`, rounded down; 0 if it is past.
[[nodiscard]] std::int64_t days_left(ledger::Timestamp end, ledger::Timestamp now);

/// UTC wall clock. A desktop has no better one.
[[nodiscard]] ledger::Timestamp wall_clock();

}  // namespace client
