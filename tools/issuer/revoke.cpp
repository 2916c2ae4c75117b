#include "tools/issuer/revoke.hpp"

#include <algorithm>
#include <cctype>

#include "ledger/core/time_text.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "ledger/license_file/revocation.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/terminal/terminal.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Result;

constexpr std::size_t certificate_file_bytes_max = 64 * 1024;
constexpr std::size_t id_random_bytes = 5;

template <class T>
void sort_and_drop_doubles(std::vector<T>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// "AB:CD:…" as openssl prints it, "abcd…" as we do, or a certificate file.
Result<ledger::Digest> read_fingerprint(const std::string& text) {
    std::string hex;
    for (const char c : text) {
        if (c != ':') hex += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    const auto bytes = ledger::hex_decode(hex);
    if (bytes && bytes->size() == ledger::Digest::size_bytes) return ledger::Digest::from(*bytes);
    std::error_code failed;
    if (!fs::exists(text, failed)) {
        return Error{
            errc::value_wrong, {}, {{"option", "--certificate"}, {"value", text}, {"expected", "FILE.crt | SHA-256"}}};
    }
    ACTLEDGER_TRY(const std::string pem, read_file(text, certificate_file_bytes_max));
    ACTLEDGER_TRY(const ledger::Certificate certificate, ledger::Certificate::from_pem(pem));
    return certificate.fingerprint();
}

Result<ledger::Revocation> read_revocation(const RevokeOptions& options, const VendorFolder& folder) {
    ledger::Revocation revocation;
    revocation.issued_at = now();
    revocation.reason = options.reason;
    if (!options.server_id.empty()) revocation.server_id = options.server_id;
    revocation.license_ids = options.license_ids;
    sort_and_drop_doubles(revocation.license_ids);
    for (const std::string& id : revocation.license_ids) {
        const bool known = ledger::is_license_name(id) && fs::exists(folder.path() / "licenses" / (id + ".lic"));
        if (!known && options.record_check == RecordCheck::insist) {
            return Error{errc::license_unknown, {}, {{"license_id", id}}};
        }
    }
    for (const std::string& text : options.certificates) {
        ACTLEDGER_TRY(const ledger::Digest fingerprint, read_fingerprint(text));
        revocation.certificate_fingerprints.push_back(fingerprint);
    }
    sort_and_drop_doubles(revocation.certificate_fingerprints);
    revocation.revocation_id = options.id;
    if (options.id.empty()) {
        std::array<std::uint8_t, id_random_bytes> random{};
        ledger::fill_random(random);
        std::string date = ledger::time_text_seconds(revocation.issued_at).substr(0, 10);
        std::erase(date, '-');
        revocation.revocation_id = "REV-" + date + "-" + ledger::base32_encode(random);
    }
    return revocation;
}

/// What the revocation's own parser would refuse, as a mistake in the command line: its remedies are for customers.
Result<void> check_options(const ledger::Revocation& revocation, const RevokeOptions& options) {
    const auto parsed = ledger::parse_revocation_json(ledger::revocation_json(revocation));
    if (parsed) return {};
    struct Row {
        std::string_view field;
        const char* option;
        std::string value;
        const char* expected;
    };
    const std::string first_id = options.license_ids.empty() ? "" : options.license_ids.front();
    for (const Row& row :
         {Row{"license_ids", "--license", first_id, "1-64: A-Z a-z 0-9 . _ - (or --certificate)"},
          Row{"server_id", "--server", options.server_id, "32: a-z 2-7"},
          Row{"revocation_id", "--id", options.id, "1-64: A-Z a-z 0-9 . _ -"},
          Row{"reason", "--reason", "?", "0-512 bytes UTF-8"}, Row{"JSON", "--reason", "?", "0-512 bytes UTF-8"}}) {
        for (const ledger::Fact& fact : parsed.error().facts) {
            if (fact.value != row.field) continue;
            return Error{
                errc::value_wrong, {}, {{"option", row.option}, {"value", row.value}, {"expected", row.expected}}};
        }
    }
    return parsed.error();
}

/// Whether `existing` takes back what is asked for now. When it was issued and an id that nobody asked for may differ.
bool same_act(const ledger::Revocation& existing, ledger::Revocation wanted, const RevokeOptions& options) {
    wanted.issued_at = existing.issued_at;
    if (options.id.empty()) wanted.revocation_id = existing.revocation_id;
    return existing == wanted;
}

struct Existing {
    ledger::Revocation revocation;
    std::string bytes;
};

/// The revocation at `path` if it is the very one that is wanted; nothing if there is no file.
/// @return errc::file_exists for any other file
Result<std::optional<Existing>> find_same(const fs::path& path, const ledger::Revocation& wanted,
                                          const RevokeOptions& options, const ledger::Certificate& root) {
    std::error_code failed;
    if (!fs::exists(path, failed)) return std::optional<Existing>();
    ACTLEDGER_TRY(std::string bytes, read_file(path, ledger::revocation_bytes_max));
    const auto verified = ledger::verify_revocation(ledger::as_bytes(bytes), root);
    if (!verified || !same_act(verified->revocation, wanted, options)) {
        return Error{errc::file_exists, {}, {{"path", path.string()}}};
    }
    return std::optional(Existing{verified->revocation, std::move(bytes)});
}

Result<void> record_revocation(VendorFolder& folder, const ledger::Revocation& revocation) {
    boost::json::object members;
    members["revocation_id"] = revocation.revocation_id;
    members["license_ids"] = boost::json::array(revocation.license_ids.begin(), revocation.license_ids.end());
    boost::json::array fingerprints;
    for (const ledger::Digest& digest : revocation.certificate_fingerprints) {
        fingerprints.emplace_back(ledger::hex_encode(digest.view()));
    }
    members["certificate_fingerprints"] = std::move(fingerprints);
    members["reason"] = revocation.reason;
    return folder.record("revocation", members);
}

void say_revoked(const VendorFolder& folder, const ledger::Revocation& revocation, const fs::path& out, bool made) {
    terminal::say(folder.language(),
                  (made ? "Made " : "Made before, unchanged: ") + out.string() + ": revocation " +
                      revocation.revocation_id + ". It takes effect on a server once it is imported there.",
                  (made ? "已创建 " : "此前已创建，未改动：") + out.string() + "：吊销编号 " +
                      revocation.revocation_id + "。在服务器上导入后生效。");
}

}  // namespace

Result<void> revoke(const RevokeOptions& options, VendorFolder& folder) {
    ACTLEDGER_TRY(const ledger::Revocation revocation, read_revocation(options, folder));
    ACTLEDGER_CHECK(check_options(revocation, options));
    const fs::path out = options.out.empty() ? fs::path(revocation.revocation_id + ".rev") : options.out;
    const fs::path kept = folder.path() / "revocations" / (revocation.revocation_id + ".rev");
    ACTLEDGER_TRY(const ledger::Certificate root, folder.root());
    ACTLEDGER_TRY(const auto given_out, find_same(out, revocation, options, root));
    ACTLEDGER_TRY(const auto on_record, find_same(kept, revocation, options, root));
    if (given_out) {
        say_revoked(folder, given_out->revocation, out, false);
        return {};
    }
    if (on_record) {
        ACTLEDGER_CHECK(write_new_file(out, ledger::as_bytes(on_record->bytes), Secrecy::open));
        say_revoked(folder, on_record->revocation, out, false);
        return {};
    }
    ACTLEDGER_TRY(KeyAndCertificate issuer, folder.signer(options.issuer, ledger::Purpose::license_issuer));
    ACTLEDGER_TRY(const ledger::Bytes rev, ledger::make_revocation(revocation, {issuer.certificate}, issuer.key));
    ACTLEDGER_CHECK(record_revocation(folder, revocation));
    ACTLEDGER_CHECK(write_new_file(kept, rev, Secrecy::open));
    ACTLEDGER_CHECK(write_new_file(out, rev, Secrecy::open));
    say_revoked(folder, revocation, out, true);
    return {};
}

}  // namespace issuer
