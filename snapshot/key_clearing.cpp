#include "snapshot/key_clearing.hpp"

#include "snapshot/lone_event.hpp"

namespace snapshot {

using ledger::Result;

Result<Recovered> record_clearing(const RecoveryParts& parts, ledger::Signer& signer,
                                  std::span<ledger::AnchorStore* const> anchors) {
    ACTLEDGER_ASSERT(!anchors.empty());
    const projections::Identity& identity = parts.state.identity();
    ACTLEDGER_TRY(const ledger::Origin origin, ledger::Origin::parse(identity.origin()));
    const ledger::PublicKey& key = identity.keys().present().key;
    ACTLEDGER_ASSERT(key == signer.public_key());
    Recovered done;
    done.origin = origin;
    ACTLEDGER_TRY(done.head, append_alone(parts.suite, parts.log, parts.state, origin, key,
                                          ledger::KeyCleared{parts.suite.hash(key.spki())}, signer));
    ledger::Anchor last = parts.anchor;
    last.origin = origin;
    last.head = done.head;
    ++last.counter;
    ACTLEDGER_TRY(const ledger::Bytes note, ledger::sign_anchor(parts.suite, last, signer));
    ACTLEDGER_CHECK(anchors.front()->replace(note));
    for (ledger::AnchorStore* second : anchors.subspan(1)) {
        if (auto put = second->replace(note); !put) done.second_failing = std::move(put).error();
    }
    return done;
}

}  // namespace snapshot
