#include "tools/issuer/live_licenses.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/revocation.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/new_file.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

/// The record of one server, by licence id.
struct Record {
    std::map<std::string, ledger::VerifiedLicense> licenses;
    std::set<std::string> superseded;
    std::set<std::string> revoked;
    std::vector<ledger::Digest> revoked_certificates;
};

struct Kept {
    fs::path path;
    std::string bytes;
};

/// Each file of a folder that ends so, in the order of names. @return what reading returns
Result<std::vector<Kept>> read_all(const fs::path& folder, const char* ending, std::size_t bytes_max) {
    ACTLEDGER_TRY(const std::vector<fs::path> paths, finished_files(folder));
    std::vector<Kept> files;
    for (const fs::path& path : paths) {
        if (path.extension() != ending) continue;
        ACTLEDGER_TRY(std::string bytes, read_file(path, bytes_max));
        files.push_back({path, std::move(bytes)});
    }
    return files;
}

Result<Record> read_record(const std::string& server_id, const VendorFolder& folder) {
    Record record;
    ACTLEDGER_TRY(const ledger::Certificate root, folder.root());
    ACTLEDGER_TRY(const auto licenses, read_all(folder.path() / "licenses", ".lic", ledger::license_archive_bytes_max));
    for (const Kept& file : licenses) {
        auto license = ledger::verify_license(ledger::as_bytes(file.bytes), root);
        if (!license) return kept_file_damaged(file.path, license.error());
        if (license->terms.server_id != server_id) continue;
        record.superseded.insert(license->terms.supersedes.begin(), license->terms.supersedes.end());
        std::string id = license->terms.license_id;
        record.licenses.emplace(std::move(id), *std::move(license));
    }
    ACTLEDGER_TRY(const auto revocations,
                  read_all(folder.path() / "revocations", ".rev", ledger::revocation_bytes_max));
    for (const Kept& file : revocations) {
        const auto verified = ledger::verify_revocation(ledger::as_bytes(file.bytes), root);
        if (!verified) return kept_file_damaged(file.path, verified.error());
        const ledger::Revocation& revocation = verified->revocation;
        if (!ledger::check_revocation_for_server(revocation, server_id)) continue;
        record.revoked.insert(revocation.license_ids.begin(), revocation.license_ids.end());
        for (const ledger::Digest& one : revocation.certificate_fingerprints) {
            record.revoked_certificates.push_back(one);
        }
    }
    return record;
}

/// Why it is not live; nothing: it is.
const char* retired_as(const Record& record, const ledger::VerifiedLicense& license) {
    if (record.revoked.contains(license.terms.license_id)) return "revoked";
    if (record.superseded.contains(license.terms.license_id)) return "superseded";
    std::vector<ledger::Digest> fingerprints{license.server_certificate.fingerprint()};
    for (const ledger::Certificate& certificate : license.issuer_chain)
        fingerprints.push_back(certificate.fingerprint());
    const bool on_revoked = std::ranges::any_of(fingerprints, [&](const ledger::Digest& one) {
        return std::ranges::find(record.revoked_certificates, one) != record.revoked_certificates.end();
    });
    return on_revoked ? "certificate revoked" : nullptr;
}

Result<void> check_live(const Record& record, const std::string& id) {
    const auto found = record.licenses.find(id);
    if (found == record.licenses.end()) return Error{errc::license_unknown, {}, {{"license_id", id}}};
    const char* why = retired_as(record, found->second);
    if (why == nullptr) return {};
    return Error{errc::license_not_live, {}, {{"license_id", id}, {"reason", why}}};
}

bool names(const std::vector<std::string>& ids, const std::string& id) {
    return std::ranges::find(ids, id) != ids.end();
}

/// @param text  "<licence id>=<seats>"
Result<void> set_open(const std::string& text, LiveLicenses& licenses) {
    const auto wrong = [&](std::string expected) {
        return Error{errc::value_wrong, {}, {{"option", "--open"}, {"value", text}, {"expected", std::move(expected)}}};
    };
    const std::size_t equals = text.find('=');
    const std::string id = text.substr(0, equals);
    const auto license = std::ranges::find(licenses, id, &ledger::LostLogTerms::License::license_id);
    if (equals == std::string::npos) return wrong("LICENCE=SEATS");
    if (license == licenses.end()) return Error{errc::license_unknown, {}, {{"license_id", id}}};
    const char* const begin = text.data() + equals + 1;
    const char* const end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(begin, end, license->open);
    if (failure == std::errc() && stopped == end && license->open <= license->quantity) return {};
    return wrong(id + "=0-" + std::to_string(license->quantity));
}

}  // namespace

Result<LiveLicenses> live_licenses(const std::string& server_id, const LiveLicenseOptions& options,
                                   const VendorFolder& folder) {
    ACTLEDGER_TRY(const Record record, read_record(server_id, folder));
    for (const auto* named : {&options.license_ids, &options.left_out}) {
        for (const std::string& id : *named) ACTLEDGER_CHECK(check_live(record, id));
    }
    const ledger::Suite& suite = ledger::default_suite();
    LiveLicenses live;
    std::string forgotten;
    for (const auto& [id, license] : record.licenses) {
        if (retired_as(record, license) != nullptr || names(options.left_out, id)) continue;
        if (!options.license_ids.empty() && !names(options.license_ids, id)) {
            forgotten += (forgotten.empty() ? "" : ", ") + id;
            continue;
        }
        live.push_back(
            {id, suite.hash(ledger::as_bytes(ledger::license_terms_json(license.terms))), license.terms.quantity, 0});
    }
    if (!forgotten.empty()) return Error{errc::license_left_out, {}, {{"license_ids", forgotten}}};
    if (live.empty()) return Error{errc::no_live_license, {}, {{"server_id", server_id}}};
    if (live.size() > ledger::vouched_licenses_max) {
        return Error{errc::live_licenses_too_many,
                     {},
                     {{"count", std::to_string(live.size())}, {"limit", std::to_string(ledger::vouched_licenses_max)}}};
    }
    for (const std::string& text : options.open) ACTLEDGER_CHECK(set_open(text, live));
    return live;
}

Result<bool> is_revoked(const ledger::Certificate& certificate, const std::string& server_id,
                        const VendorFolder& folder) {
    ACTLEDGER_TRY(const Record record, read_record(server_id, folder));
    return std::ranges::find(record.revoked_certificates, certificate.fingerprint()) !=
           record.revoked_certificates.end();
}

}  // namespace issuer
