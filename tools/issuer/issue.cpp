#include "tools/issuer/issue.hpp"

#include <algorithm>

#include "ledger/core/time_text.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/license_request.hpp"
#include "tools/issuer/certify.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/terminal/terminal.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::LicenseTerms;
using ledger::Result;
using ledger::Timestamp;

constexpr std::size_t date_length = std::string_view("2026-01-31").size();
constexpr std::size_t id_random_bytes = 5;

Error wrong_value(const char* option, std::string value, std::string expected) {
    return {
        errc::value_wrong, {}, {{"option", option}, {"value", std::move(value)}, {"expected", std::move(expected)}}};
}

/// A day begins at midnight UTC.
Result<Timestamp> read_date(const char* option, const std::string& text) {
    const auto at = ledger::parse_time_seconds(text.size() == date_length ? text + "T00:00:00Z" : text);
    if (at) return *at;
    return wrong_value(option, text, "YYYY-MM-DD | YYYY-MM-DDThh:mm:ssZ");
}

/// Day and chance: unique without a counter, so that a lost folder cannot give an id twice.
std::string new_license_id(Timestamp issued_at) {
    std::array<std::uint8_t, id_random_bytes> random{};
    ledger::fill_random(random);
    std::string date = ledger::time_text_seconds(issued_at).substr(0, date_length);
    std::erase(date, '-');
    return "LIC-" + date + "-" + ledger::base32_encode(random);
}

Result<ledger::LeaseTerms> read_lease(const IssueOptions& options) {
    ledger::LeaseTerms lease;
    if (options.lease == "perpetual") return lease;
    if (options.lease != "days") return wrong_value("--lease", options.lease, "perpetual | days");
    if (options.days < 1 || options.days > ledger::lease_days_max) {
        return wrong_value("--days", std::to_string(options.days), "1-" + std::to_string(ledger::lease_days_max));
    }
    lease.perpetual = false;
    lease.days = options.days;
    lease.renew_after_days = options.renew_after.value_or(options.days / 2);
    lease.grace_days = options.grace;
    if (lease.renew_after_days >= lease.days) {
        return wrong_value("--renew-after", std::to_string(lease.renew_after_days),
                           "0-" + std::to_string(lease.days - 1));
    }
    if (lease.grace_days > ledger::lease_grace_days_max) {
        return wrong_value("--grace", std::to_string(lease.grace_days),
                           "0-" + std::to_string(ledger::lease_grace_days_max));
    }
    return lease;
}

/// Everything but id and server certificate, which are made only when all the rest is right.
Result<LicenseTerms> read_terms(const IssueOptions& options, const ledger::VerifiedRequest& request) {
    LicenseTerms terms;
    terms.product = options.product.empty() ? request.request.product : options.product;
    terms.quantity = options.quantity.value_or(request.request.quantity);
    terms.issued_at = now();
    const std::string today = ledger::time_text_seconds(terms.issued_at).substr(0, date_length);
    ACTLEDGER_TRY(terms.valid_from, read_date("--valid-from", options.valid_from.empty() ? today : options.valid_from));
    terms.valid_to = ledger::no_end;
    if (!options.valid_to.empty()) {
        ACTLEDGER_TRY(terms.valid_to, read_date("--valid-to", options.valid_to));
    }
    if (terms.valid_to <= terms.valid_from) {
        return wrong_value("--valid-to", ledger::time_text_seconds(terms.valid_to),
                           "> " + ledger::time_text_seconds(terms.valid_from));
    }
    if (!ledger::is_license_name(terms.product)) {
        return wrong_value("--product", terms.product, "1-64: A-Z a-z 0-9 . _ -");
    }
    ACTLEDGER_TRY(terms.lease, read_lease(options));
    terms.device.components = options.components;
    if (terms.device.components.empty()) {
        terms.device.components = {"smbios_uuid", "machine_id", "mac", "disk_serial", "board_serial"};
    }
    terms.device.match = options.match;
    if (terms.device.match < 1 || terms.device.match > terms.device.components.size()) {
        return wrong_value("--match", std::to_string(terms.device.match),
                           "1-" + std::to_string(terms.device.components.size()));
    }
    terms.supersedes = options.supersedes;
    terms.server_id = request.request.server_id;
    terms.server_key = request.server_key.spki();
    return terms;
}

/// What the terms' own parser would refuse, as a mistake in the command line: its remedies are for customers.
Result<void> check_options(const LicenseTerms& terms, const IssueOptions& options) {
    if (terms.quantity < 1 || terms.quantity > ledger::license_quantity_max) {
        return wrong_value("--quantity", std::to_string(terms.quantity),
                           "1-" + std::to_string(ledger::license_quantity_max));
    }
    const auto parsed = ledger::parse_license_terms(ledger::license_terms_json(terms));
    if (parsed) return {};
    const auto joined = [](const std::vector<std::string>& values) {
        std::string text;
        for (const std::string& value : values) text += (text.empty() ? "" : " ") + value;
        return text;
    };
    const auto is_about = [&](std::string_view field) {
        return std::ranges::any_of(parsed.error().facts, [&](const auto& fact) { return fact.value == field; });
    };
    if (is_about("device.components")) {
        return wrong_value("--component", joined(options.components),
                           "1-" + std::to_string(ledger::license_components_max) + " x 1-32: a-z 0-9 _");
    }
    if (is_about("supersedes")) {
        return wrong_value("--supersedes", joined(options.supersedes),
                           "0-" + std::to_string(ledger::license_supersedes_max) + " x 1-64: A-Z a-z 0-9 . _ -");
    }
    return {};  // the rest is judged when it is whole
}

