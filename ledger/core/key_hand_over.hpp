#pragma once
// ledger/core/key_hand_over.hpp: the note by which a key that is there hands its ledger over to the next one. Format:
// docs/formats/rotation.md; why: docs/adr/0034-rotating-a-key.md.

#include "ledger/core/checkpoint.hpp"

namespace ledger {

/// What the key says of itself, of the next one, and of the ledger that it leaves. Value type.
struct KeyHandOver {
    Checkpoint head;  ///< All that the ledger has; its origin is the note's key name.
    Digest key;       ///< Suite's hash of the DER SubjectPublicKeyInfo of the key that signs the note.
    Digest next;      ///< The same of the key that takes over; another one than `key`.

    /// The note's text; asserts that the two keys differ.
    [[nodiscard]] std::string body() const;
    /// Strict: body() of the result is the input. @return errc::malformed_hand_over
    [[nodiscard]] static Result<KeyHandOver> parse_body(std::string_view body);
};

/// Parsed, not verified.
struct SignedHandOver {
    KeyHandOver hand_over;
    SignedNote note;
    /// @return errc::malformed_hand_over, malformed_note, too_large
    [[nodiscard]] static Result<SignedHandOver> parse(std::string_view text);
    /// The key signed it that it names. @return errc::unknown_key, bad_signature
    [[nodiscard]] Result<void> verify(const Suite& suite, const PublicKey& key) const;
};

/// @pre `signer` has the key that the hand-over names as its own (asserted). @return the signer's error
[[nodiscard]] Result<std::string> sign_hand_over(const Suite& suite, const KeyHandOver& hand_over, Signer& signer);

}  // namespace ledger
