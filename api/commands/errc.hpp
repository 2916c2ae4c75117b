#pragma once
// api/commands/errc.hpp: why a command is refused. Messages: api/commands/errc.cpp. Facts are named with each value.

#include <system_error>

#include "ledger/core/message.hpp"

namespace api::commands {

enum class errc {
    // Seats
    quota_reached = 1,   ///< product, used, limit, next_seat_free_at (RFC 3339, or "never": all leases are perpetual)
    seats_not_reserved,  ///< the anchor is behind; again in a moment. product
    product_unknown,     ///< product
    no_valid_license,    ///< licences of the product, none valid now. product, at
    enrolment_key_invalid,
    enrolment_closed,
    activation_unknown,              ///< activation
    activation_released,             ///< activation, released_at
    device_mismatch,                 ///< activation
    device_components_insufficient,  ///< product, needed, kinds, usable
    device_key_malformed,
    device_name_malformed,
    product_malformed,

    // After a loss
    adoption_foreign,          ///< a file of another server. server
    adoption_needless,         ///< a file of the present incarnation. activation
    adoption_key_missing,      ///< of a key of this server that the ledger lacks. origin
    adoption_other_device,     ///< activation
    adoption_other_product,    ///< product, asked
    adoption_license_unknown,  ///< license
    adoption_license_revoked,  ///< license
    adoption_superseded,       ///< the ledger has a newer one. activation
    adoption_released,         ///< activation
    adoption_refused,          ///< by an administrator. activation
    adoption_lease_over,       ///< activation, at
    adoption_provisional,      ///< of a seat that was lent. activation
    adoption_pending,          ///< waits for an administrator. activation
    adoption_unknown,          ///< nothing of it waits. activation
    license_unknown,           ///< license
    free_too_early,            ///< license, from
    free_time_in_doubt,        ///< license
    free_too_many,             ///< license, unclaimed

    // Seats of the previous product
    legacy_record_malformed,
    legacy_components_unusable,  ///< product, kinds
    legacy_device_active,        ///< activation
    legacy_device_reserved,      ///< activation
    legacy_quota_reached,        ///< product, used, limit
    legacy_until_in_the_past,    ///< until, at
    legacy_seat_unknown,         ///< activation
    legacy_seat_claimed,         ///< activation
    legacy_seat_promised,        ///< activation, reserved_until
    legacy_time_in_doubt,

    // Administration
    enrolment_key_unknown,           ///< key
    enrolment_key_ends_in_the_past,  ///< expires, at
    enrolment_key_revoked,           ///< key
    enrolment_key_differs,           ///< key
    pool_name_malformed,
    log_key_unknown,           ///< key
    log_key_ends_in_the_past,  ///< expires, at
    log_key_revoked,           ///< key
    log_key_differs,           ///< key
    log_key_invalid,
    log_key_wrong_kind,  ///< credentials that are good, and not for the log
    reader_name_malformed,
    setting_unknown,        ///< name
    setting_value_invalid,  ///< name, allowed
    licenses_too_many,      ///< limit
    event_unknown,          ///< index
    annex_value_unknown,    ///< index, field
    confirmation_unknown,   ///< index

    // Reports
    report_uncertified,  ///< nothing could be proven from the vendor's root yet
    report_differs,      ///< the server's own statement has another digest. at
    report_busy,
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace api::commands

template <>
struct std::is_error_code_enum<api::commands::errc> : std::true_type {};
