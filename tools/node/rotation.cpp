#include "tools/node/rotation.hpp"

#include <algorithm>

#include "hsm/check.hpp"
#include "hsm/errc.hpp"
#include "hsm/key_destruction.hpp"
#include "hsm/next_key.hpp"
#include "ledger/license_file/errc.hpp"
#include "ledger/license_file/rotation_request.hpp"
#include "snapshot/log_fold.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/evidence.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/ledger_facts.hpp"
#include "tools/node/new_token.hpp"

namespace node {

using ledger::Error;
using ledger::Result;
using Stage = snapshot::Rotation::Stage;

namespace {

/// A ledger that nobody serves, with its token and the anchor that holds; nothing is known to be missing.
class LedgerAtRest {
 public:
    Result<void> open(const config::Config& config, const hsm::PinSource& pin) {
        ACTLEDGER_TRY(log, ledger::open_log_engine(config.ledger.folder));
        ACTLEDGER_TRY(facts, read_facts(*log));
        ACTLEDGER_CHECK(check_not_cleared(*facts));
        ACTLEDGER_TRY(const ledger::TreeSize size, log->size());
        state.expect_events(size.value);
        ACTLEDGER_CHECK(snapshot::fold_log(*log, {0}, size, [&](std::span<const ledger::Event> events) {
            state.apply(events);
            return true;
        }));
        add_revocations(*facts, state.licenses());
        ACTLEDGER_TRY(options, ledger_token_options(config, *facts, pin));
        if (pin.given()) options.pin = pin;  // the person's, whatever is configured
        if (!config.hsm.anchor_folder.empty()) {
            ACTLEDGER_TRY(second, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
        }
        ACTLEDGER_CHECK(check_anchor(config));
        return check_evidence(config);
    }

    /// The token, with the ledger's own key or another one. One at a time is open.
    Result<std::unique_ptr<hsm::Token>> open_token(const hsm::Options& with) const {
        return open_ledger_token(with, second.get());
    }

    std::unique_ptr<ledger::LogEngine> log;
    std::optional<Facts> facts;
    projections::LedgerState state;
    hsm::Options options;  ///< For the key that signs now.
    std::unique_ptr<hsm::FolderAnchorStore> second;
    std::optional<FoundAnchor> found;
    std::vector<ledger::Bytes> notes;  ///< All that the token holds, and the second place.

 private:
    Result<void> check_anchor(const config::Config& config) {
        ACTLEDGER_TRY(const auto token, open_token(options));
        ACTLEDGER_TRY(notes, token->read());
        if (second != nullptr) {
            ACTLEDGER_TRY(const std::vector<ledger::Bytes> more, second->read());
            notes.insert(notes.end(), more.begin(), more.end());
        }
        ACTLEDGER_TRY(found, find_anchor(*facts->suite, *token, second.get(), log.get()));
        ACTLEDGER_CHECK(check_whole(*facts->suite, *log, config.ledger.folder, facts->origin,
                                    state.identity().incarnations(), found->anchor));
        if (found->anchor.device_salt != facts->genesis.device_salt) return Error{errc::anchor_salt_differs};
        return {};
    }

    /// A head that a client has shown, and the log lacks, is a loss: it is recovered from first.
    Result<void> check_evidence(const config::Config& config) {
        ACTLEDGER_TRY(const ShownHeads shown, newest_evidence(config.ledger.folder / "evidence", *log, *facts,
                                                              state.identity().incarnations()));
        ACTLEDGER_CHECK(check_no_later_key(shown));
        if (shown.note.empty()) return {};
        ACTLEDGER_TRY(const auto head, ledger::SignedCheckpoint::parse(shown.note));
        return Error{
            errc::recover_first,
            {},
            {{"origin", head.checkpoint.origin.text()}, {"size", std::to_string(head.checkpoint.head.size.value)}}};
    }
};

}  // namespace

Result<RotationRequest> request_rotation(const config::Config& config, const hsm::PinSource& pin) {
    LedgerAtRest ledger;
    ACTLEDGER_CHECK(ledger.open(config, pin));
    const ledger::Suite& suite = *ledger.facts->suite;
    ACTLEDGER_TRY(const ledger::ReleasedHead newest, ledger.log->last_head());
    ACTLEDGER_TRY(const auto head, ledger::SignedCheckpoint::parse(newest.note));
    std::string request;
    const auto sign = [&](ledger::Signer& present, ledger::Signer& next) -> Result<void> {
        const ledger::KeyHandOver hand_over{head.checkpoint, suite.hash(present.public_key().spki()),
                                            suite.hash(next.public_key().spki())};
        ACTLEDGER_TRY(const std::string note, ledger::sign_hand_over(suite, hand_over, present));
        ACTLEDGER_TRY(request, ledger::make_rotation_request(note, next));
        return {};
    };
    ACTLEDGER_TRY(hsm::NextKey next, hsm::prepare_next_key(ledger.options, sign));
    return RotationRequest{ledger.facts->origin.server_id, head.checkpoint.head, std::move(request), next.made,
                           std::move(next.token_label)};
}

Result<std::size_t> destroy_replaced(const config::Config& config, const hsm::PinSource& pin) {
    LedgerAtRest ledger;
    ACTLEDGER_CHECK(ledger.open(config, pin));
    const auto& epochs = ledger.facts->keys.all();
    if (!snapshot::is_settled(ledger.state, ledger.found->anchor)) {
        return Error{errc::rotation_unfinished, {}, {{"origin", ledger.facts->origin.text()}}};
    }
    std::vector<ledger::PublicKey> keys;
    keys.reserve(epochs.size());
    for (const ledger::KeyEpoch& epoch : epochs) keys.push_back(epoch.key);
    return hsm::destroy_replaced_keys(ledger.options, keys);
}

class Rotating::Impl {
 public:
    explicit Impl(ledger::Certificate certificate) : certificate_(std::move(certificate)) {}

