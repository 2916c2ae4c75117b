#pragma once
// ledger/license_file/issuer_check.hpp: what a licence, a revocation and a re-endorsement have in common: a message
// that somebody of one purpose under the pinned root signed. Private to this folder.

#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/signed_message.hpp"

namespace ledger {

/// Which refusals to give: each kind of file has its own.
struct IssuerRefusals {
    license_file::errc issuer_unknown;
    license_file::errc wrong_purpose;
    license_file::errc not_valid_then;
    license_file::errc signature_bad;
    Purpose purpose = Purpose::license_issuer;
};

/// Chain, purpose and validity at the signing time; then the signature.
[[nodiscard]] Result<void> check_issuer(const SignedMessage& message, const Certificate& root,
                                        const IssuerRefusals& refusals);

}  // namespace ledger
