#pragma once
// ledger/core/anchor.hpp: what the token remembers for a ledger whose disk may be lost or rolled back: a signed note.
// Knows not where it is kept. Format and limits: docs/formats/anchor.md.

#include <optional>
#include <vector>

#include "ledger/core/anchor_limits.hpp"
#include "ledger/core/checkpoint.hpp"

namespace ledger {

/// A signing key's reign.
struct AnchorKey {
    std::uint32_t epoch = 1;
    std::uint32_t incarnation = 1;  ///< The first one whose heads it signed.
    CompressedKey key{};
    /// Instead of the two above in version 1 of the format: suite's hash of the DER SubjectPublicKeyInfo.
    std::optional<Digest> digest;
    [[nodiscard]] bool is(const Suite& suite, const PublicKey& other) const;
    bool operator==(const AnchorKey&) const = default;
};

struct AnchorLicense {
    enum class State { live, superseded, revoked };
    std::string license_id;  ///< 1 to 64 of A-Z a-z 0-9 . _ -
    State state = State::live;
    /// Suite's hash of the licence's JSON terms (`info`), and not of license.bin: an ECDSA signature has two forms, so
    /// a file whose terms are revoked could come back with other bytes.
    Digest terms_digest;
    std::uint64_t reserved = 0;  ///< Seats that may have been given; never lower than those that were.
    bool operator==(const AnchorLicense&) const = default;
};

struct Anchor {
    Origin origin;
    std::uint64_t counter = 1;  ///< Grows with each attempt to replace it, over all incarnations.
    TreeHead head;              ///< A released head.
    std::array<std::uint8_t, 32> device_salt{};
    /// Epochs and incarnations ascend; at least one; the last one signs. Either all have a digest, or none.
    std::vector<AnchorKey> keys;
    std::vector<AnchorLicense> licenses;  ///< Ascending by id (bytes), each once.
    bool operator==(const Anchor&) const = default;

    /// The note's text; asserts the limits and orders above.
    [[nodiscard]] std::string body() const;
    /// Strict: body() of the result is the input. @return errc::malformed_anchor
    [[nodiscard]] static Result<Anchor> parse_body(std::string_view body);
    /// Whether the text claims to be an anchor's: what else a note of the server can be is a checkpoint.
    [[nodiscard]] static bool is_body(std::string_view body);
    /// The version that a text claims which would be an anchor's in a form that is not known here.
    [[nodiscard]] static std::optional<std::string> unknown_version(std::string_view body);
    /// Names one more key, which signs from now on. Of more than anchor_keys_max the first and the newest ones stay:
    /// the server id follows from the first.
    void add_key(const AnchorKey& next);
    [[nodiscard]] bool names(const Suite& suite, const PublicKey& key) const;
    [[nodiscard]] const AnchorLicense* find(std::string_view license_id) const;
};

/// The anchor as a note under its origin's name. @return the signer's error
[[nodiscard]] Result<Bytes> sign_anchor(const Suite& suite, const Anchor& anchor, Signer& signer);
/// Parses and verifies: the note is by its origin, its last key is `key`, and that key signed.
/// @return errc::malformed_anchor, unknown_key, bad_signature, too_large
[[nodiscard]] Result<Anchor> verify_anchor(const Suite& suite, ByteView note, const PublicKey& key);

/// The valid note with the greatest (incarnation, counter, head size), or nothing if none is valid.
/// @param keys  the keys that may have signed: the token's present one and, just after a rotation, the one before.
[[nodiscard]] std::optional<Anchor> choose_anchor(const Suite& suite, std::span<const Bytes> notes,
                                                  std::span<const PublicKey> keys);

}  // namespace ledger
