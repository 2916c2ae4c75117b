#include "snapshot/anchor_writer.hpp"

#include <algorithm>

#include "snapshot/errc.hpp"

namespace snapshot {

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

ledger::Result<void> check_untouched(const ledger::Suite& suite, ledger::AnchorStore& token,
                                     const ledger::PublicKey& key, const std::string& server_id, std::uint64_t newest) {
    ACTLEDGER_TRY(const std::vector<ledger::Bytes> notes, token.read());
    const auto now = ledger::choose_anchor(suite, notes, std::span(&key, 1));
    if (!now || now->origin.server_id != server_id || now->counter <= newest) return {};
    return ledger::Error{errc::recovery_overtaken,
                         {},
                         {{"origin", now->origin.text()}, {"anchor_size", std::to_string(now->head.size.value)}}};
}

}  // namespace snapshot
