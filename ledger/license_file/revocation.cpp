#include "ledger/license_file/revocation.hpp"

#include <algorithm>

#include "ledger/license_file/issuer_check.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "ledger/license_file/strict_json.hpp"

namespace ledger {
namespace {

using license_file::errc;

constexpr std::string_view format_name = "actledger-revocation/1";
constexpr std::size_t server_id_length = 32;
constexpr IssuerRefusals revocation_refusals{errc::revocation_issuer_unknown, errc::revocation_issuer_wrong_purpose,
                                             errc::revocation_issuer_not_valid_then, errc::revocation_signature_bad};

Error malformed(const std::string& field) { return {errc::revocation_malformed, "field " + field, {{"field", field}}}; }

template <class T>
bool strictly_ascending(const std::vector<T>& values) {
    return std::adjacent_find(values.begin(), values.end(), [](const T& a, const T& b) { return !(a < b); }) ==
           values.end();
}

bool is_server_id(std::string_view text) {
    return text.size() == server_id_length && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == text.npos;
}

bool is_reason(std::string_view text) {
    return text.size() <= revocation_reason_bytes_max &&
           std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

std::vector<Digest> read_fingerprints(const JsonReader& reader) {
    std::vector<Digest> fingerprints;
    for (const std::string& text : reader.texts("certificate_fingerprints", revocation_entries_max)) {
        const auto bytes = hex_decode(text);
        if (!bytes || bytes->size() != Digest::size_bytes) {
            reader.reject("certificate_fingerprints");
            return {};
        }
        fingerprints.push_back(Digest::from(*bytes));
    }
    return fingerprints;
}

}  // namespace

std::string revocation_json(const Revocation& revocation) {
    std::vector<std::string> fingerprints;
    for (const Digest& fingerprint : revocation.certificate_fingerprints) {
        fingerprints.push_back(hex_encode(fingerprint.view()));
    }
    JsonWriter out;
    out.text("format", format_name);
    out.text("revocation_id", revocation.revocation_id);
    out.time("issued_at", revocation.issued_at);
    if (revocation.server_id) out.text("server_id", *revocation.server_id);
    out.texts("license_ids", revocation.license_ids);
    out.texts("certificate_fingerprints", fingerprints);
    out.text("reason", revocation.reason);
    return out.finish();
}

Result<Revocation> parse_revocation_json(std::string_view text) {
    if (text.size() > revocation_bytes_max) return malformed("size");
    JsonFault fault;
    JsonReader reader(text, fault);
    if (reader.text("format") != format_name) reader.reject("format");
    Revocation revocation;
    if (reader.has("server_id")) {
        reader.expect_keys(
            {"format", "revocation_id", "issued_at", "server_id", "license_ids", "certificate_fingerprints", "reason"});
        revocation.server_id = reader.text("server_id");
        if (!is_server_id(*revocation.server_id)) reader.reject("server_id");
    } else {
        reader.expect_keys(
            {"format", "revocation_id", "issued_at", "license_ids", "certificate_fingerprints", "reason"});
    }
    revocation.revocation_id = reader.text("revocation_id");
    if (!is_license_name(revocation.revocation_id)) reader.reject("revocation_id");
    revocation.issued_at = reader.time("issued_at");
    revocation.license_ids = reader.texts("license_ids", revocation_entries_max);
    if (!std::all_of(revocation.license_ids.begin(), revocation.license_ids.end(), is_license_name) ||
        !strictly_ascending(revocation.license_ids)) {
        reader.reject("license_ids");
    }
    revocation.certificate_fingerprints = read_fingerprints(reader);
    if (!strictly_ascending(revocation.certificate_fingerprints)) reader.reject("certificate_fingerprints");
    if (revocation.license_ids.empty() && revocation.certificate_fingerprints.empty()) reader.reject("license_ids");
    revocation.reason = reader.text("reason");
    if (!is_reason(revocation.reason)) reader.reject("reason");
    if (fault.field.empty() && revocation_json(revocation) != text) fault.report("spelling");
    if (!fault.field.empty()) return malformed(fault.field);
    return revocation;
}

Result<VerifiedRevocation> verify_revocation(ByteView rev, const Certificate& root) {
    auto message = SignedMessage::parse(rev, revocation_bytes_max);
    if (!message) {
        return Error{errc::revocation_malformed, message.error().describe(), {{"field", "CMS"}}};
    }
    ACTLEDGER_CHECK(check_issuer(*message, root, revocation_refusals));
    ACTLEDGER_TRY(Revocation revocation, parse_revocation_json(as_text(message->content)));
    if (revocation.issued_at != message->signing_time) return malformed("issued_at");
    return VerifiedRevocation{std::move(revocation), copy(rev), std::move(message->chain)};
}

Result<void> check_revocation_for_server(const Revocation& revocation, std::string_view server_id) {
    if (!revocation.server_id || *revocation.server_id == server_id) return {};
    return Error{errc::revocation_other_server,
                 {},
                 {{"revocation_id", revocation.revocation_id},
                  {"revocation_server", *revocation.server_id},
                  {"this_server", std::string(server_id)}}};
}

Result<Bytes> make_revocation(const Revocation& revocation, std::vector<Certificate> issuer_chain, Signer& issuer) {
    const std::string text = revocation_json(revocation);
    ACTLEDGER_CHECK(parse_revocation_json(text));
    ACTLEDGER_TRY(const SignedMessage message,
                  sign_message(as_bytes(text), std::move(issuer_chain), issuer, revocation.issued_at));
    return message.der();
}

}  // namespace ledger
