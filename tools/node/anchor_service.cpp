#include "tools/node/anchor_service.hpp"

#include <pthread.h>

#include "hsm/errc.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/other_labels.hpp"

namespace node {

using ledger::Error;
using ledger::Result;

AnchorService::AnchorService(AnchoredLedger ledger, hsm::Token& token, GuardedSigner& signer,
                             hsm::FolderAnchorStore* second)
    : ledger_(std::move(ledger)), token_(token), signer_(signer), second_(second) {}

AnchorService::~AnchorService() {
    stopping_ = true;
    if (trying_.joinable()) trying_.join();
}

namespace {

constexpr std::chrono::milliseconds look_again{200};
constexpr std::chrono::seconds check_again{1};
constexpr std::chrono::seconds write_patience{30};  // for a signature and the replacement on the token

/// Whether the token is at fault, which comes back by itself; else the log and the anchor do not fit.
bool may_pass(const Error& error) {
    return &error.code.category() == &hsm::category() && error.code != hsm::errc::anchor_lost &&
           error.code != hsm::errc::anchor_version_unknown;
}

}  // namespace

Result<void> AnchorService::start(std::chrono::milliseconds most, std::function<void(const Error&)> on_mismatch) {
    on_mismatch_ = std::move(on_mismatch);
    if (token_.wait_ready(most)) {
        auto checked = try_once();
        if (checked || !may_pass(checked.error())) return checked;
    }
    trying_ = std::thread([this] { keep_trying(); });
    return {};
}

void AnchorService::keep_trying() {
    ::pthread_setname_np(::pthread_self(), "anchor-retry");
    while (!stopping_) {
        if (!token_.wait_ready(look_again)) {
            std::this_thread::sleep_for(look_again);  // it does not wait for a token that waits for a person
            continue;
        }
        const auto checked = try_once();
        if (checked) return;
        if (!may_pass(checked.error())) return on_mismatch_(checked.error());
        // The token says that it is ready and fails all the same: it is not asked without a pause.
        for (auto waited = look_again; waited < check_again && !stopping_; waited += look_again) {
            std::this_thread::sleep_for(look_again);
        }
    }
}

Result<void> AnchorService::try_once() {
    auto checked = check_and_open();
    const std::lock_guard lock(mutex_);
    why_not_ = checked ? std::nullopt : std::optional(checked.error());
    return checked;
}

std::optional<Error> AnchorService::why_not() const {
    if (keeper_.load(std::memory_order_acquire) != nullptr) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return why_not_ ? *why_not_ : Error{errc::anchor_unchecked};
}

Result<void> AnchorService::check_and_open() {
    ACTLEDGER_TRY(const FoundAnchor found, find_anchor(ledger_.suite, token_, second_, &ledger_.log));
    ACTLEDGER_CHECK(
        check_whole(ledger_.suite, ledger_.log, ledger_.folder, ledger_.origin, ledger_.incarnations, found.anchor));
    if (found.anchor.device_salt != ledger_.device_salt) return Error{errc::anchor_salt_differs};
    ACTLEDGER_TRY(const ledger::TreeHead head, newest_head());
    ledger::Anchor anchor = found.anchor;
    if (!(anchor.origin == ledger_.origin)) {
        // A token that was set back to before this incarnation was opened: its head may be of a history that was
        // closed.
        anchor.origin = ledger_.origin;
        anchor.head = head;
    }
    ledger_.keys.name_in(anchor);  // one of an earlier version has their digests alone

    std::vector<ledger::AnchorStore*> stores{&token_};
    if (second_ != nullptr) stores.push_back(second_);
    const bool settled = found.settled && anchor == found.anchor;
    auto keeper = std::make_unique<hsm::AnchorKeeper>(ledger_.suite, token_, std::move(stores), anchor,
                                                      hsm::AnchorKeeperOptions{}, settled);
    ACTLEDGER_CHECK(put_licenses(*keeper));
    // Before anything is served or signed the anchor knows of all that the log has. What a server gave that was killed
    // would else be known to nobody until somebody asks for more, and a disk that is set back meanwhile would pass for
    // the whole; and so would one that is set back to before a hand-over, as long as the key before has an anchor.
    keeper->released(head);
    ACTLEDGER_CHECK(keeper->flush_or_fail(write_patience));
    // Of a hand-over that was stopped before its end, or was made by an earlier version. One that stays says nothing
    // against this ledger, and the next start tries again.
    static_cast<void>(forget_given_up(ledger_.suite, ledger_.origin.server_id,
                                      given_up_keys(ledger_.keys, token_.public_key()), found.others, token_));

    const std::lock_guard lock(mutex_);
    for (const auto& license : licenses_) ACTLEDGER_CHECK(keeper->put(license));  // they may have changed meanwhile
    keeper_owner_ = std::move(keeper);
    keeper_.store(keeper_owner_.get(), std::memory_order_release);
    signer_.open();
    return {};
}

Result<void> AnchorService::put_licenses(hsm::AnchorKeeper& keeper) {
    const std::lock_guard lock(mutex_);
    for (const auto& license : licenses_) ACTLEDGER_CHECK(keeper.put(license));
    return {};
}

Result<ledger::TreeHead> AnchorService::newest_head() const {
    ACTLEDGER_TRY(const ledger::TreeSize size, ledger_.log.size());
    ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(ledger_.suite, size, ledger_.log));
    return edge.head();
}

std::uint64_t AnchorService::reserved(std::string_view license_id) const noexcept {
    const auto* keeper = keeper_.load(std::memory_order_acquire);
    return keeper == nullptr ? 0 : keeper->reserved(license_id);
}

void AnchorService::want(std::string_view license_id, std::uint64_t seats) {
    if (auto* keeper = keeper_.load(std::memory_order_acquire)) keeper->want(license_id, seats);
}

void AnchorService::set_licenses(std::vector<hsm::KeptLicense> licenses) {
    const std::lock_guard lock(mutex_);
    licenses_ = std::move(licenses);
    if (keeper_owner_ == nullptr) return;
    for (const auto& license : licenses_) {
        // An anchor that is full keeps what it has: the licence gets no reservation, and its seats are refused with
        // that reason. Importing checks the room before.
        if (const auto put = keeper_owner_->put(license); !put) break;
    }
}

void AnchorService::released(const ledger::TreeHead& head) {
    if (auto* keeper = keeper_.load(std::memory_order_acquire)) keeper->released(head);
}

std::optional<hsm::AnchorKeeperStatus> AnchorService::status() const {
    const auto* keeper = keeper_.load(std::memory_order_acquire);
    if (keeper == nullptr) return std::nullopt;
    return keeper->status();
}

Result<void> AnchorService::flush(std::chrono::milliseconds most) {
    auto* keeper = keeper_.load(std::memory_order_acquire);
    if (keeper == nullptr) return Error{errc::anchor_unchecked};
    return keeper->flush(most);
}

Result<void> AnchorService::stop(std::chrono::milliseconds most) {
    stopping_ = true;
    if (trying_.joinable()) trying_.join();
    auto* keeper = keeper_.load(std::memory_order_acquire);
    if (keeper == nullptr) return {};
    return keeper->stop(most);
}

}  // namespace node
