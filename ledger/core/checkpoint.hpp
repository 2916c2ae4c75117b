#pragma once
// ledger/core/checkpoint.hpp: the signed statement "the ledger had this tree head at this size": C2SP tlog-checkpoint
// in a C2SP signed-note. Knows neither LMDB, PKCS#11, HTTP nor JSON. Format: docs/formats/checkpoint.md.

#include "ledger/core/signer.hpp"
#include "ledger/core/tree.hpp"

namespace ledger {

constexpr std::size_t note_bytes_max = 64 * 1024;
constexpr std::size_t note_signatures_max = 16;

/// A C2SP signed note, split but not verified. No key (name and id) signs twice.
struct SignedNote {
    struct Signature {
        std::string key_name;
        std::array<std::uint8_t, 4> key_id{};
        Bytes signature;  ///< What follows the key id.
    };
    std::string body;  ///< The signed text, ending in a newline.
    std::vector<Signature> signatures;

    /// Strict: one accepted spelling. @return errc::malformed_note, errc::too_large
    [[nodiscard]] static Result<SignedNote> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};

/// Signs `body` (asserted to be a note's text, ending in a newline) under `key_name` (asserted to be one); one
/// signature line.
[[nodiscard]] Result<std::string> sign_note(const Suite& suite, std::string_view body, std::string_view key_name,
                                            Signer& signer);
/// Accepts when a signature line with this key name and this key's id verifies; other lines are passed over.
/// @return errc::unknown_key when no line is of this key; errc::bad_signature
[[nodiscard]] Result<void> verify_note(const Suite& suite, const SignedNote& note, std::string_view key_name,
                                       const PublicKey& key);

/// "<server id>/<incarnation>"; the incarnation is 1 or more, decimal without leading zeros.
struct Origin {
    std::string server_id;  ///< 32 characters of base32.
    std::uint32_t incarnation = 1;
    bool operator==(const Origin&) const = default;
    [[nodiscard]] std::string text() const;
    /// What text() writes; allocates nothing.
    [[nodiscard]] static bool is_well_formed(std::string_view text);
    /// @return errc::malformed_checkpoint
    [[nodiscard]] static Result<Origin> parse(std::string_view text);
};

/// Whether a log whose event 0 is under this origin begins with the server's first key, from which its id is derived. A
/// later one begins where an earlier one was lost, perhaps with another key: then certificates alone say whose it is.
[[nodiscard]] inline bool begins_with_first_key(const Origin& origin) { return origin.incarnation == 1; }

/// The server id of a first public key: base32 over the first 20 bytes of the suite's hash of the SubjectPublicKeyInfo.
[[nodiscard]] std::string derive_server_id(const Suite& suite, const PublicKey& first_key);

/// 32 characters of lower-case base32.
[[nodiscard]] bool is_server_id(std::string_view text);

/// A checkpoint's text: origin, tree size and root hash; no extension lines.
struct Checkpoint {
    Origin origin;
    TreeHead head;
    bool operator==(const Checkpoint&) const = default;

    [[nodiscard]] std::string body() const;
    /// @return errc::malformed_checkpoint
    [[nodiscard]] static Result<Checkpoint> parse_body(std::string_view body);
};

/// Parses note and body, and checks that a signature bears the origin's name. Does not verify the signature.
struct SignedCheckpoint {
    Checkpoint checkpoint;
    SignedNote note;
    /// @return errc::malformed_note, errc::malformed_checkpoint, errc::too_large
    [[nodiscard]] static Result<SignedCheckpoint> parse(std::string_view text);
};

}  // namespace ledger
