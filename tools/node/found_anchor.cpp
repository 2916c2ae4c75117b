#include "tools/node/found_anchor.hpp"

#include "hsm/errc.hpp"
#include "ledger/store_read/restored_mark.hpp"
#include "tools/node/errc.hpp"

namespace node {

using ledger::Error;
using ledger::Result;

Result<FoundAnchor> find_anchor(const ledger::Suite& suite, hsm::Token& token, hsm::FolderAnchorStore* second) {
    ACTLEDGER_TRY(std::vector<ledger::Bytes> notes, token.read());
    if (second != nullptr) {
        ACTLEDGER_TRY(const std::vector<ledger::Bytes> more, second->read());
        notes.insert(notes.end(), more.begin(), more.end());
    }
    auto chosen = ledger::choose_anchor(suite, notes, std::span(&token.public_key(), 1));
    if (!chosen) return Error{hsm::errc::anchor_lost, "no anchor on the token is valid"};
    for (ledger::Bytes& note : notes) {
        const auto anchor = ledger::verify_anchor(suite, note, token.public_key());
        if (anchor && *anchor == *chosen) return FoundAnchor{*std::move(chosen), std::move(note)};
    }
    ledger::assertion_failed("the chosen anchor is one of the notes", __FILE__, __LINE__);
}

Result<void> check_standing(ledger::AnchorStanding standing, const ledger::Anchor& anchor, const ledger::Origin& origin,
                            ledger::TreeSize log_size) {
    const ledger::Fact anchor_size{"anchor_size", std::to_string(anchor.head.size.value)};
    switch (standing) {
        case ledger::AnchorStanding::foreign:
            return Error{
                errc::anchor_foreign, {}, {{"anchor_origin", anchor.origin.text()}, {"log_origin", origin.text()}}};
        case ledger::AnchorStanding::behind:
            return Error{errc::log_behind_anchor, {}, {{"log_size", std::to_string(log_size.value)}, anchor_size}};
        case ledger::AnchorStanding::unfinished:
            return Error{errc::recovery_unfinished, {}, {{"origin", origin.text()}}};
        case ledger::AnchorStanding::inconsistent:
            return Error{errc::log_contradicts_anchor, {}, {anchor_size}};
        case ledger::AnchorStanding::equal:
        case ledger::AnchorStanding::ahead:
            break;
    }
    return {};
}

Result<void> check_restored(const std::filesystem::path& folder, ledger::TreeSize log_size) {
    ACTLEDGER_TRY(const bool restored, ledger::is_as_restored(folder, log_size));
    if (!restored) return {};
    return Error{errc::restored_unconfirmed, {}, {{"log_size", std::to_string(log_size.value)}}};
}

}  // namespace node
