#include "tools/issuer/reendorse.hpp"

#include <limits>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "tools/issuer/certify.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/given_up_keys.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/issuer/successors.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/terminal/terminal.hpp"

namespace issuer {
namespace {

namespace fs = std::filesystem;
using ledger::Error;
using ledger::Reendorsement;
using ledger::Result;
using ledger::VerifiedReendorsementRequest;

constexpr std::size_t id_random_bytes = 5;
constexpr std::size_t date_length = std::string_view("2026-01-31").size();

std::string key_text(const ledger::PublicKey& key) {
    return ledger::hex_encode(ledger::default_suite().hash(key.spki()).view());
}

std::string new_id(ledger::Timestamp issued_at) {
    std::array<std::uint8_t, id_random_bytes> random{};
    ledger::fill_random(random);
    std::string date = ledger::time_text_seconds(issued_at).substr(0, date_length);
    std::erase(date, '-');
    return "REE-" + date + "-" + ledger::base32_encode(random);
}

/// The request is of the server that the vendor means, whose lost key the vendor certified, and that key signed the
/// head that it names.
Result<void> check_request(const ReendorseOptions& options, const VerifiedReendorsementRequest& request,
                           const VendorFolder& folder) {
    const ledger::Suite& suite = ledger::default_suite();
    const std::string& server_id = request.request.server_id;
    if (server_id != options.server_id) {
        return Error{errc::server_differs, {}, {{"server_id", server_id}, {"meant", options.server_id}}};
    }
    const std::string old_key = ledger::hex_encode(request.request.old_key.view());
    ACTLEDGER_TRY(const auto certificate,
                  folder.find_certificate(server_certificate_name(server_id, request.request.old_key)));
    if (!certificate || suite.hash(certificate->spki()) != request.request.old_key ||
        certificate->server_id() != server_id) {
        return Error{errc::server_key_unknown, {}, {{"server_id", server_id}, {"key_fingerprint", old_key}}};
    }
    ACTLEDGER_TRY(const auto key, certificate->public_key(suite.id()));
    if (key == request.new_key) return Error{errc::key_not_new, {}, {{"key_fingerprint", old_key}}};
    if (!request.head) {
        if (options.lost_log) return {};
        return Error{errc::request_without_head, {}, {{"server_id", server_id}}};
    }
    const auto& origin = request.head->checkpoint.origin;
    if (const auto good = ledger::verify_note(suite, request.head->note, origin.text(), key); !good) {
        return Error{errc::request_head_wrong, good.error().describe(), {{"server_id", server_id}}};
    }
    return {};
}

std::optional<ledger::Checkpoint> head_of(const VerifiedReendorsementRequest& request) {
    return request.head ? std::optional(request.head->checkpoint) : std::nullopt;
}

struct Issued {
    Reendorsement reendorsement;
    std::string bytes;
};

/// The re-endorsement at `path`. @return why reading it failed, or what is in it is none
Result<Issued> read_issued(const fs::path& path, const ledger::Certificate& root) {
    ACTLEDGER_TRY(std::string bytes, read_file(path, ledger::reendorsement_bytes_max));
    ACTLEDGER_TRY(auto verified, ledger::verify_reendorsement(ledger::as_bytes(bytes), root));
    return Issued{std::move(verified.reendorsement), std::move(bytes)};
}

/// Of the newest incarnation that a re-endorsement knew of.
std::uint32_t newest_incarnation(const Reendorsement& one) {
    return std::max(one.head ? one.head->origin.incarnation : 1, one.lost_log ? one.lost_log->incarnation : 1);
}

/// Whether `existing` answers the request: when it was issued, and an id that nobody asked for, may differ.
/// @param live  what is vouched for, if the log is lost.
bool answers(const Reendorsement& existing, const VerifiedReendorsementRequest& request,
             const ReendorseOptions& options, const std::optional<LiveLicenses>& live) {
    const bool same_loss = existing.lost_log.has_value() == live.has_value() &&
                           (!live || existing.lost_log->licenses == *live) && existing.head == head_of(request);
    const auto certificate = ledger::Certificate::from_der(existing.server_certificate);
    return existing.server_id == request.request.server_id && existing.old_key == request.request.old_key &&
           certificate && certificate->spki() == request.new_key.spki() && same_loss &&
           (options.id.empty() || options.id == existing.reendorsement_id);
}

/// What this folder has issued for the server.
struct Before {
    std::optional<Issued> same;            ///< It answers this very request.
    std::uint32_t newest_incarnation = 1;  ///< That any of them knew of.
};

/// The server's ledger refuses a key that a file of the vendor's gave up.
bool gives_up(const Reendorsement& issued, const ledger::PublicKey& key) {
    if (!issued.lost_log) return false;
    const auto& given_up = issued.lost_log->given_up;
    return std::ranges::find(given_up, ledger::default_suite().hash(key.spki())) != given_up.end();
}

/// @return errc::kept_file_damaged; errc::key_given_up; errc::reendorsed_before if another key was re-endorsed for the
/// same lost one, because then two tokens could go on as one server
Result<Before> look_through(const VendorFolder& folder, const VerifiedReendorsementRequest& request,
                            const ReendorseOptions& options, const std::optional<LiveLicenses>& live,
                            const ledger::Certificate& root) {
    Before before;
    std::optional<Error> other;
    ACTLEDGER_TRY(const std::vector<fs::path> files, finished_files(folder.path() / "reendorsements"));
    for (const fs::path& file : files) {
        if (file.extension() != ".ree") continue;
        auto issued = read_issued(file, root);
        if (!issued && issued.error().code == terminal::errc::file_unreadable) return issued.error();
        if (!issued) return kept_file_damaged(file, issued.error());
        if (issued->reendorsement.server_id != request.request.server_id) continue;
        before.newest_incarnation = std::max(before.newest_incarnation, newest_incarnation(issued->reendorsement));
        if (gives_up(issued->reendorsement, request.new_key)) {
            other = Error{
                errc::key_given_up, {}, {{"key_fingerprint", key_text(request.new_key)}, {"path", file.string()}}};
        }
        if (issued->reendorsement.old_key != request.request.old_key) continue;
        const auto certificate = ledger::Certificate::from_der(issued->reendorsement.server_certificate);
        if (!certificate || certificate->spki() != request.new_key.spki()) {
            if (other) continue;
            other =
                Error{errc::reendorsed_before, {}, {{"server_id", request.request.server_id}, {"path", file.string()}}};
        } else if (answers(issued->reendorsement, request, options, live)) {
            before.same = *std::move(issued);
        }
    }
    if (!before.same && !other) {
        const Succession meant{request.request.server_id, request.request.old_key,
                               ledger::default_suite().hash(request.new_key.spki())};
        ACTLEDGER_TRY(const auto rotated, find_other_rotation(folder, meant));
        if (rotated) {
            other = Error{errc::succeeded_before, {}, {{"server_id", meant.server_id}, {"path", rotated->string()}}};
        }
    }
    if (!before.same && other && options.second_key == SecondKey::refuse) return *std::move(other);
    return before;
}

void say_issued(const VendorFolder& folder, const Reendorsement& issued, const fs::path& out, bool made) {
    std::string facts = issued.reendorsement_id + "\n  server " + issued.server_id;
    if (issued.head) facts += "\n  " + issued.head->origin.text() + ", " + std::to_string(issued.head->head.size.value);
    if (issued.lost_log) {
        facts += "\n  -> " + issued.server_id + "/" + std::to_string(issued.lost_log->incarnation);
        if (const std::size_t count = issued.lost_log->given_up.size(); count > 0) {
            facts += "\n  keys given up: " + std::to_string(count);
        }
        for (const auto& license : issued.lost_log->licenses) {
            facts += "\n  " + license.license_id + ": " + std::to_string(license.open) + " / " +
                     std::to_string(license.quantity);
        }
    }
    terminal::say(folder.language(), (made ? "Issued " : "Issued before, unchanged: ") + out.string() + ": " + facts,
                  (made ? "已签发 " : "此前已签发，未改动：") + out.string() + "：" + facts);
}

void say_left_out(const VendorFolder& folder, const LiveLicenseOptions& options) {
    for (const std::string& id : options.left_out) {
        terminal::say(folder.language(),
                      "Left out: " + id + " can never be imported again; it would have to be reissued.",
                      "已排除：" + id + " 再也无法导入，只能重新签发。");
    }
}

void say_not_named(const VendorFolder& folder, const GivenUpKeys& given_up) {
    for (const fs::path& path : given_up.left_out) {
        terminal::say(
            folder.language(),
            "Too many earlier keys: this one is not named as given up. Revoke its certificate: " + path.string(),
            "先前的密钥过多：以下密钥未列入弃用名单，请吊销其证书：" + path.string());
    }
}

Result<void> record_reendorsement(VendorFolder& folder, const Reendorsement& issued, ledger::ByteView file) {
    boost::json::object members;
    members["reendorsement_id"] = issued.reendorsement_id;
    members["server_id"] = issued.server_id;
    members["old_key"] = ledger::hex_encode(issued.old_key.view());
    if (issued.head) {
        members["origin"] = issued.head->origin.text();
        members["size"] = issued.head->head.size.value;
    }
    if (issued.lost_log) members["lost_log_incarnation"] = issued.lost_log->incarnation;
    members["sha256"] = ledger::hex_encode(ledger::default_suite().hash(file).view());
    return folder.record("reendorsement", members);
}

Result<ledger::Bytes> make_file(const ReendorseOptions& options, const VerifiedReendorsementRequest& request,
                                Reendorsement& wanted, VendorFolder& folder, const ledger::Certificate& root) {
    ACTLEDGER_TRY(KeyAndCertificate signer, folder.signer(options.issuer, ledger::Purpose::recovery_signer));
    ACTLEDGER_TRY(const ledger::Certificate server,
                  certify_server(wanted.server_id, request.new_key, folder, Descent::reendorsed));
    wanted.server_certificate = server.der();
    ACTLEDGER_TRY(ledger::Bytes ree, ledger::make_reendorsement(wanted, {signer.certificate}, signer.key));
    // What leaves the house is judged once as the customer's server will judge it.
    ACTLEDGER_CHECK(ledger::verify_reendorsement(ree, root));
    return ree;
}

}  // namespace

Result<void> reendorse(const ReendorseOptions& options, VendorFolder& folder) {
    ACTLEDGER_TRY(const std::string req, read_file(options.request, ledger::reendorsement_request_bytes_max));
    ACTLEDGER_TRY(const VerifiedReendorsementRequest request, ledger::verify_reendorsement_request(req));
    ACTLEDGER_CHECK(check_request(options, request, folder));
    ACTLEDGER_TRY(const ledger::Certificate root, folder.root());
    std::optional<LiveLicenses> live;
    if (options.lost_log) {
        ACTLEDGER_TRY(live, live_licenses(request.request.server_id, *options.lost_log, folder));
    }
    ACTLEDGER_TRY(const Before found, look_through(folder, request, options, live, root));
    const std::optional<Issued>& before = found.same;
    if (options.lost_log) say_left_out(folder, *options.lost_log);

    Reendorsement wanted;
    wanted.issued_at = now();
    wanted.reendorsement_id = options.id.empty() ? new_id(wanted.issued_at) : options.id;
    if (before) wanted = before->reendorsement;
    if (!ledger::is_license_name(wanted.reendorsement_id)) {
        return Error{errc::value_wrong,
                     {},
                     {{"option", "--id"}, {"value", wanted.reendorsement_id}, {"expected", "1-64: A-Z a-z 0-9 . _ -"}}};
    }
    const fs::path out = options.out.empty() ? fs::path(wanted.reendorsement_id + ".ree") : options.out;
    std::error_code failed;
    if (fs::exists(out, failed)) {
        const auto at_out = read_issued(out, root);
        if (!at_out || !answers(at_out->reendorsement, request, options, live)) {
            return Error{errc::file_exists, {}, {{"path", out.string()}}};
        }
        say_issued(folder, at_out->reendorsement, out, false);
        return {};
    }
    if (before) {
        ACTLEDGER_CHECK(write_new_file(out, ledger::as_bytes(before->bytes), Secrecy::open));
        say_issued(folder, before->reendorsement, out, false);
        return {};
    }
    const fs::path kept = folder.path() / "reendorsements" / (wanted.reendorsement_id + ".ree");
    if (fs::exists(kept, failed)) {
        return Error{errc::reendorsement_id_used, {}, {{"reendorsement_id", wanted.reendorsement_id}}};
    }
    wanted.server_id = request.request.server_id;
    wanted.old_key = request.request.old_key;
    wanted.head = head_of(request);
    if (live) {
        const std::uint32_t newest = std::max(found.newest_incarnation, newest_incarnation(wanted));
        if (newest > std::numeric_limits<std::uint32_t>::max() - ledger::incarnations_left) {
            return Error{
                errc::request_head_wrong, "incarnation " + std::to_string(newest), {{"server_id", wanted.server_id}}};
        }
        ACTLEDGER_TRY(GivenUpKeys given_up,
                      given_up_keys(wanted.server_id, wanted.old_key,
                                    ledger::default_suite().hash(request.new_key.spki()), folder));
        say_not_named(folder, given_up);
        wanted.lost_log =
            ledger::LostLogTerms{newest + ledger::incarnations_left, *std::move(live), std::move(given_up.keys)};
    }
    ACTLEDGER_TRY(const ledger::Bytes ree, make_file(options, request, wanted, folder, root));
    // The record first: stopped between the two, the repeat makes and records another one, and no file is forgotten.
    ACTLEDGER_CHECK(record_reendorsement(folder, wanted, ree));
    ACTLEDGER_CHECK(write_new_file(kept, ree, Secrecy::open));
    ACTLEDGER_CHECK(write_new_file(out, ree, Secrecy::open));
    say_issued(folder, wanted, out, true);
    return {};
}

}  // namespace issuer
