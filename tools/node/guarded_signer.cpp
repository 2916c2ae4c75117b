#include "tools/node/guarded_signer.hpp"

#include "tools/node/errc.hpp"

namespace node {

ledger::Result<ledger::Bytes> GuardedSigner::sign(ledger::ByteView message) {
    if (!is_open()) return ledger::Error{errc::anchor_unchecked};
    return inner_.sign(message);
}

}  // namespace node
