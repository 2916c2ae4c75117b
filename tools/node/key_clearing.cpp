#include "tools/node/key_clearing.hpp"

#include "hsm/key_destruction.hpp"
#include "snapshot/log_fold.hpp"
#include "tools/node/evidence.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/ledger_facts.hpp"

namespace node {

using ledger::Result;

class KeyClearing::Impl {
 public:
    Result<void> open(const config::Config& config, const hsm::PinSource& pin) {
        ACTLEDGER_TRY(log_, ledger::open_log_engine(config.ledger.folder));
        ACTLEDGER_TRY(facts_, read_facts(*log_));
        ACTLEDGER_TRY(options_, ledger_token_options(config, *facts_, pin));
        options_.pin = pin;  // the person's, whatever is configured
        ACTLEDGER_TRY(const ledger::TreeSize size, log_->size());
        ACTLEDGER_TRY(const auto edge, ledger::Frontier::load(*facts_->suite, size, *log_));
        head_ = edge.head();
        if (facts_->cleared) return {};
        state_.expect_events(size.value);
        ACTLEDGER_CHECK(snapshot::fold_log(*log_, {0}, size, [&](std::span<const ledger::Event> events) {
            state_.apply(events);
            return true;
        }));
        add_revocations(*facts_, state_.licenses());
        return open_token(config);
    }

    Result<ledger::TreeHead> run() {
        if (!facts_->cleared) {
            std::vector<ledger::AnchorStore*> stores{token_.get()};
            if (second_ != nullptr) stores.push_back(second_.get());
            const snapshot::RecoveryParts parts{*facts_->suite, *log_, state_, found_->anchor, found_->note, {}};
            ACTLEDGER_TRY(const snapshot::Recovered recorded, snapshot::record_clearing(parts, *token_, stores));
            if (recorded.second_failing) return *recorded.second_failing;
            head_ = recorded.head;
        }
        token_.reset();
        std::vector<ledger::PublicKey> keys;
        for (const ledger::KeyEpoch& epoch : facts_->keys.all()) keys.push_back(epoch.key);
        ACTLEDGER_CHECK(hsm::destroy_all_keys(options_, keys));
        return head_;
    }

 private:
    friend class KeyClearing;

    Result<void> open_token(const config::Config& config) {
        if (!config.hsm.anchor_folder.empty()) {
            ACTLEDGER_TRY(second_, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
        }
        ACTLEDGER_TRY(token_, open_ledger_token(options_, second_.get()));
        ACTLEDGER_TRY(found_, find_anchor(*facts_->suite, *token_, second_.get(), log_.get()));
        const ledger::Incarnations& incarnations = state_.identity().incarnations();
        ACTLEDGER_CHECK(
            check_whole(*facts_->suite, *log_, config.ledger.folder, facts_->origin, incarnations, found_->anchor));
        ACTLEDGER_TRY(const ShownHeads shown,
                      newest_evidence(config.ledger.folder / "evidence", *log_, *facts_, incarnations));
        return check_no_later_key(shown);
    }

    hsm::Options options_;
    std::unique_ptr<ledger::LogEngine> log_;
    std::optional<Facts> facts_;
    projections::LedgerState state_;
    ledger::TreeHead head_;
    std::unique_ptr<hsm::Token> token_;
    std::unique_ptr<hsm::FolderAnchorStore> second_;
    std::optional<FoundAnchor> found_;
};

Result<std::unique_ptr<KeyClearing>> KeyClearing::open(const config::Config& config, const hsm::PinSource& pin) {
    auto impl = std::make_unique<Impl>();
    ACTLEDGER_CHECK(impl->open(config, pin));
    return std::unique_ptr<KeyClearing>(new KeyClearing(std::move(impl)));
}

KeyClearing::KeyClearing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KeyClearing::~KeyClearing() = default;

const ledger::Origin& KeyClearing::origin() const { return impl_->facts_->origin; }
const ledger::TreeHead& KeyClearing::head() const { return impl_->head_; }
bool KeyClearing::recorded() const { return impl_->facts_->cleared; }
Result<ledger::TreeHead> KeyClearing::run() { return impl_->run(); }

}  // namespace node
