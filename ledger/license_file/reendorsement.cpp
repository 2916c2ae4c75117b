#include "ledger/license_file/reendorsement.hpp"

#include <algorithm>

#include "ledger/core/event_codec.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/issuer_check.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "ledger/license_file/strict_json.hpp"

namespace ledger {
namespace {

using license_file::errc;

constexpr std::string_view format_name = "actledger-reendorsement/1";
constexpr IssuerRefusals reendorsement_refusals{
    errc::reendorsement_issuer_unknown, errc::reendorsement_issuer_wrong_purpose,
    errc::reendorsement_issuer_not_valid_then, errc::reendorsement_signature_bad, Purpose::recovery_signer};

Error malformed(const std::string& field) {
    return {errc::reendorsement_malformed, "field " + field, {{"field", field}}};
}

Error certificate_wrong(const Reendorsement& reendorsement, std::string reason) {
    return {errc::reendorsement_certificate_wrong,
            {},
            {{"reendorsement_id", reendorsement.reendorsement_id}, {"reason", std::move(reason)}}};
}

std::string key_text(ByteView spki) { return hex_encode(default_suite().hash(spki).view()); }

void read_server(JsonReader server, Reendorsement& reendorsement) {
    server.expect_keys({"id", "old_key", "certificate"});
    reendorsement.server_id = server.text("id");
    if (!is_server_id(reendorsement.server_id)) server.reject("id");
    const auto old_key = hex_decode(server.text("old_key"));
    if (old_key && old_key->size() == Digest::size_bytes) {
        reendorsement.old_key = Digest::from(*old_key);
    } else {
        server.reject("old_key");
    }
    reendorsement.server_certificate = server.base64("certificate");
}

Checkpoint read_head(JsonReader head, const std::string& server_id) {
    head.expect_keys({"origin", "size", "root_hash"});
    Checkpoint read;
    const auto origin = Origin::parse(head.text("origin"));
    if (origin && origin->server_id == server_id) {
        read.origin = *origin;
    } else {
        head.reject("origin");
    }
    read.head.size = {head.number("size", 1, tree_size_max.value)};
    const Bytes root = head.base64("root_hash");
    if (root.size() == Digest::size_bytes) {
        read.head.root = Digest::from(root);
    } else {
        head.reject("root_hash");
    }
    return read;
}

LostLogTerms::License read_vouched(JsonReader one) {
    one.expect_keys({"license_id", "terms_digest", "quantity", "open"});
    LostLogTerms::License license;
    license.license_id = one.text("license_id");
    if (!is_license_name(license.license_id)) one.reject("license_id");
    const auto digest = hex_decode(one.text("terms_digest"));
    if (digest && digest->size() == Digest::size_bytes) {
        license.terms_digest = Digest::from(*digest);
    } else {
        one.reject("terms_digest");
    }
    license.quantity = one.number("quantity", 1, license_quantity_max);
    license.open = one.number("open", 0, license.quantity);
    return license;
}

std::vector<Digest> read_given_up(const JsonReader& lost, const Digest& old_key) {
    std::vector<Digest> keys;
    for (const std::string& text : lost.texts("given_up", given_up_keys_max)) {
        const auto bytes = hex_decode(text);
        const bool is_digest = bytes && bytes->size() == Digest::size_bytes;
        const Digest key = is_digest ? Digest::from(*bytes) : Digest{};
        if (!is_digest || key == old_key || (!keys.empty() && keys.back() >= key)) lost.reject("given_up");
        keys.push_back(key);
    }
    if (keys.empty()) lost.reject("given_up");
    return keys;
}

LostLogTerms read_lost_log(JsonReader lost, const Digest& old_key) {
    constexpr std::uint32_t first_opened = 2;
    const bool names_keys = lost.has("given_up");
    if (names_keys) {
        lost.expect_keys({"incarnation", "licenses", "given_up"});
    } else {
        lost.expect_keys({"incarnation", "licenses"});
    }
    LostLogTerms terms;
    terms.incarnation =
        static_cast<std::uint32_t>(lost.number("incarnation", first_opened, std::numeric_limits<std::uint32_t>::max()));
    for (JsonReader& one : lost.objects("licenses", vouched_licenses_max)) {
        LostLogTerms::License license = read_vouched(std::move(one));
        const bool in_order = terms.licenses.empty() || terms.licenses.back().license_id < license.license_id;
        if (!in_order) lost.reject("licenses");
        terms.licenses.push_back(std::move(license));
    }
    if (terms.licenses.empty()) lost.reject("licenses");
    if (names_keys) terms.given_up = read_given_up(lost, old_key);
    return terms;
}

void write_lost_log(JsonWriter& out, const LostLogTerms& lost) {
    out.begin("lost_log");
    out.number("incarnation", lost.incarnation);
    out.begin_list("licenses");
    for (const LostLogTerms::License& license : lost.licenses) {
        out.begin_item();
        out.text("license_id", license.license_id);
        out.text("terms_digest", hex_encode(license.terms_digest.view()));
        out.number("quantity", license.quantity);
        out.number("open", license.open);
        out.end();
    }
    out.end_list();
    if (!lost.given_up.empty()) {
        std::vector<std::string> keys;
        for (const Digest& key : lost.given_up) keys.push_back(hex_encode(key.view()));
        out.texts("given_up", keys);
    }
    out.end();
}

Result<Certificate> read_server_certificate(const Reendorsement& reendorsement, const Certificate& root) {
    auto certificate = Certificate::from_der(reendorsement.server_certificate);
    if (!certificate) return certificate_wrong(reendorsement, certificate.error().detail);
    const auto chain = verify_chain(std::array{*certificate}, root, Purpose::server, reendorsement.issued_at);
    if (!chain) return certificate_wrong(reendorsement, chain.error().describe());
    if (certificate->server_id() != reendorsement.server_id) return certificate_wrong(reendorsement, "server id");
    return certificate;
}

}  // namespace

bool Reendorsement::operator==(const Reendorsement& other) const {
    return reendorsement_json(*this) == reendorsement_json(other);
}

std::string reendorsement_json(const Reendorsement& reendorsement) {
    JsonWriter out;
    out.text("format", format_name);
    out.text("reendorsement_id", reendorsement.reendorsement_id);
    out.time("issued_at", reendorsement.issued_at);
    out.begin("server");
    out.text("id", reendorsement.server_id);
    out.text("old_key", hex_encode(reendorsement.old_key.view()));
    out.text("certificate", base64_encode(reendorsement.server_certificate));
    out.end();
    if (reendorsement.head) {
        out.begin("head");
        out.text("origin", reendorsement.head->origin.text());
        out.number("size", reendorsement.head->head.size.value);
        out.text("root_hash", base64_encode(reendorsement.head->head.root.view()));
        out.end();
    }
    if (reendorsement.lost_log) write_lost_log(out, *reendorsement.lost_log);
    return out.finish();
}

Result<Reendorsement> parse_reendorsement_json(std::string_view text) {
    if (text.size() > reendorsement_bytes_max) return malformed("size");
    JsonFault fault;
    JsonReader reader(text, fault);
    if (reader.text("format") != format_name) reader.reject("format");
    const bool log_lost = reader.has("lost_log");
    const bool has_head = reader.has("head") || !log_lost;
    if (log_lost && has_head) {
        reader.expect_keys({"format", "reendorsement_id", "issued_at", "server", "head", "lost_log"});
    } else {
        reader.expect_keys({"format", "reendorsement_id", "issued_at", "server", log_lost ? "lost_log" : "head"});
    }
    Reendorsement reendorsement;
    reendorsement.reendorsement_id = reader.text("reendorsement_id");
    if (!is_license_name(reendorsement.reendorsement_id)) reader.reject("reendorsement_id");
    reendorsement.issued_at = reader.time("issued_at");
    read_server(reader.object("server"), reendorsement);
    if (has_head) reendorsement.head = read_head(reader.object("head"), reendorsement.server_id);
    if (log_lost) reendorsement.lost_log = read_lost_log(reader.object("lost_log"), reendorsement.old_key);
    if (fault.field.empty() && reendorsement_json(reendorsement) != text) fault.report("spelling");
    if (!fault.field.empty()) return malformed(fault.field);
    return reendorsement;
}

Result<Reendorsement> read_reendorsement(ByteView ree) {
    const auto message = SignedMessage::parse(ree, reendorsement_bytes_max);
    if (!message) return Error{errc::reendorsement_malformed, message.error().describe(), {{"field", "CMS"}}};
    return parse_reendorsement_json(as_text(message->content));
}

VouchedLicenses vouched_licenses(const Reendorsement& reendorsement) {
    ACTLEDGER_ASSERT(reendorsement.lost_log.has_value());
    VouchedLicenses vouched{reendorsement.reendorsement_id, reendorsement.issued_at, {}};
    for (const auto& license : reendorsement.lost_log->licenses) {
        vouched.live.push_back({license.license_id, license.terms_digest});
    }
    return vouched;
}

std::vector<UnclaimedSeats> unclaimed_by_vendor(const LostLogTerms& lost) {
    std::vector<UnclaimedSeats> unclaimed;
    for (const auto& license : lost.licenses) {
        if (license.open < license.quantity) unclaimed.push_back({license.license_id, license.quantity - license.open});
    }
    return unclaimed;
}

Result<VerifiedReendorsement> verify_reendorsement(ByteView ree, const Certificate& root) {
    auto message = SignedMessage::parse(ree, reendorsement_bytes_max);
    if (!message) return Error{errc::reendorsement_malformed, message.error().describe(), {{"field", "CMS"}}};
    ACTLEDGER_CHECK(check_issuer(*message, root, reendorsement_refusals));
    ACTLEDGER_TRY(Reendorsement reendorsement, parse_reendorsement_json(as_text(message->content)));
    if (reendorsement.issued_at != message->signing_time) return malformed("issued_at");
    ACTLEDGER_TRY(Certificate certificate, read_server_certificate(reendorsement, root));
    auto key = certificate.public_key(default_suite().id());
    if (!key) return certificate_wrong(reendorsement, "not a key of the suite");
    if (reendorsement.lost_log) {
        const auto& given_up = reendorsement.lost_log->given_up;
        const bool gives_up_new = std::ranges::find(given_up, default_suite().hash(key->spki())) != given_up.end();
        if (gives_up_new) return malformed("lost_log.given_up");
    }
    return VerifiedReendorsement{std::move(reendorsement), copy(ree), std::move(message->chain), std::move(certificate),
                                 *std::move(key)};
}

Result<void> check_reendorsement_for_ledger(const VerifiedReendorsement& file, const ReendorsementFacts& facts) {
    const Reendorsement& stated = file.reendorsement;
    const Fact id{"reendorsement_id", stated.reendorsement_id};
    ACTLEDGER_ASSERT(!facts.server_keys.empty());
    if (stated.server_id != facts.server_id) {
        return Error{errc::reendorsement_other_server,
                     {},
                     {id, {"reendorsement_server", stated.server_id}, {"this_server", facts.server_id}}};
    }
    if (stated.lost_log.has_value() == facts.log_size.has_value()) {
        return Error{
            stated.lost_log ? errc::reendorsement_for_lost_log : errc::reendorsement_not_for_lost_log, {}, {id}};
    }
    if (stated.old_key != default_suite().hash(facts.server_keys.back())) {
        return Error{
            errc::reendorsement_other_key,
            {},
            {id, {"old_key", hex_encode(stated.old_key.view())}, {"this_key", key_text(facts.server_keys.back())}}};
    }
    const bool given_up =
        std::ranges::find(facts.given_up, default_suite().hash(file.new_key.spki())) != facts.given_up.end();
    if (given_up || std::ranges::find(facts.server_keys, file.new_key.spki()) != facts.server_keys.end()) {
        return Error{errc::reendorsement_key_known, {}, {id, {"new_key", key_text(file.new_key.spki())}}};
    }
    std::vector<Digest> fingerprints{file.server_certificate.fingerprint()};
    for (const Certificate& certificate : file.signer_chain) fingerprints.push_back(certificate.fingerprint());
    for (const auto& revoked : facts.revoked_certificates) {
        if (std::ranges::find(fingerprints, revoked.fingerprint) == fingerprints.end()) continue;
        return Error{
            errc::reendorsement_certificate_revoked,
            {},
            {id, {"certificate_fingerprint", hex_encode(revoked.fingerprint.view())}, {"revocation_id", revoked.by}}};
    }
    if (facts.log_size && stated.head->head.size > *facts.log_size) {
        return Error{errc::reendorsement_head_missing,
                     {},
                     {id,
                      {"size", std::to_string(stated.head->head.size.value)},
                      {"log_size", std::to_string(facts.log_size->value)}}};
    }
    return {};
}

Result<void> check_vouched_head(const Reendorsement& reendorsement, const Digest& log_root) {
    ACTLEDGER_ASSERT(reendorsement.head.has_value());
    if (reendorsement.head->head.root == log_root) return {};
    return Error{errc::reendorsement_head_differs,
                 {},
                 {{"reendorsement_id", reendorsement.reendorsement_id},
                  {"size", std::to_string(reendorsement.head->head.size.value)}}};
}

Result<void> check_known_head(const Reendorsement& reendorsement, const std::optional<Checkpoint>& known) {
    ACTLEDGER_ASSERT(reendorsement.lost_log.has_value());
    const Fact id{"reendorsement_id", reendorsement.reendorsement_id};
    const auto rank = [](const Checkpoint& head) { return std::pair(head.origin.incarnation, head.head.size); };
    if (const auto& vouched = reendorsement.head; vouched && (!known || rank(*known) < rank(*vouched))) {
        return Error{errc::reendorsement_head_beyond,
                     {},
                     {id,
                      {"origin", vouched->origin.text()},
                      {"size", std::to_string(vouched->head.size.value)},
                      {"known", known ? known->origin.text() + ", " + std::to_string(known->head.size.value) : "-"}}};
    }
    if (!known) return {};
    if (reendorsement.head && rank(*known) == rank(*reendorsement.head)) {
        ACTLEDGER_CHECK(check_vouched_head(reendorsement, known->head.root));
    }
    const std::uint32_t opens = reendorsement.lost_log->incarnation;
    if (known->origin.incarnation < opens) return {};
    return Error{errc::reendorsement_number_used,
                 {},
                 {id, {"incarnation", std::to_string(opens)}, {"origin", known->origin.text()}}};
}

Result<Bytes> make_reendorsement(const Reendorsement& reendorsement, std::vector<Certificate> signer_chain,
                                 Signer& signer) {
    const std::string text = reendorsement_json(reendorsement);
    ACTLEDGER_CHECK(parse_reendorsement_json(text));
    ACTLEDGER_TRY(const SignedMessage message,
                  sign_message(as_bytes(text), std::move(signer_chain), signer, reendorsement.issued_at));
    return message.der();
}

Result<VerifiedReendorsement> verify_hand_over(const Event& event, const KeyEpochs& before, const Certificate& root) {
    const auto* opened = std::get_if<IncarnationOpened>(&event.body);
    ACTLEDGER_ASSERT(opened != nullptr && by_vendor(opened->reason));
    ACTLEDGER_TRY(VerifiedReendorsement file, verify_reendorsement(opened->reendorsement, root));
    if (file.server_certificate.der() != opened->server_certificate) {
        return certificate_wrong(file.reendorsement, "not the event's");
    }
    ACTLEDGER_TRY(const Origin origin, Origin::parse(event.origin));
    std::optional<TreeSize> log_size;
    if (!begins_log(opened->reason)) log_size = TreeSize{event.sequence_number.value};
    ACTLEDGER_CHECK(check_reendorsement_for_ledger(file, {origin.server_id, before.spkis(), {}, log_size}));
    if (log_size) return file;
    std::optional<Checkpoint> known;
    if (const auto parsed = KnownHead::parse(opened->known_head)) known = parsed->checkpoint;
    ACTLEDGER_CHECK(check_known_head(file.reendorsement, known));
    const std::uint32_t opens = file.reendorsement.lost_log->incarnation;
    if (origin.incarnation >= opens) return file;
    return Error{errc::reendorsement_number_used,
                 {},
                 {{"reendorsement_id", file.reendorsement.reendorsement_id},
                  {"incarnation", std::to_string(opens)},
                  {"origin", origin.text()}}};
}

}  // namespace ledger
