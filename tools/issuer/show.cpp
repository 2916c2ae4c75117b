#include "tools/issuer/show.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/license_archive.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/license_request.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "ledger/license_file/revocation.hpp"
#include "ledger/license_file/rotation_request.hpp"
#include "ledger/license_file/signed_message.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/issuer/new_file.hpp"
#include "tools/issuer/vendor_folder.hpp"
#include "tools/terminal/terminal.hpp"

namespace issuer {
namespace {

namespace json = boost::json;
using ledger::ByteView;
using ledger::Certificate;
using ledger::Error;
using ledger::Language;
using ledger::Result;

enum class Judgement { verified, not_judged };

/// What is shown: "kind", "verified", and the file's own members.
struct Shown {
    json::object members;
    Judgement judgement = Judgement::not_judged;
};

Shown begin(const char* kind, Judgement judgement) {
    Shown shown;
    shown.judgement = judgement;
    shown.members["kind"] = kind;
    shown.members["verified"] = judgement == Judgement::verified;
    return shown;
}

std::string key_fingerprint(const ledger::Bytes& spki) {
    return ledger::hex_encode(ledger::default_suite().hash(spki).view());
}

void add_license(json::object& members, const ledger::LicenseTerms& terms, const Certificate& issuer) {
    members["terms"] = json::parse(ledger::license_terms_json(terms));
    members["server_key_fingerprint"] = key_fingerprint(terms.server_key);
    members["issuer"] = certificate_members(issuer);
}

Result<Shown> show_license(ByteView file, const std::optional<Certificate>& root) {
    if (root) {
        ACTLEDGER_TRY(const auto license, ledger::verify_license(file, *root));
        Shown shown = begin("license", Judgement::verified);
        add_license(shown.members, license.terms, license.issuer_chain.front());
        return shown;
    }
    ACTLEDGER_TRY(const auto archive, ledger::read_license_archive(file));
    const auto message = ledger::SignedMessage::parse(archive.license_bin, ledger::license_bin_bytes_max);
    if (!message) return Error{ledger::license_file::errc::license_malformed, message.error().describe()};
    ACTLEDGER_TRY(const auto terms, ledger::parse_license_terms(ledger::as_text(message->content)));
    Shown shown = begin("license", Judgement::not_judged);
    add_license(shown.members, terms, message->chain.front());
    return shown;
}

Result<Shown> show_revocation(ByteView file, const std::optional<Certificate>& root) {
    if (root) {
        ACTLEDGER_TRY(const auto revocation, ledger::verify_revocation(file, *root));
        Shown shown = begin("revocation", Judgement::verified);
        shown.members["revocation"] = json::parse(ledger::revocation_json(revocation.revocation));
        shown.members["issuer"] = certificate_members(revocation.issuer_chain.front());
        return shown;
    }
    ACTLEDGER_TRY(const auto message, ledger::SignedMessage::parse(file, ledger::revocation_bytes_max));
    ACTLEDGER_TRY(const auto revocation, ledger::parse_revocation_json(ledger::as_text(message.content)));
    Shown shown = begin("revocation", Judgement::not_judged);
    shown.members["revocation"] = json::parse(ledger::revocation_json(revocation));
    shown.members["issuer"] = certificate_members(message.chain.front());
    return shown;
}

Result<Shown> show_reendorsement(ByteView file, const std::optional<Certificate>& root) {
    if (root) {
        ACTLEDGER_TRY(const auto verified, ledger::verify_reendorsement(file, *root));
        Shown shown = begin("reendorsement", Judgement::verified);
        shown.members["reendorsement"] = json::parse(ledger::reendorsement_json(verified.reendorsement));
        shown.members["new_key_fingerprint"] = key_fingerprint(verified.new_key.spki());
        shown.members["issuer"] = certificate_members(verified.signer_chain.front());
        return shown;
    }
    ACTLEDGER_TRY(const auto message, ledger::SignedMessage::parse(file, ledger::reendorsement_bytes_max));
    ACTLEDGER_TRY(const auto reendorsement, ledger::parse_reendorsement_json(ledger::as_text(message.content)));
    Shown shown = begin("reendorsement", Judgement::not_judged);
    shown.members["reendorsement"] = json::parse(ledger::reendorsement_json(reendorsement));
    shown.members["issuer"] = certificate_members(message.chain.front());
    return shown;
}

/// What a signed message is about: what its content claims to be.
Result<Shown> show_message(ByteView file, const std::optional<Certificate>& root) {
    ACTLEDGER_TRY(const auto message, ledger::SignedMessage::parse(file, ledger::revocation_bytes_max));
    const bool hands_over =
        ledger::as_text(message.content).find("\"format\": \"actledger-reendorsement/") != std::string_view::npos;
    return hands_over ? show_reendorsement(file, root) : show_revocation(file, root);
}

Result<Shown> show_reendorsement_request(std::string_view file) {
    ACTLEDGER_TRY(const auto request, ledger::verify_reendorsement_request(file));
    Shown shown = begin("reendorsement-request", Judgement::verified);
    shown.members["server_id"] = request.request.server_id;
    shown.members["old_key_fingerprint"] = ledger::hex_encode(request.request.old_key.view());
    shown.members["new_key_fingerprint"] = key_fingerprint(request.new_key.spki());
    if (request.head) {
        shown.members["origin"] = request.head->checkpoint.origin.text();
        shown.members["size"] = request.head->checkpoint.head.size.value;
    }
    return shown;
}

/// The next key's signature is judged; whether the present key signed its part, `rotate` finds out in the folder.
Result<Shown> show_rotation_request(std::string_view file) {
    ACTLEDGER_TRY(const auto request, ledger::verify_rotation_request(file));
    const ledger::KeyHandOver& stated = request.hand_over.hand_over;
    Shown shown = begin("rotation-request", Judgement::verified);
    shown.members["server_id"] = request.server_id;
    shown.members["old_key_fingerprint"] = ledger::hex_encode(stated.key.view());
    shown.members["new_key_fingerprint"] = key_fingerprint(request.next_key.spki());
    shown.members["origin"] = stated.head.origin.text();
    shown.members["size"] = stated.head.head.size.value;
    return shown;
}

Result<Shown> show_request(std::string_view file) {
    if (ledger::is_rotation_request(file)) return show_rotation_request(file);
    if (ledger::is_reendorsement_request(file)) return show_reendorsement_request(file);
    ACTLEDGER_TRY(const auto request, ledger::verify_license_request(file));
    // Its own key's signature is all that a request has to prove.
    Shown shown = begin("request", Judgement::verified);
    shown.members["server_id"] = request.request.server_id;
    shown.members["product"] = request.request.product;
    shown.members["quantity"] = request.request.quantity;
    shown.members["server_key_fingerprint"] = key_fingerprint(request.server_key.spki());
    return shown;
}

Result<Shown> show_certificate(const Certificate& certificate, const std::optional<Certificate>& root) {
    const bool is_root = certificate.is_authority();
    Judgement judgement = Judgement::not_judged;
    if (root && is_root) ACTLEDGER_CHECK(ledger::check_root(certificate, *root));
    if (root && !is_root && certificate.purpose()) {
        ACTLEDGER_CHECK(ledger::verify_chain(std::array{certificate}, *root, *certificate.purpose(), now()));
    }
    if (root && (is_root || certificate.purpose())) judgement = Judgement::verified;
    Shown shown = begin("certificate", judgement);
    const auto purpose = certificate.purpose();
    shown.members["purpose"] = is_root ? "root" : purpose ? ledger::purpose_name(*purpose) : "none";
    if (const auto server_id = certificate.server_id()) shown.members["server_id"] = *server_id;
    for (const auto& member : certificate_members(certificate)) shown.members[member.key()] = member.value();
    return shown;
}

Result<Shown> show_any(const std::filesystem::path& path, const std::string& file,
                       const std::optional<Certificate>& root) {
    if (file.starts_with("PK")) return show_license(ledger::as_bytes(file), root);
    if (file.starts_with("-----BEGIN CERTIFICATE REQUEST-----")) return show_request(file);
    if (file.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
        ACTLEDGER_TRY(const Certificate certificate, Certificate::from_pem(file));
        return show_certificate(certificate, root);
    }
    if (const auto certificate = Certificate::from_der(ledger::as_bytes(file))) {
        return show_certificate(*certificate, root);
    }
    if (ledger::SignedMessage::parse(ledger::as_bytes(file), ledger::revocation_bytes_max)) {
        return show_message(ledger::as_bytes(file), root);
    }
    return Error{errc::file_unknown, {}, {{"path", path.string()}}};
}

/// Every member on a line of its own, nested ones indented: the names are those of the format pages.
void print_members(const json::object& members, int indent) {
    for (const auto& member : members) {
        const std::string key(member.key());
        if (member.value().is_object()) {
            std::printf("%*s%s:\n", indent, "", key.c_str());
            print_members(member.value().get_object(), indent + 2);
            continue;
        }
        const std::string value =
            member.value().is_string() ? std::string(member.value().get_string()) : json::serialize(member.value());
        std::printf("%*s%-*s %s\n", indent, "", 24 - indent, (key + ":").c_str(), value.c_str());
    }
}

}  // namespace

Result<void> show(const std::filesystem::path& file, const std::optional<Certificate>& root, ShowAs as,
                  Language language) {
    ACTLEDGER_TRY(const std::string contents, read_file(file, ledger::license_archive_bytes_max));
    ACTLEDGER_TRY(const Shown shown, show_any(file, contents, root));
    if (as == ShowAs::json) {
        std::printf("%s\n", json::serialize(shown.members).c_str());
        return {};
    }
    print_members(shown.members, 0);
    if (shown.judgement == Judgement::not_judged) {
        terminal::say(language, "NOT verified: name the vendor's root certificate with --root.",
                      "未校验签名：请用 --root 指定厂商根证书。");
    } else {
        terminal::say(language, "Verified.", "校验通过。");
    }
    return {};
}

}  // namespace issuer
