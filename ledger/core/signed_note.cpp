#include <algorithm>

#include "ledger/core/checkpoint.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/utf8.hpp"

namespace ledger {
namespace {

constexpr std::string_view signature_line_start = "\u2014 ";
constexpr std::size_t key_id_bytes = 4;

Error malformed(const char* what) { return {errc::malformed_note, what}; }

/// Valid UTF-8 without control characters other than the newline.
bool is_note_text(std::string_view text) {
    while (!text.empty()) {
        const auto code_point = take_code_point(text);
        if (!code_point || (*code_point < 0x20 && *code_point != '\n')) return false;
    }
    return true;
}

bool is_key_name(std::string_view name) {
    if (name.empty()) return false;
    while (!name.empty()) {
        const auto code_point = take_code_point(name);
        if (!code_point || *code_point == '+' || is_unicode_space(*code_point)) return false;
    }
    return true;
}

/// @param line  without its newline.
Result<SignedNote::Signature> parse_signature_line(std::string_view line) {
    if (!line.starts_with(signature_line_start)) return malformed("a signature line does not begin with an em dash");
    line.remove_prefix(signature_line_start.size());
    const auto space = line.find(' ');
    if (space == line.npos) return malformed("a signature line without a signature");
    SignedNote::Signature signature;
    signature.key_name = line.substr(0, space);
    if (!is_key_name(signature.key_name)) return malformed("a key name with a space or a plus sign, or none");
    auto bytes = base64_decode(line.substr(space + 1));
    if (!bytes || bytes->size() <= key_id_bytes)
        return malformed("a signature that is not a key id and more in base64");
    std::copy_n(bytes->begin(), key_id_bytes, signature.key_id.begin());
    signature.signature.assign(bytes->begin() + key_id_bytes, bytes->end());
    return signature;
}

void append_signature_line(std::string& text, std::string_view key_name,
                           std::span<const std::uint8_t, key_id_bytes> key_id, ByteView signature) {
    Bytes bytes(key_id.begin(), key_id.end());
    bytes.insert(bytes.end(), signature.begin(), signature.end());
    text += signature_line_start;
    text += key_name;
    text += ' ';
    base64_append(text, bytes);
    text += '\n';
}

bool is_of_key(const SignedNote::Signature& signature, std::string_view key_name,
               const std::array<std::uint8_t, key_id_bytes>& key_id) {
    return signature.key_name == key_name && signature.key_id == key_id;
}

}  // namespace

Result<SignedNote> SignedNote::parse(std::string_view text) {
    if (text.size() > note_bytes_max) return Error{errc::too_large, "signed note"};
    if (!is_note_text(text)) return malformed("not UTF-8, or a control character");
    // The last empty line parts the text from the signatures.
    const auto split = text.rfind("\n\n");
    if (split == text.npos) return malformed("no empty line");
    std::string_view lines = text.substr(split + 2);
    if (lines.empty() || lines.back() != '\n') return malformed("no signature line, or the last one is not ended");

    SignedNote note;
    note.body = text.substr(0, split + 1);
    while (!lines.empty()) {
        if (note.signatures.size() == note_signatures_max) return Error{errc::too_large, "signature lines"};
        const auto end = lines.find('\n');
        ACTLEDGER_TRY(Signature signature, parse_signature_line(lines.substr(0, end)));
        for (const Signature& other : note.signatures) {
            if (is_of_key(other, signature.key_name, signature.key_id)) return malformed("two signatures of one key");
        }
        note.signatures.push_back(std::move(signature));
        lines.remove_prefix(end + 1);
    }
    return note;
}

std::string SignedNote::text() const {
    std::string text = body + '\n';
    for (const Signature& signature : signatures) {
        append_signature_line(text, signature.key_name, signature.key_id, signature.signature);
    }
    return text;
}

Result<std::string> sign_note(const Suite& suite, std::string_view body, std::string_view key_name, Signer& signer) {
    ACTLEDGER_ASSERT(body.ends_with('\n') && is_note_text(body) && is_key_name(key_name));
    ACTLEDGER_TRY(const Bytes signature, signer.sign(as_bytes(body)));
    std::string text;
    text.reserve(body.size() + key_name.size() + signature.size() * 2);
    text += body;
    text += '\n';
    append_signature_line(text, key_name, suite.note_key_id(key_name, signer.public_key()), signature);
    return text;
}

Result<void> verify_note(const Suite& suite, const SignedNote& note, std::string_view key_name, const PublicKey& key) {
    const auto key_id = suite.note_key_id(key_name, key);
    const auto line =
        std::ranges::find_if(note.signatures, [&](const auto& s) { return is_of_key(s, key_name, key_id); });
    if (line == note.signatures.end()) return Error{errc::unknown_key, "no signature of " + std::string(key_name)};
    return key.verify(as_bytes(note.body), line->signature);
}

}  // namespace ledger
