#include "tools/issuer/rotate.hpp"

#include "ledger/license_file/rotation_request.hpp"
#include "tools/issuer/certify.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/live_licenses.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/issuer/successors.hpp"
#include "tools/terminal/terminal.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Certificate;
using ledger::Error;
using ledger::Result;
using ledger::VerifiedRotationRequest;

constexpr std::size_t pem_bytes_max = 64 * 1024;
constexpr std::size_t key_name_digits = 16;

std::string key_text(const ledger::Digest& digest) { return ledger::hex_encode(digest.view()); }

/// The request is of the server that the vendor means, and a key that the vendor certified for it hands over.
Result<void> check_request(const RotateOptions& options, const VerifiedRotationRequest& request,
                           const VendorFolder& folder) {
    const ledger::Suite& suite = ledger::default_suite();
    const std::string& server_id = request.server_id;
    if (server_id != options.server_id) {
        return Error{errc::server_differs, {}, {{"server_id", server_id}, {"meant", options.server_id}}};
    }
    const ledger::Digest& old_key = request.hand_over.hand_over.key;
    ACTLEDGER_TRY(const auto certificate, folder.find_certificate(server_certificate_name(server_id, old_key)));
    if (!certificate || suite.hash(certificate->spki()) != old_key || certificate->server_id() != server_id) {
        return Error{errc::server_key_unknown, {}, {{"server_id", server_id}, {"key_fingerprint", key_text(old_key)}}};
    }
    ACTLEDGER_TRY(const bool revoked, is_revoked(*certificate, server_id, folder));
    if (revoked) {
        return Error{errc::server_key_revoked, {}, {{"server_id", server_id}, {"key_fingerprint", key_text(old_key)}}};
    }
    ACTLEDGER_TRY(const auto key, certificate->public_key(suite.id()));
    if (const auto good = request.hand_over.verify(suite, key); !good) {
        return Error{errc::hand_over_wrong, good.error().describe(), {{"server_id", server_id}}};
    }
    return {};
}

/// Nobody else takes over from the same key.
Result<void> check_only_successor(const RotateOptions& options, const Succession& meant, const VendorFolder& folder) {
    if (options.second == SecondSuccessor::allow) return {};
    ACTLEDGER_TRY(auto other, find_other_reendorsement(folder, meant));
    if (!other) {
        ACTLEDGER_TRY(other, find_other_rotation(folder, meant));
    }
    if (!other) return {};
    return Error{errc::succeeded_before, {}, {{"server_id", meant.server_id}, {"path", other->string()}}};
}

/// The request is kept before the certificate is made, so that no certificate is forgotten.
Result<void> keep_request(VendorFolder& folder, const Succession& meant, std::string_view request) {
    const std::string name = meant.server_id + "-" + key_text(meant.old_key).substr(0, key_name_digits) + "-" +
                             key_text(meant.next).substr(0, key_name_digits) + ".req";
    const fs::path kept = folder.path() / "rotations" / name;
    std::error_code failed;
    if (fs::exists(kept, failed)) return {};
    boost::json::object members;
    members["server_id"] = meant.server_id;
    members["old_key"] = key_text(meant.old_key);
    members["new_key"] = key_text(meant.next);
    // The record first, as everywhere: stopped between the two, the repeat records the act again.
    ACTLEDGER_CHECK(folder.record("rotation", members));
    return write_new_file(kept, ledger::as_bytes(request), Secrecy::open);
}

}  // namespace

Result<void> rotate(const RotateOptions& options, VendorFolder& folder) {
    ACTLEDGER_TRY(const std::string req, read_file(options.request, ledger::rotation_request_bytes_max));
    ACTLEDGER_TRY(const VerifiedRotationRequest request, ledger::verify_rotation_request(req));
    ACTLEDGER_CHECK(check_request(options, request, folder));
    const ledger::KeyHandOver& stated = request.hand_over.hand_over;
    const Succession meant{request.server_id, stated.key, stated.next};
    ACTLEDGER_CHECK(check_only_successor(options, meant, folder));

    std::error_code failed;
    const bool exists = fs::exists(options.out, failed);
    if (exists) {
        ACTLEDGER_TRY(const std::string pem, read_file(options.out, pem_bytes_max));
        const auto at_out = Certificate::from_pem(pem);
        if (!at_out || at_out->spki() != request.next_key.spki() || at_out->server_id() != request.server_id) {
            return Error{errc::file_exists, {}, {{"path", options.out.string()}}};
        }
    }
    ACTLEDGER_CHECK(keep_request(folder, meant, req));
    ACTLEDGER_TRY(const Certificate certificate,
                  certify_server(request.server_id, request.next_key, folder, Descent::handed_over));
    if (!exists) ACTLEDGER_CHECK(write_new_file(options.out, ledger::as_bytes(certificate.pem()), Secrecy::open));
    const std::string facts = "\n  server " + meant.server_id + "\n  key SHA-256 " + key_text(meant.next);
    terminal::say(folder.language(), (exists ? "Issued before, unchanged: " : "Issued ") + options.out.string() + facts,
                  (exists ? "此前已签发，未改动：" : "已签发 ") + options.out.string() + facts);
    return {};
}

}  // namespace issuer
