#pragma once
// tools/node/new_token.hpp: what the notes on a token, and beside it, say of a key that is to take a server over, or
// that was lost.

#include <optional>

#include "ledger/core/anchor.hpp"

namespace node {

/// An anchor that verifies, and as it was signed.
struct SignedAnchor {
    ledger::Anchor anchor;
    std::string note;
};

/// The newest anchor among the notes that one of the keys signed.
[[nodiscard]] std::optional<SignedAnchor> newest_anchor(const ledger::Suite& suite,
                                                        const std::vector<ledger::Bytes>& notes,
                                                        std::span<const ledger::PublicKey> keys);

/// The greatest incarnation in all that calls itself an anchor of this server, whoever signed it; 0: nothing does. A
/// number that may have been used is passed over.
[[nodiscard]] std::uint32_t newest_incarnation(const std::vector<ledger::Bytes>& notes, const std::string& server_id);

/// What the new token remembers: nothing but its own making, or an attempt to take this server over.
/// @return errc::hsm_in_use for the token of another ledger
[[nodiscard]] ledger::Result<std::optional<ledger::Anchor>> check_new_token(const std::optional<SignedAnchor>& found,
                                                                            const std::string& server_id);

/// SHA-256 of the key, in hex, for people.
[[nodiscard]] std::string key_text(const ledger::Suite& suite, const ledger::PublicKey& key);

}  // namespace node
