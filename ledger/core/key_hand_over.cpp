#include "ledger/core/key_hand_over.hpp"

#include <array>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"

namespace ledger {
namespace {

constexpr std::string_view first_line = "actledger-key-handover/1";
constexpr std::size_t lines_after_first = 4;

// The longest note, as docs/formats/rotation.md counts it.
constexpr std::size_t origin_bytes_max = 32 + 1 + 10;
constexpr std::size_t digest_text_bytes = 44;
constexpr std::size_t body_bytes_max = first_line.size() + 1 + sizeof "origin " + origin_bytes_max + sizeof "head " +
                                       20 + 1 + digest_text_bytes + sizeof "key " + sizeof "next " +
                                       2 * digest_text_bytes;
constexpr std::size_t signature_bytes_max = 1 + 4 + origin_bytes_max + 1 + 104 + 1;
static_assert(body_bytes_max + signature_bytes_max <= hand_over_bytes_max);

Error malformed(const char* what) { return {errc::malformed_hand_over, what}; }

std::optional<Digest> read_digest(std::string_view text) {
    const auto bytes = base64_decode(text);
    if (!bytes || bytes->size() != Digest::size_bytes) return std::nullopt;
    return Digest::from(*bytes);
}

/// Takes "<name> <value>\n" off `rest`. @return the value, or nothing
std::optional<std::string_view> take_line(std::string_view& rest, std::string_view name) {
    const auto end = rest.find('\n');
    if (end == rest.npos || !rest.starts_with(name) || rest.substr(0, end).size() <= name.size()) return std::nullopt;
    const auto value = rest.substr(name.size(), end - name.size());
    rest.remove_prefix(end + 1);
    if (!value.starts_with(' ')) return std::nullopt;
    return value.substr(1);
}

}  // namespace

std::string KeyHandOver::body() const {
    ACTLEDGER_ASSERT(key != next);
    std::string text(first_line);
    text += "\norigin " + head.origin.text();
    text += "\nhead " + std::to_string(head.head.size.value) + ' ' + base64_encode(head.head.root.view());
    text += "\nkey " + base64_encode(key.view());
    text += "\nnext " + base64_encode(next.view());
    return text += '\n';
}

Result<KeyHandOver> KeyHandOver::parse_body(std::string_view body) {
    if (body.size() > body_bytes_max) return malformed("longer than a hand-over can be");
    std::string_view rest = body;
    if (!rest.starts_with(first_line) || rest.size() == first_line.size() || rest[first_line.size()] != '\n') {
        return malformed("the first line");
    }
    rest.remove_prefix(first_line.size() + 1);
    constexpr std::array<std::string_view, lines_after_first> names{"origin", "head", "key", "next"};
    std::array<std::string_view, lines_after_first> values;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto value = take_line(rest, names[i]);
        if (!value) return malformed("a line is missing, or out of place");
        values[i] = *value;
    }
    auto origin = Origin::parse(values[0]);
    const auto space = values[1].find(' ');
    const auto size = decimal_decode(values[1].substr(0, space));
    const auto root = read_digest(space == values[1].npos ? std::string_view{} : values[1].substr(space + 1));
    const auto key = read_digest(values[2]);
    const auto next = read_digest(values[3]);
    if (!origin || !size || *size == 0 || *size > tree_size_max.value || !root || !key || !next || *key == *next) {
        return malformed("a value that cannot be");
    }
    KeyHandOver found{{*std::move(origin), {{*size}, *root}}, *key, *next};
    if (found.body() != body) return malformed("not in the one accepted spelling");
    return found;
}

Result<SignedHandOver> SignedHandOver::parse(std::string_view text) {
    if (text.size() > hand_over_bytes_max) return Error{errc::too_large, "a hand-over"};
    ACTLEDGER_TRY(SignedNote note, SignedNote::parse(text));
    ACTLEDGER_TRY(KeyHandOver hand_over, KeyHandOver::parse_body(note.body));
    const bool by_one = note.signatures.size() == 1 && note.signatures.front().key_name == hand_over.head.origin.text();
    if (!by_one) return malformed("it bears one signature, in the origin's name");
    return SignedHandOver{std::move(hand_over), std::move(note)};
}

Result<void> SignedHandOver::verify(const Suite& suite, const PublicKey& key) const {
    if (suite.hash(key.spki()) != hand_over.key) return Error{errc::unknown_key, "the note names another key"};
    return verify_note(suite, note, hand_over.head.origin.text(), key);
}

Result<std::string> sign_hand_over(const Suite& suite, const KeyHandOver& hand_over, Signer& signer) {
    ACTLEDGER_ASSERT(suite.hash(signer.public_key().spki()) == hand_over.key);
    return sign_note(suite, hand_over.body(), hand_over.head.origin.text(), signer);
}

}  // namespace ledger
