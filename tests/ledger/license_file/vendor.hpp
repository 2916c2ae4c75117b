#pragma once
// tests/ledger/license_file/vendor.hpp: a vendor with root and licence issuer, and a customer's server, all with keys
// in software. What a test needs to have a licence.

#include "ledger/core/checkpoint.hpp"
#include "ledger/license_file/certificate_issue.hpp"
#include "ledger/license_file/license_file.hpp"

namespace support {

constexpr ledger::Timestamp root_made_at{1'767'225'600'000'000};     ///< 2026-01-01T00:00:00Z
constexpr ledger::Timestamp license_made_at{1'772'323'200'000'000};  ///< 2026-03-01T00:00:00Z

struct Vendor {
    ledger::PrivateKey root_key = ledger::PrivateKey::generate();
    ledger::Certificate root = ledger::make_root_certificate(root_key, "Test Vendor Root", {root_made_at});
    ledger::PrivateKey issuer_key = ledger::PrivateKey::generate();
    ledger::Certificate issuer = certificate(ledger::Purpose::license_issuer, issuer_key);

    [[nodiscard]] ledger::Certificate certificate(ledger::Purpose purpose, const ledger::PrivateKey& key) const {
        return ledger::issue_purpose_certificate(root, root_key, purpose, key.public_key(),
                                                 "Test " + std::string(ledger::purpose_name(purpose)), {root_made_at});
    }
};

struct Customer {
    explicit Customer(const Vendor& vendor)
        : certificate(ledger::issue_server_certificate(vendor.root, vendor.root_key, key.public_key(), server_id)) {}

    ledger::PrivateKey key = ledger::PrivateKey::generate();
    std::string server_id = ledger::derive_server_id(ledger::default_suite(), key.public_key());
    ledger::Certificate certificate;

    /// A hundred perpetual seats, valid from the first of March 2026 for ever.
    [[nodiscard]] ledger::LicenseTerms terms() const {
        ledger::LicenseTerms terms;
        terms.license_id = "LIC-2026-0001";
        terms.product = "vdi-desktop";
        terms.quantity = 100;
        terms.issued_at = license_made_at;
        terms.valid_from = license_made_at;
        terms.valid_to = ledger::no_end;
        terms.device = {{"smbios_uuid", "machine_id", "mac", "disk_serial", "board_serial"}, 3};
        terms.server_id = server_id;
        terms.server_key = key.public_key().spki();
        terms.server_certificate = certificate.der();
        return terms;
    }
    /// This server in good time, with nothing revoked or superseded.
    [[nodiscard]] ledger::LicenseFacts facts() const {
        ledger::LicenseFacts facts;
        facts.server_id = server_id;
        facts.server_keys = {key.public_key().spki()};
        facts.now = license_made_at + ledger::day;
        return facts;
    }
};

}  // namespace support
