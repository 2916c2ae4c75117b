#include "tools/node/recovery.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/store_read/restored_mark.hpp"
#include "snapshot/log_fold.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/evidence.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/ledger_facts.hpp"

namespace node {

using ledger::AnchorStanding;
using ledger::Error;
using ledger::Result;

class Recovery::Impl {
 public:
    Result<void> open(const config::Config& config, const hsm::PinSource& pin_otherwise, bool restored,
                      const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
        ACTLEDGER_TRY(log_, ledger::open_log_engine(config.ledger.folder));
        ACTLEDGER_TRY(facts_, read_facts(*log_));
        ACTLEDGER_CHECK(check_not_cleared(*facts_));
        ACTLEDGER_CHECK(fold(progress));
        add_revocations(*facts_, state_.licenses());
        ACTLEDGER_CHECK(open_token(config, pin_otherwise));
        ACTLEDGER_TRY(found_, find_anchor(*facts_->suite, *token_, second_.get(), log_.get()));
        ACTLEDGER_TRY(ShownHeads shown, newest_evidence(config.ledger.folder / "evidence", *log_, *facts_,
                                                        state_.identity().incarnations()));
        ACTLEDGER_CHECK(check_no_later_key(shown));
        ACTLEDGER_TRY(const bool marked, ledger::is_as_restored(config.ledger.folder, state_.size()));
        parts_.emplace(snapshot::RecoveryParts{*facts_->suite, *log_, state_, found_->anchor, found_->note,
                                               std::move(shown.note), marked || restored});
        ACTLEDGER_TRY(loss_, snapshot::find_loss(*parts_));
        if (loss_->standing == AnchorStanding::foreign || loss_->standing == AnchorStanding::inconsistent) {
            return check_standing(loss_->standing, found_->anchor, facts_->origin, loss_->kept.size);
        }
        if (found_->anchor.device_salt != facts_->genesis.device_salt) return Error{errc::anchor_salt_differs};
        return {};
    }

    Result<snapshot::Recovered> run(ledger::IncarnationOpened::Reason reason) {
        std::vector<ledger::AnchorStore*> stores{token_.get()};
        if (second_ != nullptr) stores.push_back(second_.get());
        return snapshot::open_incarnation(*parts_, *loss_, reason, *token_, stores);
    }

 private:
    friend class Recovery;

    Result<void> fold(const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
        ACTLEDGER_TRY(const ledger::TreeSize size, log_->size());
        state_.expect_events(size.value);
        return snapshot::fold_log(*log_, {0}, size, [&](std::span<const ledger::Event> events) {
            state_.apply(events);
            if (progress) progress(state_.size().value, size.value);
            return true;
        });
    }

    Result<void> open_token(const config::Config& config, const hsm::PinSource& pin_otherwise) {
        if (!config.hsm.anchor_folder.empty()) {
            ACTLEDGER_TRY(second_, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
        }
        ACTLEDGER_TRY(const hsm::Options options, ledger_token_options(config, *facts_, pin_otherwise));
        ACTLEDGER_TRY(token_, open_ledger_token(options, second_.get()));
        return {};
    }

    std::unique_ptr<ledger::LogEngine> log_;
    std::optional<Facts> facts_;
    projections::LedgerState state_;
    std::unique_ptr<hsm::Token> token_;
    std::unique_ptr<hsm::FolderAnchorStore> second_;
    std::optional<FoundAnchor> found_;
    std::optional<snapshot::RecoveryParts> parts_;
    std::optional<snapshot::Loss> loss_;
};

Result<std::unique_ptr<Recovery>> Recovery::open(const config::Config& config, const hsm::PinSource& pin_otherwise,
                                                 bool restored,
                                                 const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    auto impl = std::make_unique<Impl>();
    ACTLEDGER_CHECK(impl->open(config, pin_otherwise, restored, progress));
    return std::unique_ptr<Recovery>(new Recovery(std::move(impl)));
}

Recovery::Recovery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recovery::~Recovery() = default;

const snapshot::Loss& Recovery::loss() const { return *impl_->loss_; }
const ledger::Anchor& Recovery::anchor() const { return impl_->found_->anchor; }

Result<void> Recovery::check_needed() const {
    const snapshot::Loss& loss = *impl_->loss_;
    if (loss.standing == AnchorStanding::behind || loss.standing == AnchorStanding::unfinished || loss.restored ||
        loss.shown_by_client()) {
        return {};
    }
    return Error{errc::nothing_to_recover,
                 {},
                 {{"log_size", std::to_string(loss.kept.size.value)},
                  {"anchor_size", std::to_string(anchor().head.size.value)}}};
}

Result<snapshot::Recovered> Recovery::run(ledger::IncarnationOpened::Reason reason) {
    ACTLEDGER_ASSERT(check_needed().has_value());
    return impl_->run(reason);
}

}  // namespace node
