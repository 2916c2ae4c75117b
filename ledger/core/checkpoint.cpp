#include "ledger/core/checkpoint.hpp"

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

constexpr std::size_t server_id_hash_bytes = 20;
constexpr std::size_t server_id_characters = server_id_hash_bytes * 8 / 5;
constexpr std::size_t origin_bytes_max = server_id_characters + 1 + 10;  // a slash, a number of 32 bits

Error malformed(const char* what) { return {errc::malformed_checkpoint, what}; }

}  // namespace

std::string derive_server_id(const Suite& suite, const PublicKey& first_key) {
    return base32_encode(suite.hash(first_key.spki()).view().first(server_id_hash_bytes));
}

bool is_server_id(std::string_view text) {
    if (text.size() != server_id_characters) return false;
    for (const char c : text) {
        if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'))) return false;
    }
    return true;
}

bool Origin::is_well_formed(std::string_view text) {
    if (text.size() < server_id_characters + 2 || text.size() > origin_bytes_max) return false;
    if (!is_server_id(text.substr(0, server_id_characters)) || text[server_id_characters] != '/') return false;
    const auto incarnation = decimal_decode(text.substr(server_id_characters + 1));
    return incarnation && *incarnation >= 1 && *incarnation <= UINT32_MAX;
}

std::string Origin::text() const { return server_id + '/' + std::to_string(incarnation); }

Result<Origin> Origin::parse(std::string_view text) {
    if (!is_well_formed(text)) return malformed("origin: not <server id>/<incarnation>");
    return Origin{std::string(text.substr(0, server_id_characters)),
                  static_cast<std::uint32_t>(decimal_decode(text.substr(server_id_characters + 1)).value())};
}

std::string Checkpoint::body() const {
    std::string body = origin.text();
    body += '\n';
    body += std::to_string(head.size.value);
    body += '\n';
    base64_append(body, head.root.view());
    body += '\n';
    return body;
}

Result<Checkpoint> Checkpoint::parse_body(std::string_view body) {
    std::array<std::string_view, 3> lines;
    for (std::string_view& line : lines) {
        const auto end = body.find('\n');
        if (end == body.npos) return malformed("fewer than three lines");
        line = body.substr(0, end);
        body.remove_prefix(end + 1);
    }
    if (!body.empty()) return malformed("more than three lines");
    ACTLEDGER_TRY(Origin origin, Origin::parse(lines[0]));
    const auto size = decimal_decode(lines[1]);
    if (!size || *size > tree_size_max.value) return malformed("tree size");
    const auto root = base64_decode(lines[2]);
    if (!root || root->size() != Digest::size_bytes) return malformed("root hash");
    return Checkpoint{std::move(origin), {{*size}, Digest::from(*root)}};
}

Result<SignedCheckpoint> SignedCheckpoint::parse(std::string_view text) {
    ACTLEDGER_TRY(SignedNote note, SignedNote::parse(text));
    ACTLEDGER_TRY(Checkpoint checkpoint, Checkpoint::parse_body(note.body));
    const std::string origin = checkpoint.origin.text();
    for (const SignedNote::Signature& signature : note.signatures) {
        if (signature.key_name == origin) return SignedCheckpoint{std::move(checkpoint), std::move(note)};
    }
    return malformed("no signature under the origin's name");
}

}  // namespace ledger
