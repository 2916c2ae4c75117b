#include "tools/node/replacement.hpp"

#include "hsm/errc.hpp"
#include "hsm/folder_anchor_store.hpp"
#include "hsm/token.hpp"
#include "ledger/license_file/reendorsement_request.hpp"
#include "ledger/store_read/restored_mark.hpp"
#include "ledger/store_write/folder_lock.hpp"
#include "snapshot/log_fold.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/evidence.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/new_token.hpp"
#include "tools/node/other_labels.hpp"

namespace node {

using ledger::Anchor;
using ledger::Bytes;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::chrono::seconds token_patience{30};

Result<void> fold(const ledger::LogReader& log, projections::LedgerState& state) {
    ACTLEDGER_TRY(const ledger::TreeSize size, log.size());
    state.expect_events(size.value);
    return snapshot::fold_log(log, {0}, size, [&](std::span<const ledger::Event> events) {
        state.apply(events);
        return true;
    });
}

/// The key that would be given up is not on this very token, with an anchor that holds; unless a client has shown that
/// another key took over from it, of which the log that is here knows nothing.
/// A token's first key under the configured label is judged once it was found.
/// @return errc::key_well_on_token; key_not_lost for a later one
Result<void> check_key_not_well(const config::Config& config, const hsm::Options& settings,
                                const ledger::LogReader& log, const Facts& facts,
                                const std::vector<hsm::LabelledNote>& notes, const hsm::HasKey& has_key) {
    ACTLEDGER_TRY(const auto well,
                  find_well_key(*facts.suite, facts.keys.present().key, notes, config.hsm.anchor_folder, has_key));
    if (!well) return {};
    if (well->object == settings.label()) {
        if (facts.keys.present().number == 1) return {};
        return Error{errc::key_not_lost, {}, {{"token", settings.uri.text()}}};
    }
    projections::LedgerState state;
    ACTLEDGER_CHECK(fold(log, state));
    ACTLEDGER_TRY(const ShownHeads shown,
                  newest_evidence(config.ledger.folder / "evidence", log, facts, state.identity().incarnations()));
    return shown.of_later_key ? Result<void>() : key_well_on_token(*well);
}

}  // namespace

Result<ReplacementRequest> request_replacement(const config::Config& config, const hsm::PinSource& so_pin,
                                               const hsm::PinSource& pin_otherwise) {
    ACTLEDGER_TRY(const auto log, ledger::open_log_reader(config.ledger.folder));
    ACTLEDGER_TRY(const Facts facts, read_facts(*log));
    ACTLEDGER_TRY(const auto lock, ledger::FolderLock::take(config.ledger.folder));
    ACTLEDGER_TRY(hsm::Options settings, token_options(config, pin_otherwise));
    ACTLEDGER_TRY(hsm::Initialised hsm,
                  hsm::initialise(
                      settings, so_pin, [&](ledger::Signer& signer) { return first_anchor(*facts.suite, signer); }, {},
                      [&](const auto& notes, const hsm::HasKey& has_key) {
                          return check_key_not_well(config, settings, *log, facts, notes, has_key);
                      }));
    const ledger::PublicKey& old_key = facts.keys.present().key;
    if (hsm.public_key == old_key) return Error{errc::key_not_lost, {}, {{"token", hsm.token_label}}};
    for (const ledger::KeyEpoch& epoch : facts.keys.all()) {
        if (hsm.public_key == epoch.key) return Error{errc::token_has_old_key, {}, {{"token", hsm.token_label}}};
    }
    ACTLEDGER_CHECK(check_new_token(newest_anchor(*facts.suite, hsm.anchors, std::span(&hsm.public_key, 1)),
                                    facts.origin.server_id));
    ACTLEDGER_TRY(const ledger::ReleasedHead newest, log->last_head());
    ACTLEDGER_TRY(const auto head, ledger::SignedCheckpoint::parse(newest.note));
    settings.public_key = hsm.public_key;
    ACTLEDGER_TRY(const auto token, hsm::Token::open(std::move(settings)));
    ACTLEDGER_CHECK(token->wait_ready(token_patience));
    ACTLEDGER_TRY(std::string request,
                  ledger::make_reendorsement_request(
                      {facts.origin.server_id, facts.suite->hash(old_key.spki()), newest.note}, *token));
    const bool same_disk = shares_disk(hsm, config.ledger.folder);
    return ReplacementRequest{std::move(hsm), facts.origin.server_id, head.checkpoint.head, std::move(request),
                              same_disk};
}

class Replacing::Impl {
 public:
    Result<void> open(const config::Config& config, const hsm::PinSource& pin_otherwise, ledger::ByteView ree,
                      snapshot::LogTail tail) {
        ACTLEDGER_TRY(log_, ledger::open_log_engine(config.ledger.folder));
        ACTLEDGER_TRY(facts_, read_facts(*log_));
        ACTLEDGER_TRY(file_, ledger::verify_reendorsement(ree, facts_->root));
        ACTLEDGER_CHECK(fold(*log_, state_));
        add_revocations(*facts_, state_.licenses());
        ACTLEDGER_CHECK(open_token(config, pin_otherwise));
        ACTLEDGER_TRY(const bool restored, ledger::is_as_restored(config.ledger.folder, state_.size()));
        if (restored) tail = snapshot::LogTail::restored;  // nobody said that the copy was complete
        parts_.emplace(snapshot::ReplacementParts{
            *facts_->suite, *log_, state_, *file_, {}, {}, {}, {}, 0, {}, {}, tail, facts_->retired.given_up});
        ACTLEDGER_CHECK(find_anchors());
        ACTLEDGER_TRY(ShownHeads shown, newest_evidence(config.ledger.folder / "evidence", *log_, *facts_,
                                                        state_.identity().incarnations(), &file_->new_key));
        // Of a copy that may lack its end nobody says that it is the newest.
        if (parts_->tail == snapshot::LogTail::whole) ACTLEDGER_CHECK(check_no_later_key(shown));
        parts_->witness_note = std::move(shown.note);
        parts_->shown_later = std::move(shown.of_later_key);
        ACTLEDGER_TRY(found_, snapshot::find_replacement(*parts_));
        return {};
    }

