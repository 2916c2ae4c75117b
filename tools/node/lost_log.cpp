#include "tools/node/lost_log.hpp"

#include <algorithm>

#include "hsm/errc.hpp"
#include "ledger/core/activation_file.hpp"
#include "ledger/license_file/key_change.hpp"
#include "ledger/license_file/license_file.hpp"
#include "snapshot/lost_log.hpp"
#include "tools/node/anchored_key.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/known_times.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/new_log.hpp"
#include "tools/node/new_token.hpp"
#include "tools/node/other_labels.hpp"
#include "tools/node/system_clock.hpp"

namespace node {

using ledger::Error;
using ledger::Result;

namespace {

constexpr std::chrono::seconds token_patience{30};

Error vendor_needed(std::string origin) { return {errc::vendor_needed, {}, {{"origin", std::move(origin)}}}; }

Result<std::unique_ptr<hsm::Token>> open_token_of_lost_log(hsm::Options options) {
    auto token = hsm::Token::open(std::move(options));
    if (token) ACTLEDGER_CHECK((*token)->wait_ready(token_patience));  // of a later key it is opened at once
    if (token || token.error().code != hsm::errc::key_not_found) return token;
    return Error{errc::lost_log_without_key, {}, token.error().facts};
}

/// The one in the file, whatever kind it is, and the time that the file bears.
Result<ledger::Certificate> read_certificate(const SurvivingFile& file, const ledger::Certificate& root,
                                             KnownTimes& times) {
    if (const auto pem = ledger::Certificate::from_pem(file.bytes)) return *pem;
    if (const auto activation = ledger::ActivationFile::parse(file.bytes)) {
        ACTLEDGER_TRY(const auto proven, ledger::verify_logged_event(*activation, root));
        times.add(file.name, proven.event.time);
        return proven.server_certificate;
    }
    const auto bytes = ledger::as_bytes(file.bytes);
    if (const auto reendorsed = ledger::verify_reendorsement(bytes, root)) {
        times.add(file.name, reendorsed->reendorsement.issued_at);
        return reendorsed->server_certificate;
    }
    if (auto der = ledger::Certificate::from_der(bytes)) return der;
    return Error{errc::certificate_unread, {}, {{"file", file.name}}};
}

Result<FoundAnchor> find_anchor_of_lost_log(const ledger::Suite& suite, hsm::Token& token,
                                            hsm::FolderAnchorStore* second) {
    auto found = find_anchor(suite, token, second, nullptr);
    if (found || found.error().code != errc::hand_over_missing) return found;
    for (const ledger::Fact& fact : found.error().facts) {
        if (fact.name == "origin") return vendor_needed(fact.value);
    }
    return found;
}

/// Another name on the same token has what the configuration's has not.
Error explain_by_other_labels(Error why, const hsm::Options& options, const LostLogFiles& files) {
    if (why.code != errc::vendor_needed && why.code != errc::lost_log_without_key &&
        why.code != hsm::errc::anchor_lost) {
        return why;
    }
    std::vector<std::string> server_ids;
    for (const SurvivingFile& license : files.licenses) {
        if (auto of = ledger::verify_license(ledger::as_bytes(license.bytes), files.root)) {
            server_ids.push_back(std::move(of->terms.server_id));
        }
    }
    const auto found = find_key_elsewhere(options, server_ids);
    return found ? key_of_other_object(*found) : std::move(why);
}

}  // namespace

class LostLogRecovery::Impl {
 public:
    Result<void> open(const config::Config& config, const hsm::PinSource& pin_otherwise, const LostLogFiles& files) {
        ACTLEDGER_TRY(folder_, ledger::FolderLock::take(config.ledger.folder));
        ACTLEDGER_CHECK(folder_->check_no_log());
        ACTLEDGER_TRY(const hsm::Options options, anchored_token_options(config, pin_otherwise));
        if (auto found = find_token_and_anchor(config, options); !found) {
            return explain_by_other_labels(std::move(found).error(), options, files);
        }
        ACTLEDGER_CHECK(check_not_outlived(suite_, found_->anchor, found_->others));
        if (found_->anchor.head.size.value == 0) {
            return Error{errc::nothing_to_recover, {}, {{"log_size", "0"}, {"anchor_size", "0"}}};
        }
        root_ = files.root;
        const SystemClock clock;
        const ledger::Timestamp now{clock.wall_us()};
        ACTLEDGER_CHECK(choose_key(files, now));
        lost_.emplace(snapshot::LostLog{suite_, folder_, found_->anchor, found_->note, *root_, public_key_,
                                        ACTLEDGER_VERSION, now, certificate_});
        first_.emplace(snapshot::origin_after(*lost_), lost_->now, snapshot::first_events(*lost_));
        for (const SurvivingFile& license : files.licenses) ACTLEDGER_CHECK(first_->import(license.bytes));
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

    Result<void> find_token_and_anchor(const config::Config& config, const hsm::Options& options) {
        ACTLEDGER_TRY(token_, open_token_of_lost_log(options));
        if (!config.hsm.anchor_folder.empty()) {
            ACTLEDGER_TRY(second_, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
        }
        ACTLEDGER_TRY(found_, find_anchor_of_lost_log(suite_, *token_, second_.get()));
        return {};
    }

    /// The key that event 0 names, and the certificate that the HSM's has if that is another one.
    Result<void> choose_key(const LostLogFiles& files, ledger::Timestamp now) {
        KnownTimes times;
        std::vector<ledger::Certificate> certificates;
        for (const SurvivingFile& license : files.licenses) {
            ACTLEDGER_TRY(auto verified, ledger::verify_license(ledger::as_bytes(license.bytes), *root_));
            times.add(license.name, verified.terms.issued_at);
            certificates.push_back(std::move(verified.server_certificate));
        }
        for (const SurvivingFile& file : files.certificates) {
            ACTLEDGER_TRY(auto certificate, read_certificate(file, *root_, times));
            times.add(file.name, certificate.not_before());
            certificates.push_back(std::move(certificate));
        }
        ACTLEDGER_CHECK(times.check(now));
        const ledger::Anchor& anchor = found_->anchor;
        public_key_ = token_->public_key().spki();
        if (anchor.keys.size() == 1) return {};
        // An earlier version's anchor has the digests of its keys alone.
        if (anchor.keys.front().digest) return vendor_needed(anchor.origin.text());
        const auto own = std::ranges::find(certificates, public_key_, &ledger::Certificate::spki);
        if (own == certificates.end()) {
            return Error{errc::certificate_needed, {}, {{"key", key_text(suite_, token_->public_key())}}};
        }
        certificate_ = own->der();
        ACTLEDGER_CHECK(
            ledger::check_anchored_key(certificate_, *root_, ledger::as_text(found_->note), anchor.origin.server_id));
        ACTLEDGER_TRY(const auto first, ledger::PublicKey::from_compressed(suite_.id(), anchor.keys.front().key));
        public_key_ = first.spki();
        return {};
    }

    void describe() {
        loss_.standing = ledger::AnchorStanding::behind;
        loss_.log_origin = found_->anchor.origin;
        loss_.kept = {{0}, lost_->suite.empty_root()};
        loss_.known = ledger::Checkpoint{found_->anchor.origin, found_->anchor.head};
        loss_.opens = snapshot::origin_after(*lost_);
        loss_.licenses = first_->losses();
    }

    const ledger::Suite& suite_ = ledger::default_suite();
    std::shared_ptr<ledger::FolderLock> folder_;
    std::unique_ptr<hsm::Token> token_;
    std::unique_ptr<hsm::FolderAnchorStore> second_;
    std::optional<FoundAnchor> found_;
    std::optional<ledger::Certificate> root_;
    ledger::Bytes public_key_;
    ledger::Bytes certificate_;
    std::optional<snapshot::LostLog> lost_;
    std::optional<NewLog> first_;
    snapshot::Loss loss_;
};

Result<std::unique_ptr<LostLogRecovery>> LostLogRecovery::open(const config::Config& config,
                                                               const hsm::PinSource& pin_otherwise,
                                                               const LostLogFiles& files) {
    auto impl = std::make_unique<Impl>();
    ACTLEDGER_CHECK(impl->open(config, pin_otherwise, files));
    return std::unique_ptr<LostLogRecovery>(new LostLogRecovery(std::move(impl)));
}

LostLogRecovery::LostLogRecovery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LostLogRecovery::~LostLogRecovery() = default;

const snapshot::Loss& LostLogRecovery::loss() const { return impl_->loss_; }
const ledger::Anchor& LostLogRecovery::anchor() const { return impl_->found_->anchor; }
ledger::Timestamp LostLogRecovery::begins() const { return impl_->lost_->now; }
Result<snapshot::Recovered> LostLogRecovery::run() { return impl_->run(); }

}  // namespace node
