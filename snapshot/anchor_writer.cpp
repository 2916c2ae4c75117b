#include "snapshot/anchor_writer.hpp"

#include <algorithm>

namespace snapshot {

ledger::Result<std::optional<ledger::Anchor>> read_anchor(const ledger::Suite& suite, const ledger::PublicKey& key,
                                                          std::span<ledger::AnchorStore* const> stores) {
    std::vector<ledger::Bytes> notes;
    for (ledger::AnchorStore* store : stores) {
        ACTLEDGER_TRY(const std::vector<ledger::Bytes> more, store->read());
        notes.insert(notes.end(), more.begin(), more.end());
    }
    return ledger::choose_anchor(suite, notes, std::span(&key, 1));
}

AnchorWriter::AnchorWriter(const ledger::Suite& suite, ledger::Anchor anchor, ledger::Signer& signer,
                           std::span<ledger::AnchorStore* const> stores)
    : suite_(suite), anchor_(std::move(anchor)), signer_(signer), stores_(stores) {
    ACTLEDGER_ASSERT(!stores.empty());
}

void AnchorWriter::reserve_all(const projections::Licenses& licenses) {
    for (ledger::AnchorLicense& license : anchor_.licenses) {
        const auto index = licenses.find(license.license_id);
        if (index) license.reserved = std::max(license.reserved, licenses.at(*index).terms.quantity);
    }
}

ledger::Result<void> AnchorWriter::write(const ledger::Origin& origin, const ledger::TreeHead& head) {
    anchor_.origin = origin;
    anchor_.head = head;
    ++anchor_.counter;
    ACTLEDGER_TRY(const ledger::Bytes note, ledger::sign_anchor(suite_, anchor_, signer_));
    ACTLEDGER_CHECK(stores_.front()->replace(note));
    second_failing_.reset();
    for (ledger::AnchorStore* second : stores_.subspan(1)) {
        if (auto put = second->replace(note); !put) second_failing_ = std::move(put).error();
    }
    return {};
}

}  // namespace snapshot
