#include "ledger/core/shown_head.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"

namespace ledger {

namespace {

/// The certificates hold.
bool is_retired(const Suite& suite, const PublicKey& key, std::span<const Bytes> certificates,
                const RetiredKeys& retired) {
    const auto names = [](const std::vector<Digest>& all, const Digest& one) {
        return std::ranges::find(all, one) != all.end();
    };
    if (names(retired.given_up, suite.hash(key.spki()))) return true;
    return std::ranges::any_of(certificates, [&](const Bytes& der) {
        const auto certificate = Certificate::from_der(der);
        return certificate && names(retired.revoked_certificates, certificate->fingerprint());
    });
}

}  // namespace

Result<PublicKey> verify_certified_head(const Suite& suite, const SignedCheckpoint& head,
                                        std::span<const Bytes> certificates, const Certificate& root) {
    const Origin& origin = head.checkpoint.origin;
    ACTLEDGER_TRY(PublicKey key, certified_key(suite, certificates, root, origin.server_id));
    ACTLEDGER_CHECK(verify_note(suite, head.note, origin.text(), key));
    return key;
}

Result<HeadSigner> verify_shown_head(const Suite& suite, const SignedCheckpoint& head, const KeyEpochs& keys,
                                     std::span<const Bytes> certificates, const Certificate& root,
                                     const RetiredKeys& retired) {
    const auto by_known = keys.verify(suite, head.note, head.checkpoint.origin);
    if (by_known) return HeadSigner{};
    if (by_known.error().code != errc::unknown_key || certificates.empty()) return by_known.error();
    ACTLEDGER_TRY(PublicKey key, verify_certified_head(suite, head, certificates, root));
    if (std::ranges::find(keys.all(), key, &KeyEpoch::key) != keys.all().end()) return by_known.error();
    const bool is_of_past = is_retired(suite, key, certificates, retired);
    return HeadSigner{std::move(key), is_of_past};
}

}  // namespace ledger