    Result<void> open(const config::Config& config, const hsm::PinSource& pin) {
        ACTLEDGER_CHECK(ledger_.open(config, pin));
        const ledger::Suite& suite = *ledger_.facts->suite;
        const auto key = certificate_.public_key(suite.id());
        if (!key) {
            return Error{
                ledger::license_file::errc::rotation_certificate_wrong, {}, {{"reason", "not a key of the suite"}}};
        }
        next_key_ = *key;
        parts_.emplace(snapshot::RotationParts{suite, *ledger_.log, ledger_.state, ledger_.facts->root, certificate_,
                                               *next_key_, ledger_.found->anchor,
                                               std::string(ledger::as_text(ledger_.found->note)),
                                               ledger::choose_anchor(suite, ledger_.notes, std::span(&*next_key_, 1))});
        parts_->given_up = ledger_.facts->retired.given_up;
        parts_->all_told =
            std::ranges::all_of(ledger_.notes, [&](const ledger::Bytes& note) { return note == ledger_.found->note; });
        // The certificate first: whether the token has its key matters only if it is good for this ledger.
        ACTLEDGER_TRY(found_, snapshot::find_rotation(*parts_));
        next_ = ledger_.options;
        next_.public_key = next_key_;
        if (found_->stage != Stage::due) return {};
        ++next_.epoch;
        return check_next_key();
    }

    Result<snapshot::Recovered> run() {
        std::string hand_over;
        if (found_->stage == Stage::due) {
            ACTLEDGER_TRY(const auto before, ledger_.open_token(ledger_.options));
            ACTLEDGER_TRY(hand_over, ledger::sign_hand_over(*ledger_.facts->suite,
                                                            snapshot::hand_over_of(*parts_, *found_), *before));
        }
        ACTLEDGER_TRY(const auto token, ledger_.open_token(next_));
        std::vector<ledger::AnchorStore*> stores{token.get()};
        if (ledger_.second != nullptr) stores.push_back(ledger_.second.get());
        return snapshot::rotate(*parts_, *found_, hand_over, *token,
                                {[&](ledger::ByteView note) { return token->add(note); }, stores});
    }

 private:
    friend class Rotating;

    /// The token has the key that the certificate is over, and it signs.
    Result<void> check_next_key() const {
        auto proven = hsm::prove_key(next_);
        if (proven) return {};
        const auto& code = proven.error().code;
        if (code != hsm::errc::wrong_key && code != hsm::errc::key_not_found) return proven;
        return Error{
            errc::next_key_missing,
            {},
            {{"key", next_.label_of_epoch(next_.epoch)}, {"file_key", key_text(*ledger_.facts->suite, *next_key_)}}};
    }

    const ledger::Certificate certificate_;
    LedgerAtRest ledger_;
    std::optional<ledger::PublicKey> next_key_;
    hsm::Options next_;
    std::optional<snapshot::RotationParts> parts_;
    std::optional<snapshot::Rotation> found_;
};

Result<std::unique_ptr<Rotating>> Rotating::open(const config::Config& config, const hsm::PinSource& pin,
                                                 const ledger::Certificate& certificate) {
    auto impl = std::make_unique<Impl>(certificate);
    ACTLEDGER_CHECK(impl->open(config, pin));
    return std::unique_ptr<Rotating>(new Rotating(std::move(impl)));
}

Rotating::Rotating(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Rotating::~Rotating() = default;

const snapshot::Rotation& Rotating::found() const { return *impl_->found_; }
std::string Rotating::present_key() const {
    return key_text(*impl_->ledger_.facts->suite, impl_->ledger_.facts->keys.present().key);
}
std::string Rotating::next_key() const { return key_text(*impl_->ledger_.facts->suite, *impl_->next_key_); }
Result<snapshot::Recovered> Rotating::run() { return impl_->run(); }

}  // namespace node
