#include "tools/cli/secrets_file.hpp"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "ledger/core/checkpoint.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_rules.hpp"
#include "ledger/core/openssl_pointer.hpp"
#include "ledger/core/time_text.hpp"
#include "tools/cli/errc.hpp"

namespace cli {
namespace {

using ledger::ByteView;
using ledger::Error;
using ledger::Result;
using CmsPointer = ledger::OpenSslPointer<CMS_ContentInfo, CMS_ContentInfo_free>;

constexpr std::string_view first_line = "actledger-secrets/1\n";
constexpr std::array<std::string_view, secret_roles> names{"configuration", "hsm_pin", "tls_certificate", "tls_key"};

/// Takes `head` off, and what follows up to the end of the line.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view head) {
    const auto end = text.find('\n');
    if (end == text.npos || !text.starts_with(head)) return std::nullopt;
    const std::string_view value = text.substr(head.size(), end - std::min(end, head.size()));
    text.remove_prefix(end + 1);
    return value;
}

std::optional<SecretRole> find_role(std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<SecretRole>(found - names.begin());
}

std::string_view next_word(std::string_view& text) {
    const auto end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

/// "enrolment_key ID DIGEST END POOL" and LF; the pool in base64. One of text() and parse() each.
template <class Key>
void write_keys(std::string& text, std::string_view head, const std::vector<Key>& keys, std::string Key::*holder) {
    for (const Key& key : keys) {
        text.append(head).append(ledger::hex_encode(key.key_id)).append(" ");
        text.append(ledger::hex_encode(key.key_digest.view())).append(" ");
        text.append(key.expires.us == 0 ? "never" : ledger::time_text(key.expires)).append(" ");
        text.append(ledger::base64_encode(ledger::as_bytes(key.*holder))).append("\n");
    }
}

template <class Key>
bool read_keys(std::string_view& text, std::string_view head, std::vector<Key>& keys, std::string Key::*holder) {
    while (auto line = take_line(text, head)) {
        const auto id = ledger::hex_decode(next_word(*line));
        const auto digest = ledger::hex_decode(next_word(*line));
        const std::string_view end = next_word(*line);
        const auto name = ledger::base64_decode(*line);
        Key key;
        if (!id || id->size() != key.key_id.size() || !digest || digest->size() != ledger::Digest::size_bytes)
            return false;
        if (!name || name->empty() || name->size() > ledger::pool_bytes_max || keys.size() == kept_keys_max)
            return false;
        std::ranges::copy(*id, key.key_id.begin());
        key.key_digest = ledger::Digest::from(*digest);
        key.*holder = std::string(name->begin(), name->end());
        if (end != "never") {
            const auto at = ledger::parse_time(end);
            if (!at || at->us <= 0) return false;
            key.expires = *at;
        }
        if (!keys.empty() && keys.back().key_id >= key.key_id) return false;
        keys.push_back(std::move(key));
    }
    return true;
}

constexpr std::string_view enrolment_key_head = "enrolment_key ";
constexpr std::string_view log_key_head = "log_key ";

/// A memory BIO whose content is wiped with it.
struct SecretBio {
    SecretBio() : bio(BIO_new(BIO_s_secmem())) { ACTLEDGER_ASSERT(bio != nullptr); }
    ledger::BioPointer bio;
};

/// One recipient, with a passphrase.
bool has_passphrase(CMS_ContentInfo* cms) {
    STACK_OF(CMS_RecipientInfo)* const recipients = CMS_get0_RecipientInfos(cms);
    return recipients != nullptr && sk_CMS_RecipientInfo_num(recipients) == 1 &&
           CMS_RecipientInfo_type(sk_CMS_RecipientInfo_value(recipients, 0)) == CMS_RECIPINFO_PASS;
}

/// How often the passphrase is stretched, so that a foreign file cannot keep us busy for hours. OpenSSL has no getter:
/// the recipient comes first, and in it id-PBKDF2 with SEQUENCE { OCTET STRING salt, INTEGER rounds, … } (RFC 8018,
/// A.2).
bool stretches_within_reason(ByteView der) {
    constexpr std::array<std::uint8_t, 11> pbkdf2{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c};
    const auto found = std::search(der.begin(), der.end(), pbkdf2.begin(), pbkdf2.end());
    if (found == der.end()) return false;
    const ByteView rest(found + pbkdf2.size(), der.end());
    if (rest.size() < 4 || rest[0] != 0x30 || rest[2] != 0x04 || rest[3] > 64) return false;
    const std::size_t at = std::size_t{4} + rest[3];
    if (rest.size() < at + 2 || rest[at] != 0x02 || rest[at + 1] < 1 || rest[at + 1] > 4) return false;
    if (rest.size() < at + 2 + rest[at + 1]) return false;
    std::uint64_t rounds = 0;
    for (const std::uint8_t byte : rest.subspan(at + 2, rest[at + 1])) rounds = rounds << 8 | byte;
    return rounds >= 1 && rounds <= passphrase_rounds_max;
}

}  // namespace

std::string_view name_of(SecretRole role) { return names.at(static_cast<std::size_t>(role)); }

const Secret* Secrets::find(SecretRole role) const {
    const auto found = std::ranges::find(files, role, &Secret::role);
    return found == files.end() ? nullptr : &*found;
}

std::string Secrets::text() const {
    std::string text(first_line);
    text.append("server ").append(server_id).append("\n");
    text.append("made ").append(ledger::time_text_seconds(made_at)).append("\n");
    for (const Secret& file : files) {
        text.append("file ").append(name_of(file.role)).append(" ");
        text.append(ledger::base64_encode(ledger::as_bytes(file.content))).append("\n");
    }
    write_keys(text, enrolment_key_head, enrolment_keys, &ledger::EnrolmentKeyCreated::pool);
    write_keys(text, log_key_head, log_keys, &ledger::LogKeyCreated::reader);
    return text;
}

Result<Secrets> Secrets::parse(std::string_view text) {
    const Error malformed{errc::secrets_malformed};
    const std::string_view whole = text;
    Secrets secrets;
    const auto head = take_line(text, first_line.substr(0, first_line.size() - 1));
    const auto server = take_line(text, "server ");
    const auto made = take_line(text, "made ");
    if (!head || !server || !made || !ledger::is_server_id(*server)) return malformed;
    secrets.server_id = *server;
    const auto at = ledger::parse_time_seconds(*made);
    if (!at) return malformed;
    secrets.made_at = *at;
    while (const auto line = take_line(text, "file ")) {
        const auto space = line->find(' ');
        const auto role = space == line->npos ? std::nullopt : find_role(line->substr(0, space));
        if (!role || (!secrets.files.empty() && *role <= secrets.files.back().role)) return malformed;
        const auto content = ledger::base64_decode(line->substr(space + 1));
        if (!content || content->empty() || content->size() > secret_bytes_max) return malformed;
        secrets.files.push_back({*role, std::string(content->begin(), content->end())});
    }
    const bool keys_read =
        read_keys(text, enrolment_key_head, secrets.enrolment_keys, &ledger::EnrolmentKeyCreated::pool) &&
        read_keys(text, log_key_head, secrets.log_keys, &ledger::LogKeyCreated::reader);
    if (!keys_read || !text.empty() || secrets.text() != whole) return malformed;
    return secrets;
}

ledger::Bytes seal_secrets(const Secrets& secrets, std::string_view passphrase) {
    const CmsPointer cms(CMS_AuthEnvelopedData_create(EVP_aes_256_gcm()));
    ACTLEDGER_ASSERT(cms != nullptr);
    // The recipient keeps a copy of its own, which OpenSSL wipes.
    auto* const copy = static_cast<unsigned char*>(OPENSSL_memdup(passphrase.data(), passphrase.size()));
    ACTLEDGER_ASSERT(copy != nullptr);
    ACTLEDGER_ASSERT(CMS_add0_recipient_password(cms.get(), static_cast<int>(passphrase_rounds), NID_id_alg_PWRI_KEK,
                                                 -1, copy, static_cast<ossl_ssize_t>(passphrase.size()),
                                                 EVP_aes_256_cbc()) != nullptr);
    CMS_set_detached(cms.get(), 0);
    std::string text = secrets.text();
    const auto in = ledger::read_only_bio(ledger::as_bytes(text));
    ACTLEDGER_ASSERT(CMS_final(cms.get(), in.get(), nullptr, CMS_BINARY) == 1);
    OPENSSL_cleanse(text.data(), text.size());
    return ledger::encode_der(i2d_CMS_ContentInfo, cms.get());
}

Result<Secrets> open_secrets(ByteView der, std::string_view passphrase) {
    const unsigned char* at = der.data();
    const CmsPointer cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
    const bool ours = cms != nullptr && at == der.data() + der.size() &&
                      OBJ_obj2nid(CMS_get0_type(cms.get())) == NID_id_smime_ct_authEnvelopedData &&
                      has_passphrase(cms.get()) && stretches_within_reason(der);
    if (!ours) {
        ERR_clear_error();
        return Error{errc::secrets_foreign};
    }
    std::string key(passphrase);  // not const in OpenSSL, and not written to
    const int unwrapped = CMS_decrypt_set1_password(cms.get(), reinterpret_cast<unsigned char*>(key.data()),
                                                    static_cast<ossl_ssize_t>(key.size()));
    OPENSSL_cleanse(key.data(), key.size());
    if (unwrapped != 1) {
        ERR_clear_error();
        return Error{errc::secrets_passphrase_wrong};
    }
    const SecretBio out;
    if (CMS_decrypt(cms.get(), nullptr, nullptr, nullptr, out.bio.get(), CMS_BINARY) != 1) {
        ERR_clear_error();
        return Error{errc::secrets_altered};
    }
    return Secrets::parse(ledger::as_text(ledger::bio_contents(out.bio.get())));
}

}  // namespace cli
