#pragma once
// ledger/core/shown_head.hpp: a signed head that somebody shows to a ledger, as a client does: which key signed it. A
// ledger that was set back to before its key was replaced does not know the key of what it did since; the vendor's
// certificates over that key, shown beside the head, say whose it is (docs/formats/http.md, "Checkpoints of clients").

#include <optional>

#include "ledger/core/certificate_chain.hpp"
#include "ledger/core/key_epochs.hpp"

namespace ledger {

/// Who signed a head.
struct HeadSigner {
    /// A key that the vendor certified for this server, and that the log knows nothing of; nothing: a key of the log.
    std::optional<PublicKey> later_key;
    /// That key is of the past, or never served, by what the log knows (RetiredKeys): its heads are no evidence.
    bool retired = false;
};

/// Keys that the vendor once certified for this server, and that cannot have taken over from the log that is here: in
/// whose hands they are is not known.
struct RetiredKeys {
    std::vector<Digest> given_up;              ///< Suite's hash of the SPKI: by the vendor's file for a lost log.
    std::vector<Digest> revoked_certificates;  ///< Fingerprints, by the revocations in the log.
};

/// Keys of the log first: then the certificates are not looked at. A key of the log that may not sign under the head's
/// origin may not do so by its certificate either: it was replaced, and may be in anybody's hands.
/// @param keys          of the log.
/// @param certificates  DER, as shown beside the head; may be none.
/// @param root          pinned in the log.
/// @param retired       by the log.
/// @return errc::unknown_key (also for certificates of another key than the one that signed), errc::bad_signature; what
///         certified_key returns
[[nodiscard]] Result<HeadSigner> verify_shown_head(const Suite& suite, const SignedCheckpoint& head,
                                                   const KeyEpochs& keys, std::span<const Bytes> certificates,
                                                   const Certificate& root, const RetiredKeys& retired);

/// The head is signed by the key that the vendor certified so for the server in its origin.
/// @return that key; errc::unknown_key, bad_signature; what certified_key returns
[[nodiscard]] Result<PublicKey> verify_certified_head(const Suite& suite, const SignedCheckpoint& head,
                                                      std::span<const Bytes> certificates, const Certificate& root);

}  // namespace ledger
