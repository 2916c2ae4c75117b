#pragma once
// ledger/license_file/license_terms.hpp: what a licence grants, as values, and its one JSON spelling. Format and
// limits: docs/formats/license.md.

#include <string>
#include <string_view>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"

namespace ledger {

constexpr std::uint64_t license_quantity_max = 10'000'000;
constexpr std::size_t license_terms_bytes_max = 24 * 1024;
constexpr std::size_t license_name_bytes_max = 64;
constexpr std::size_t license_supersedes_max = 64;
constexpr std::size_t license_components_max = 16;
constexpr std::uint32_t lease_days_max = 3'650;
constexpr std::uint32_t lease_grace_days_max = 365;
/// "valid_to" of a licence that does not end: 9999-12-31T23:59:59Z.
constexpr Timestamp no_end{253'402'300'799'000'000};

/// How long a seat is held without asking again.
struct LeaseTerms {
    bool perpetual = true;
    std::uint32_t days = 0;              ///< 1 to 3,650; 0 for perpetual.
    std::uint32_t renew_after_days = 0;  ///< When clients begin to renew; less than days.
    std::uint32_t grace_days = 0;        ///< How long after the lease's end the seat is kept; 0 to 365.
    bool operator==(const LeaseTerms&) const = default;
};

/// Which components make a device the same device: at least `match` of `components` agree.
struct DeviceRule {
    std::vector<std::string> components;  ///< 1 to 16 kinds, in the licence's order, each once.
    std::uint32_t match = 1;              ///< 1 to the number of kinds.
    bool operator==(const DeviceRule&) const = default;
};

struct LicenseTerms {
    std::string license_id;      ///< 1 to 64 of A-Z a-z 0-9 . _ -
    std::string product;         ///< The same alphabet.
    std::uint64_t quantity = 0;  ///< 1 to license_quantity_max.
    Timestamp issued_at;
    Timestamp valid_from;
    Timestamp valid_to;  ///< Exclusive; no_end: never.
    LeaseTerms lease;
    DeviceRule device;
    std::vector<std::string> supersedes;  ///< Licence ids, at most 64.
    std::string server_id;
    Bytes server_key;          ///< DER SubjectPublicKeyInfo of the HSM key.
    Bytes server_certificate;  ///< DER; issued by the root over server_key.
    bool operator==(const LicenseTerms&) const = default;
};

/// What the vendor said was live when a ledger's log and key were lost: of the licences that were issued until then no
/// other one counts. Where it stands: ledger/license_file/reendorsement.hpp.
struct VouchedLicenses {
    struct Live {
        std::string license_id;
        Digest terms_digest;  ///< The suite's hash of the JSON terms.
        bool operator==(const Live&) const = default;
    };
    std::string by;  ///< Re-endorsement id.
    Timestamp at;    ///< Its issue time.
    std::vector<Live> live;
    bool operator==(const VouchedLicenses&) const = default;
};

/// The JSON text: two-space indents, keys in the format's order, a newline at the end. The limits of the fields are the
/// caller's to keep: parse_license_terms of the result finds out.
[[nodiscard]] std::string license_terms_json(const LicenseTerms& terms);

/// Strict: license_terms_json of the result is `text`. Times are whole seconds; valid_from < valid_to.
/// @return license_file::errc::terms_malformed (fact: field), quantity_out_of_range (quantity, minimum, maximum)
[[nodiscard]] Result<LicenseTerms> parse_license_terms(std::string_view text);

/// Whether `text` can be a licence id, a product or a revocation id: 1 to 64 of A-Z a-z 0-9 . _ -
[[nodiscard]] bool is_license_name(std::string_view text);

}  // namespace ledger
