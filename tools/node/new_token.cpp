#include "tools/node/new_token.hpp"

#include <algorithm>

#include "tools/node/errc.hpp"

namespace node {

using ledger::Anchor;
using ledger::Bytes;
using ledger::Error;
using ledger::Result;

std::optional<SignedAnchor> newest_anchor(const ledger::Suite& suite, const std::vector<Bytes>& notes,
                                          std::span<const ledger::PublicKey> keys) {
    auto chosen = ledger::choose_anchor(suite, notes, keys);
    if (!chosen) return std::nullopt;
    for (const Bytes& note : notes) {
        for (const ledger::PublicKey& key : keys) {
            const auto anchor = ledger::verify_anchor(suite, note, key);
            if (anchor && *anchor == *chosen)
                return SignedAnchor{*std::move(chosen), std::string(ledger::as_text(note))};
        }
    }
    ledger::assertion_failed("the chosen anchor is one of the notes", __FILE__, __LINE__);
}

std::uint32_t newest_incarnation(const std::vector<Bytes>& notes, const std::string& server_id) {
    std::uint32_t newest = 0;
    for (const Bytes& note : notes) {
        const auto parsed = ledger::SignedNote::parse(ledger::as_text(note));
        if (!parsed) continue;
        const auto anchor = Anchor::parse_body(parsed->body);
        if (anchor && anchor->origin.server_id == server_id) newest = std::max(newest, anchor->origin.incarnation);
    }
    return newest;
}

Result<std::optional<Anchor>> check_new_token(const std::optional<SignedAnchor>& found, const std::string& server_id) {
    if (!found) return std::optional<Anchor>();
    const Anchor& anchor = found->anchor;
    if (anchor.origin.server_id == server_id) return std::optional(anchor);
    if (anchor.head.size.value == 0) return std::optional<Anchor>();
    return Error{errc::hsm_in_use,
                 {},
                 {{"server_id", anchor.origin.server_id}, {"anchor_size", std::to_string(anchor.head.size.value)}}};
}

std::string key_text(const ledger::Suite& suite, const ledger::PublicKey& key) {
    return ledger::hex_encode(suite.hash(key.spki()).view());
}

}  // namespace node