/// Whether `existing` grants what is asked for now. When it was issued and what nobody asked for may differ.
bool same_grant(const LicenseTerms& existing, LicenseTerms wanted, const IssueOptions& options) {
    wanted.issued_at = existing.issued_at;
    wanted.server_certificate = existing.server_certificate;
    if (options.id.empty()) wanted.license_id = existing.license_id;
    if (options.valid_from.empty()) wanted.valid_from = existing.valid_from;
    return existing == wanted;
}

/// The terms of a licence that lies at `path`; nothing if there is no file. @return errc for a file of another kind
Result<std::optional<std::pair<LicenseTerms, std::string>>> find_license(const fs::path& path,
                                                                         const ledger::Certificate& root, Error taken) {
    using Found = std::optional<std::pair<LicenseTerms, std::string>>;
    std::error_code failed;
    if (!fs::exists(path, failed)) return Found();
    ACTLEDGER_TRY(std::string bytes, read_file(path, ledger::license_archive_bytes_max));
    auto license = ledger::verify_license(ledger::as_bytes(bytes), root);
    if (!license) return taken;
    return Found(std::pair(std::move(license->terms), std::move(bytes)));
}

void say_issued(const VendorFolder& folder, const LicenseTerms& terms, const fs::path& out, bool made) {
    const std::string until = terms.valid_to == ledger::no_end ? "" : ledger::time_text_seconds(terms.valid_to);
    const std::string facts = terms.license_id + "  " + terms.product + " x " + std::to_string(terms.quantity) +
                              "\n  server " + terms.server_id + "\n  " + ledger::time_text_seconds(terms.valid_from) +
                              " – " + (until.empty() ? "∞" : until);
    terminal::say(folder.language(), (made ? "Issued " : "Issued before, unchanged: ") + out.string() + ": " + facts,
                  (made ? "已签发 " : "此前已签发，未改动：") + out.string() + "：" + facts);
}

}  // namespace

Result<void> issue_license(const IssueOptions& options, VendorFolder& folder) {
    ACTLEDGER_TRY(const std::string req, read_file(options.request, ledger::license_request_bytes_max));
    ACTLEDGER_TRY(const ledger::VerifiedRequest request, ledger::verify_license_request(req));
    ACTLEDGER_TRY(LicenseTerms terms, read_terms(options, request));
    terms.license_id = options.id.empty() ? new_license_id(terms.issued_at) : options.id;
    if (!ledger::is_license_name(terms.license_id)) {
        return wrong_value("--id", terms.license_id, "1-64: A-Z a-z 0-9 . _ -");
    }
    ACTLEDGER_CHECK(check_options(terms, options));
    ACTLEDGER_TRY(const ledger::Certificate root, folder.root());
    const fs::path out = options.out.empty() ? fs::path(terms.license_id + ".lic") : options.out;
    const fs::path kept = folder.path() / "licenses" / (terms.license_id + ".lic");

    const Error out_taken{errc::file_exists, {}, {{"path", out.string()}}};
    ACTLEDGER_TRY(const auto at_out, find_license(out, root, out_taken));
    if (at_out) {
        if (!same_grant(at_out->first, terms, options)) return out_taken;
        say_issued(folder, at_out->first, out, false);
        return {};
    }
    const Error id_taken{errc::license_id_used, {}, {{"license_id", terms.license_id}}};
    ACTLEDGER_TRY(const auto at_kept, find_license(kept, root, id_taken));
    if (at_kept) {
        if (!same_grant(at_kept->first, terms, options)) return id_taken;
        ACTLEDGER_CHECK(write_new_file(out, ledger::as_bytes(at_kept->second), Secrecy::open));
        say_issued(folder, at_kept->first, out, false);
        return {};
    }

    ACTLEDGER_TRY(KeyAndCertificate issuer, folder.signer(options.issuer, ledger::Purpose::license_issuer));
    ACTLEDGER_TRY(const ledger::Certificate server, certify_server(terms.server_id, request.server_key, folder));
    terms.server_certificate = server.der();
    ACTLEDGER_TRY(const ledger::Bytes lic, ledger::make_license(terms, {issuer.certificate}, issuer.key));
    // What leaves the house is judged once as the customer's server will judge it.
    ACTLEDGER_CHECK(ledger::verify_license(lic, root));
    boost::json::object members;
    members["license_id"] = terms.license_id;
    members["product"] = terms.product;
    members["quantity"] = terms.quantity;
    members["valid_from"] = ledger::time_text_seconds(terms.valid_from);
    members["valid_to"] = ledger::time_text_seconds(terms.valid_to);
    members["server_id"] = terms.server_id;
    members["sha256"] = ledger::hex_encode(ledger::default_suite().hash(lic).view());
    // The record first: a licence that is kept is in it, wherever this is stopped.
    ACTLEDGER_CHECK(folder.record("license", members));
    ACTLEDGER_CHECK(write_new_file(kept, lic, Secrecy::open));
    ACTLEDGER_CHECK(write_new_file(out, lic, Secrecy::open));
    say_issued(folder, terms, out, true);
    return {};
}

}  // namespace issuer
