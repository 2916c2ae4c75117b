#include "tools/node/lost_log.hpp"

#include "hsm/errc.hpp"
#include "snapshot/lost_log.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/new_log.hpp"
#include "tools/node/system_clock.hpp"

namespace node {

using ledger::Error;
using ledger::Result;

namespace {

/// The card has a key that took over: row F's way leads on, with another key of it.
Error vendor_needed(std::string origin) { return {errc::vendor_needed, {}, {{"origin", std::move(origin)}}}; }

Result<std::unique_ptr<hsm::Token>> open_token_of_lost_log(hsm::Options options) {
    auto token = hsm::Token::open(std::move(options));
    if (token || token.error().code != hsm::errc::key_not_found) return token;
    return Error{errc::lost_log_without_key, {}, token.error().facts};
}

Result<FoundAnchor> find_anchor_of_lost_log(const ledger::Suite& suite, hsm::Token& token,
                                            hsm::FolderAnchorStore* second) {
    auto found = find_anchor(suite, token, second);
    if (found || found.error().code != errc::hand_over_missing) return found;
    for (const ledger::Fact& fact : found.error().facts) {
        if (fact.name == "origin") return vendor_needed(fact.value);
    }
    return found;
}

}  // namespace

class LostLogRecovery::Impl {
 public:
    Result<void> open(const config::Config& config, const hsm::PinSource& pin_otherwise,
                      const ledger::Certificate& root, const std::vector<std::string>& licenses) {
        ACTLEDGER_TRY(folder_, ledger::FolderLock::take(config.ledger.folder));
        ACTLEDGER_CHECK(folder_->check_no_log());
        ACTLEDGER_TRY(hsm::Options options, token_options(config, pin_otherwise));
        ACTLEDGER_TRY(token_, open_token_of_lost_log(std::move(options)));
        if (!config.hsm.anchor_folder.empty()) {
            ACTLEDGER_TRY(second_, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
        }
        const ledger::Suite& suite = ledger::default_suite();
        ACTLEDGER_TRY(found_, find_anchor_of_lost_log(suite, *token_, second_.get()));
        // Licences and files of the keys before could not be judged in a log that does not say that they were its own.
        if (found_->anchor.keys.size() > 1) return vendor_needed(found_->anchor.origin.text());
        if (found_->anchor.head.size.value == 0) {
            return Error{errc::nothing_to_recover, {}, {{"log_size", "0"}, {"anchor_size", "0"}}};
        }
        root_ = root;
        public_key_ = token_->public_key().spki();
        const SystemClock clock;
        lost_.emplace(snapshot::LostLog{suite, folder_, found_->anchor, found_->note, *root_, public_key_,
                                        ACTLEDGER_VERSION, ledger::Timestamp{clock.wall_us()}});
        first_.emplace(snapshot::origin_after(*lost_), lost_->now, snapshot::first_events(*lost_));
        for (const std::string& license : licenses) ACTLEDGER_CHECK(first_->import(license));
        describe();
        return {};
    }

    Result<snapshot::Recovered> run() {
        std::vector<ledger::AnchorStore*> stores{token_.get()};
        if (second_ != nullptr) stores.push_back(second_.get());
        return snapshot::recreate_log(*lost_, first_->drafts(), *token_, stores);
    }

 private:
    friend class LostLogRecovery;

    void describe() {
        loss_.standing = ledger::AnchorStanding::behind;
        loss_.log_origin = found_->anchor.origin;
        loss_.kept = {{0}, lost_->suite.empty_root()};
        loss_.known = ledger::Checkpoint{found_->anchor.origin, found_->anchor.head};
        loss_.opens = snapshot::origin_after(*lost_);
        loss_.licenses = first_->losses();
    }

    std::shared_ptr<ledger::FolderLock> folder_;
    std::unique_ptr<hsm::Token> token_;
    std::unique_ptr<hsm::FolderAnchorStore> second_;
    std::optional<FoundAnchor> found_;
    std::optional<ledger::Certificate> root_;
    ledger::Bytes public_key_;
    std::optional<snapshot::LostLog> lost_;
    std::optional<NewLog> first_;
    snapshot::Loss loss_;
};

Result<std::unique_ptr<LostLogRecovery>> LostLogRecovery::open(const config::Config& config,
                                                               const hsm::PinSource& pin_otherwise,
                                                               const ledger::Certificate& root,
                                                               const std::vector<std::string>& licenses) {
    auto impl = std::make_unique<Impl>();
    ACTLEDGER_CHECK(impl->open(config, pin_otherwise, root, licenses));
    return std::unique_ptr<LostLogRecovery>(new LostLogRecovery(std::move(impl)));
}

LostLogRecovery::LostLogRecovery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LostLogRecovery::~LostLogRecovery() = default;

const snapshot::Loss& LostLogRecovery::loss() const { return impl_->loss_; }
const ledger::Anchor& LostLogRecovery::anchor() const { return impl_->found_->anchor; }
Result<snapshot::Recovered> LostLogRecovery::run() { return impl_->run(); }

}  // namespace node
