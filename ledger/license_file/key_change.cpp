#include "ledger/license_file/key_change.hpp"

#include "ledger/core/certificate_chain.hpp"
#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/rotation.hpp"

namespace ledger {
namespace {

using Reason = IncarnationOpened::Reason;

Error certificate_wrong(std::string reason) {
    return {license_file::errc::lost_log_certificate_wrong, {}, {{"reason", std::move(reason)}}};
}

Result<void> verify_anchored_key(const Event& event, const IncarnationOpened& opened, const KeyEpochs& before,
                                 const Certificate& root) {
    ACTLEDGER_TRY(const Origin origin, Origin::parse(event.origin));
    ACTLEDGER_TRY(const PublicKey key,
                  check_anchored_key(opened.server_certificate, root, opened.known_head, origin.server_id));
    KeyEpochs after = before;
    after.apply(event);
    // The anchor's first key is that of event 0, and each of them is a point of the curve.
    if (!(after.present().key == key)) return certificate_wrong("the anchor's keys are not those of this log");
    return {};
}

}  // namespace

Result<PublicKey> check_anchored_key(const Bytes& certificate, const Certificate& root, std::string_view anchor_note,
                                     std::string_view server_id) {
    auto key = certified_key(default_suite(), std::span(&certificate, 1), root, server_id);
    if (!key) return certificate_wrong(key.error().describe());
    const auto anchor = verify_anchor(default_suite(), as_bytes(anchor_note), *key);
    if (!anchor) return certificate_wrong("its key did not sign the anchor");
    if (anchor->keys.size() < 2) return certificate_wrong("the anchor names one key alone");
    return key;
}

Result<std::optional<VerifiedReendorsement>> verify_key_change(const Event& event, const KeyEpochs& before,
                                                               const Certificate& root) {
    const auto* opened = std::get_if<IncarnationOpened>(&event.body);
    ACTLEDGER_ASSERT(opened != nullptr && opened->hands_over());
    if (by_vendor(opened->reason)) {
        ACTLEDGER_TRY(VerifiedReendorsement file, verify_hand_over(event, before, root));
        return std::optional(std::move(file));
    }
    if (opened->reason == Reason::rotated) {
        ACTLEDGER_CHECK(verify_rotation(event, before, root));
    } else {
        ACTLEDGER_CHECK(verify_anchored_key(event, *opened, before, root));
    }
    return std::optional<VerifiedReendorsement>();
}

}  // namespace ledger
