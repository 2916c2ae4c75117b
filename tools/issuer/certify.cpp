#include "tools/issuer/certify.hpp"

#include <array>

#include "ledger/core/checkpoint.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"
#include "ledger/license_file/certificate_issue.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/terminal/terminal.hpp"

namespace issuer {
namespace {

using ledger::Certificate;
using ledger::Error;
using ledger::Result;

// A server's clock may be a little behind the vendor's; nothing that it does is before its root.
constexpr ledger::Duration root_head_start = ledger::day * 2;
constexpr std::size_t key_name_digits = 16;

ledger::Validity validity_of(ledger::Timestamp from, std::optional<std::uint32_t> days) {
    return days ? ledger::Validity{from, from + ledger::day * *days} : ledger::Validity{from};
}

/// A name for people, as a certificate can hold it.
Result<void> check_name(const char* option, const std::string& name) {
    const bool printable = ledger::is_one_line(name);
    if (printable && !name.empty() && name.size() <= ledger::certificate_name_bytes_max) return {};
    return Error{errc::value_wrong,
                 {},
                 {{"option", option}, {"value", printable ? name : "?"}, {"expected", "1-64 bytes UTF-8"}}};
}

void say_done(const VendorFolder& folder, const std::string& file, const Certificate& certificate, bool made) {
    const std::string path = (folder.path() / file).string();
    const std::string fingerprint = ledger::hex_encode(certificate.fingerprint().view());
    const std::string facts = certificate.subject() + "\n  SHA-256 " + fingerprint;
    terminal::say(folder.language(), (made ? "Made " : "Exists, unchanged: ") + path + ": " + facts,
                  (made ? "已创建 " : "已存在，未改动：") + path + "：" + facts);
}

}  // namespace

Result<void> make_root(const RootOptions& options, VendorFolder& folder) {
    ACTLEDGER_CHECK(check_name("--name", options.name));
    ACTLEDGER_TRY(const auto existing, folder.find_certificate("root"));
    if (existing) {
        if (existing->common_name() != options.name) {
            return Error{errc::root_exists, {}, {{"folder", folder.path().string()}, {"subject", existing->subject()}}};
        }
        say_done(folder, "root.crt", *existing, false);
        return {};
    }
    ACTLEDGER_TRY(const ledger::PrivateKey key, folder.key_or_new("root"));
    const Certificate root =
        ledger::make_root_certificate(key, options.name, validity_of(now() - root_head_start, options.days));
    ACTLEDGER_CHECK(folder.record("root", certificate_members(root)));
    ACTLEDGER_CHECK(folder.add_certificate("root", root));
    say_done(folder, "root.crt", root, true);
    terminal::say(folder.language(),
                  "Keep root.key and the passphrase safe and offline. Give root.crt to customers; compare the "
                  "fingerprint on another way.",
                  "请离线妥善保管 root.key 和口令。root.crt 交给客户，并通过其他途径核对指纹。");
    return {};
}

Result<void> make_certificate(const CertificateOptions& options, VendorFolder& folder) {
    const std::string file = options.as.empty() ? std::string(ledger::purpose_name(options.purpose)) : options.as;
    if (!ledger::is_license_name(file) || file == "root" || file.starts_with('.')) {
        return Error{errc::value_wrong, {}, {{"option", "--as"}, {"value", file}, {"expected", "A-Z a-z 0-9 . _ -"}}};
    }
    ACTLEDGER_TRY(const Certificate root_certificate, folder.root());
    ACTLEDGER_TRY(const auto existing, folder.find_certificate(file));
    if (existing) {
        const bool fits = ledger::verify_chain(std::array{*existing}, root_certificate, options.purpose, now()) &&
                          (options.name.empty() || existing->common_name() == options.name);
        if (!fits) {
            return Error{errc::certificate_exists, {}, {{"file", (folder.path() / (file + ".crt")).string()}}};
        }
        say_done(folder, file + ".crt", *existing, false);
        return {};
    }
    const std::string name = options.name.empty() ? file : options.name;
    ACTLEDGER_CHECK(check_name("--name", name));
    ACTLEDGER_TRY(const KeyAndCertificate root, folder.root_with_key());
    ACTLEDGER_TRY(const ledger::PrivateKey key, folder.key_or_new(file));
    const Certificate certificate = ledger::issue_purpose_certificate(
        root.certificate, root.key, options.purpose, key.public_key(), name, validity_of(now(), options.days));
    auto members = certificate_members(certificate);
    members["purpose"] = ledger::purpose_name(options.purpose);
    ACTLEDGER_CHECK(folder.record("certificate", members));
    ACTLEDGER_CHECK(folder.add_certificate(file, certificate));
    say_done(folder, file + ".crt", certificate, true);
    return {};
}

std::string server_certificate_name(const std::string& server_id, const ledger::Digest& key_fingerprint) {
    return "servers/" + server_id + "-" + ledger::hex_encode(key_fingerprint.view()).substr(0, key_name_digits);
}

Result<Certificate> certify_server(const std::string& server_id, const ledger::PublicKey& key, VendorFolder& folder,
                                   Descent descent) {
    const ledger::Suite& suite = ledger::default_suite();
    const std::string fingerprint = ledger::hex_encode(suite.hash(key.spki()).view());
    const std::string file = server_certificate_name(server_id, suite.hash(key.spki()));
    ACTLEDGER_TRY(const Certificate root_certificate, folder.root());
    ACTLEDGER_TRY(auto existing, folder.find_certificate(file));
    if (existing) {
        ACTLEDGER_CHECK(ledger::verify_chain(std::array{*existing}, root_certificate, ledger::Purpose::server, now()));
        if (existing->spki() == key.spki() && existing->server_id() == server_id) return *std::move(existing);
        return Error{errc::certificate_exists, {}, {{"file", (folder.path() / (file + ".crt")).string()}}};
    }
    const std::string derived = ledger::derive_server_id(suite, key);
    if (derived != server_id && descent == Descent::none) {
        return Error{errc::foreign_identity,
                     {},
                     {{"server_id", server_id}, {"key_fingerprint", fingerprint}, {"derived_id", derived}}};
    }
    ACTLEDGER_TRY(const KeyAndCertificate root, folder.root_with_key());
    Certificate certificate = ledger::issue_server_certificate(root.certificate, root.key, key, server_id);
    auto members = certificate_members(certificate);
    members["purpose"] = "server";
    members["server_id"] = server_id;
    ACTLEDGER_CHECK(folder.record("certificate", members));
    ACTLEDGER_CHECK(folder.add_certificate(file, certificate));
    return certificate;
}

}  // namespace issuer