    Result<snapshot::Recovered> run() {
        std::vector<ledger::AnchorStore*> stores{token_.get()};
        if (second_ != nullptr) stores.push_back(second_.get());
        ACTLEDGER_TRY(auto recovered, snapshot::hand_over(*parts_, *found_, *token_, stores));
        // The ledger goes on; what is left of the old key's anchors the server forgets at its start.
        static_cast<void>(forget_given_up(*facts_->suite, facts_->origin.server_id,
                                          given_up_keys(facts_->keys, file_->new_key), others_, *token_));
        return recovered;
    }

 private:
    friend class Replacing;

    Result<void> open_token(const config::Config& config, const hsm::PinSource& pin_otherwise) {
        ACTLEDGER_TRY(hsm::Options options, token_options(config, pin_otherwise));
        ACTLEDGER_TRY(token_, hsm::Token::open(std::move(options)));
        ACTLEDGER_CHECK(token_->wait_ready(token_patience));
        const ledger::PublicKey& key = token_->public_key();
        if (!(key == file_->new_key)) {
            if (key == facts_->keys.present().key) {
                return Error{errc::key_not_lost, {}, {{"token", token_->status().token_label}}};
            }
            return Error{
                errc::token_of_other_file,
                {},
                {{"token_key", key_text(*facts_->suite, key)}, {"file_key", key_text(*facts_->suite, file_->new_key)}}};
        }
        if (config.hsm.anchor_folder.empty()) return {};
        ACTLEDGER_TRY(second_, hsm::FolderAnchorStore::open(config.hsm.anchor_folder));
        return {};
    }

    Result<void> find_anchors() {
        ACTLEDGER_TRY(std::vector<Bytes> notes, token_->read());
        ACTLEDGER_TRY(others_, token_->read_others());
        if (second_ != nullptr) {
            ACTLEDGER_TRY(const std::vector<Bytes> more, second_->read());
            notes.insert(notes.end(), more.begin(), more.end());
        }
        const auto on_token = newest_anchor(*facts_->suite, notes, std::span(&file_->new_key, 1));
        ACTLEDGER_TRY(parts_->new_anchor, check_new_token(on_token, facts_->origin.server_id));
        if (parts_->new_anchor) parts_->new_anchor_note = on_token->note;
        const ledger::PublicKey& before = facts_->keys.present().key;
        // Of a copy that may lack its end nobody says that it is the newest; there the number alone matters.
        const bool whole = parts_->tail == snapshot::LogTail::whole && !(before == file_->new_key);
        if (whole) ACTLEDGER_CHECK(check_no_successor(*facts_->suite, notes, before, &file_->new_key));
        // The old key may be on the same token, under another label.
        for (const hsm::LabelledNote& other : others_) notes.push_back(other.note);
        parts_->newest_seen = newest_incarnation(notes, facts_->origin.server_id);
        if (before == file_->new_key) return {};
        if (auto old = newest_anchor(*facts_->suite, notes, std::span(&before, 1))) {
            parts_->old_anchor = std::move(old->anchor);
            parts_->old_anchor_note = std::move(old->note);
        }
        if (!whole) return {};
        const Anchor* const own = parts_->old_anchor ? &*parts_->old_anchor : nullptr;
        return check_not_gone_on({*facts_->suite, before, own, log_.get()}, others_);
    }

    std::unique_ptr<ledger::LogEngine> log_;
    std::optional<Facts> facts_;
    std::optional<ledger::VerifiedReendorsement> file_;
    projections::LedgerState state_;
    std::unique_ptr<hsm::Token> token_;
    std::unique_ptr<hsm::FolderAnchorStore> second_;
    std::vector<hsm::LabelledNote> others_;  ///< What the token has under other labels.
    std::optional<snapshot::ReplacementParts> parts_;
    std::optional<snapshot::Replacement> found_;
};

Result<std::unique_ptr<Replacing>> Replacing::open(const config::Config& config, const hsm::PinSource& pin_otherwise,
                                                   ledger::ByteView ree, snapshot::LogTail tail) {
    auto impl = std::make_unique<Impl>();
    ACTLEDGER_CHECK(impl->open(config, pin_otherwise, ree, tail));
    return std::unique_ptr<Replacing>(new Replacing(std::move(impl)));
}

Replacing::Replacing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Replacing::~Replacing() = default;

const snapshot::Replacement& Replacing::found() const { return *impl_->found_; }
const ledger::VerifiedReendorsement& Replacing::file() const { return *impl_->file_; }
Result<snapshot::Recovered> Replacing::run() { return impl_->run(); }

}  // namespace node
