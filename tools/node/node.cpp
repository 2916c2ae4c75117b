#include "tools/node/node.hpp"

#include "hsm/errc.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "tools/node/anchor_service.hpp"
#include "tools/node/errc.hpp"
#include "tools/node/found_anchor.hpp"
#include "tools/node/ledger_creation.hpp"
#include "tools/node/system_clock.hpp"

namespace node {

using ledger::Error;
using ledger::Result;

namespace {

constexpr std::chrono::seconds anchor_written_within{10};
constexpr std::chrono::seconds reserved_within{2};

/// The decider that the sequencer sees: the commands' own, and the anchor learns of licences as they change.
class AnchoringDecider final : public ledger::Decider {
 public:
    using TimeDoubted = std::function<void(const ledger::TimePutInDoubt&)>;
    AnchoringDecider(const ledger::Suite& suite, api::commands::LedgerDecider& inner, AnchorService& anchor,
                     TimeDoubted time_doubted)
        : suite_(suite), inner_(inner), anchor_(anchor), time_doubted_(std::move(time_doubted)) {}

    void apply(const ledger::Event& event) override {
        inner_.apply(event);
        if (std::holds_alternative<ledger::LicenseImported>(event.body) ||
            std::holds_alternative<ledger::RevocationImported>(event.body)) {
            anchor_.set_licenses(kept_licenses(suite_, inner_.state().licenses()));
        } else if (const auto* doubt = std::get_if<ledger::TimePutInDoubt>(&event.body); doubt && time_doubted_) {
            time_doubted_(*doubt);
        }
    }
    std::vector<ledger::EventDraft> due(const ledger::Moment& moment, std::size_t most) override {
        return inner_.due(moment, most);
    }

 private:
    const ledger::Suite& suite_;
    api::commands::LedgerDecider& inner_;
    AnchorService& anchor_;
    const TimeDoubted time_doubted_;
};

}  // namespace

class Node::Impl {
 public:
    Impl(const config::Config& config, NodeOptions options) : config_(config), options_(std::move(options)) {}

    Result<void> open() {
        ACTLEDGER_TRY(log_, ledger::open_log_engine(config_.ledger.folder));
        ACTLEDGER_TRY(facts_, read_facts(*log_));
        ACTLEDGER_CHECK(check_not_cleared(*facts_));
        ACTLEDGER_CHECK(open_token());
        ACTLEDGER_CHECK(make_anchor_service());
        ACTLEDGER_CHECK(fold_log());
        add_incarnations(*facts_, decider_->state().identity());
        add_revocations(*facts_, decider_->state().licenses());
        start_upkeep();
        anchor_->set_licenses(kept_licenses(*facts_->suite, decider_->state().licenses()));
        ACTLEDGER_CHECK(anchor_->start(options_.wait_for_token, [this](const Error& error) { fatal(error); }));
        ACTLEDGER_CHECK(check_key_there());
        ACTLEDGER_TRY(const ledger::TreeSize size, log_->size());
        ACTLEDGER_CHECK(check_confirmed(config_.ledger.folder, size));  // the token may be away: then nobody looked yet
        reserve_next_seats();
        return start_sequencer();
    }

    void stop() {
        if (sequencer_) sequencer_->stop();
        if (projector_) projector_->stop();
        if (keeper_) {
            keeper_->stop();
            // What failed was told to on_snapshot_trouble; the next start folds more of the log.
            static_cast<void>(keeper_->keep_last(decider_->state()));
        }
        if (anchor_) {
            // What could not be written now is behind, never ahead: the next start finds the log ahead of its anchor. A
            // token that is away is not waited for: nothing is served meanwhile.
            const bool is_there = token_->wait_ready(std::chrono::milliseconds::zero()).has_value();
            const auto stopped = anchor_->stop(is_there ? anchor_written_within : std::chrono::seconds::zero());
            if (!stopped) stop_error_ = stopped.error();
        }
    }

 private:
    Result<void> open_token() {
        ACTLEDGER_TRY(token_options_, ledger_token_options(config_, *facts_, options_.pin_otherwise));
        ACTLEDGER_TRY(token_, hsm::Token::open(token_options_));
        signer_ = std::make_unique<GuardedSigner>(*token_);
        return {};
    }

    /// A token without the log's key is another one, which is waited for; unless that key has handed over since.
    [[nodiscard]] Result<void> check_key_there() const {
        const auto ready = token_->wait_ready(std::chrono::milliseconds::zero());
        if (ready) return {};
        const Error why = explain_missing_key(ready.error(), token_options_, second_anchor_.get());
        return why.code == errc::hand_over_missing ? Result<void>(why) : Result<void>();
    }

    Result<void> make_anchor_service() {
        if (!config_.hsm.anchor_folder.empty()) {
            ACTLEDGER_TRY(second_anchor_, hsm::FolderAnchorStore::open(config_.hsm.anchor_folder));
        }
        anchor_ = std::make_unique<AnchorService>(
            AnchoredLedger{*facts_->suite, *log_, config_.ledger.folder, facts_->origin, facts_->genesis.device_salt,
                           facts_->incarnations, facts_->keys},
            *token_, *signer_, second_anchor_.get());
        return {};
    }

    Result<void> fold_log() {
        stored_seats_ = std::make_unique<projections::StoredSeats>([this](auto number) { return log_->event(number); });
        ACTLEDGER_TRY(snapshot::StateChoice choice, snapshot::choose_state(snapshots(), *log_));
        for (const auto& rejected : choice.found.rejected) snapshot_trouble(rejected.why);
        found_ = std::move(choice.found);
        ACTLEDGER_TRY(const ledger::TreeSize size, log_->size());
        ACTLEDGER_CHECK(snapshot::fold_state(*log_, *choice.state, size, [&](std::uint64_t folded) {
            if (options_.progress) options_.progress(folded, size.value);
            return true;
        }));
        decider_ = std::make_unique<api::commands::LedgerDecider>(api::commands::LedgerDecider::Parts{
            *stored_seats_, [this] { return log_->size(); }, *anchor_, std::move(choice.state)});
        anchoring_ = std::make_unique<AnchoringDecider>(*facts_->suite, *decider_, *anchor_, options_.on_time_doubted);
        return {};
    }

    [[nodiscard]] snapshot::StateFolder snapshots() const { return snapshot::StateFolder(config_.ledger.folder); }

    void start_upkeep() {
        if (options_.upkeep != NodeOptions::Upkeep::full) return;
        keeper_ = std::make_unique<snapshot::StateKeeper>(
            snapshots(), *log_, clock_,
            snapshot::KeeperPlan{.every_events = config_.snapshot.every_events,
                                 .every = config_.snapshot.every,
                                 .on_failure = [this](const Error& error) { snapshot_trouble(error); }},
            found_, decider_->state().size());
        projector_ = std::make_unique<projections::Projector>(config_.ledger.folder / "read", *log_,
                                                              decider_->state().size(), options_.read_models);
    }

    /// After a recovery all that is reserved may be in use: the next seat is reserved now, and not when it is asked
    /// for.
    void reserve_next_seats() {
        const projections::LedgerState& state = decider_->state();
        bool wanted = false;
        for (std::uint16_t i = 0; i < state.licenses().size(); ++i) {
            const projections::License& license = state.licenses().at({i});
            const std::uint64_t used = state.seats().used({i});
            if (license.status != projections::LicenseStatus::live || used >= license.terms.quantity) continue;
            anchor_->want(license.terms.license_id, used + 1);
            wanted = wanted || anchor_->reserved(license.terms.license_id) <= used;
        }
        // A card that takes longer, or is not there, is waited for by those who ask.
        if (wanted) static_cast<void>(anchor_->flush(reserved_within));
    }

    Result<void> start_sequencer() {
        ledger::SequencerOptions options;
        options.queue_max = config_.limits.queue_max;
        options.group_max = config_.limits.group_max;
        options.time_bounds.forward_running = config_.time.step_bound;
        options.time_bounds.forward_stopped = config_.time.stop_bound;
        options.on_released = [this](const ledger::ReleasedHead& head, const ledger::TreeHead& tree_head) {
            anchor_->released(tree_head);
            if (keeper_) keeper_->released(tree_head.size);
            if (projector_) projector_->released(tree_head.size);
            if (options_.on_released) options_.on_released(head, tree_head);
        };
        options.on_fatal = [this](const Error& error) { fatal(error); };
        ACTLEDGER_TRY(sequencer_, ledger::Sequencer::start({.engine = *log_,
                                                            .signer = *signer_,
                                                            .clock = clock_,
                                                            .decider = *anchoring_,
                                                            .time = decider_->state().time().standing(),
                                                            .origin = facts_->origin,
                                                            .last_head_key = {}},
                                                           std::move(options)));
        return {};
    }

    void snapshot_trouble(const Error& error) {
        if (options_.on_snapshot_trouble) options_.on_snapshot_trouble(error);
    }
    void fatal(const Error& error) {
        if (options_.on_fatal) options_.on_fatal(error);
    }

    friend class Node;
    config::Config config_;
    NodeOptions options_;
    SystemClock clock_;
    std::optional<Facts> facts_;
    // Destroyed from the last to the first: each uses only those above it.
    std::unique_ptr<ledger::LogEngine> log_;
    hsm::Options token_options_;
    std::unique_ptr<hsm::Token> token_;
    std::unique_ptr<GuardedSigner> signer_;
    std::unique_ptr<hsm::FolderAnchorStore> second_anchor_;
    std::unique_ptr<AnchorService> anchor_;
    std::unique_ptr<projections::StoredSeats> stored_seats_;
    std::unique_ptr<api::commands::LedgerDecider> decider_;
    std::unique_ptr<AnchoringDecider> anchoring_;
    std::unique_ptr<snapshot::StateKeeper> keeper_;
    std::unique_ptr<projections::Projector> projector_;
    std::unique_ptr<ledger::Sequencer> sequencer_;
    snapshot::StateFound found_;
    std::optional<Error> stop_error_;
};

Result<std::unique_ptr<Node>> Node::open(const config::Config& config, NodeOptions options) {
    auto impl = std::make_unique<Impl>(config, std::move(options));
    if (const auto opened = impl->open(); !opened) {
        impl->stop();
        return opened.error();
    }
    return std::unique_ptr<Node>(new Node(std::move(impl)));
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Node::~Node() { stop(); }
void Node::stop() { impl_->stop(); }

const Facts& Node::facts() const { return *impl_->facts_; }
ledger::LogEngine& Node::log() { return *impl_->log_; }
ledger::Sequencer& Node::sequencer() { return *impl_->sequencer_; }
api::commands::LedgerDecider& Node::decider() { return *impl_->decider_; }
hsm::Token& Node::token() { return *impl_->token_; }
ledger::Clock& Node::clock() { return impl_->clock_; }
std::optional<hsm::AnchorKeeperStatus> Node::anchor_status() const { return impl_->anchor_->status(); }
std::optional<ledger::Error> Node::why_no_anchor() const { return impl_->anchor_->why_not(); }

std::optional<ledger::Error> Node::anchor_folder_shared() const {
    const auto* const folder = impl_->second_anchor_.get();
    if (folder == nullptr) return std::nullopt;
    for (const std::string& server : folder->servers()) {
        if (server == facts().origin.server_id) continue;
        return ledger::Error{
            hsm::errc::anchor_folder_shared, {}, {{"folder", folder->folder().string()}, {"server_id", server}}};
    }
    return std::nullopt;
}

std::optional<snapshot::KeeperStatus> Node::snapshot_status() const {
    if (!impl_->keeper_) return std::nullopt;
    return impl_->keeper_->status();
}
std::optional<projections::ProjectorStatus> Node::read_models_status() const {
    if (!impl_->projector_) return std::nullopt;
    return impl_->projector_->status();
}
std::optional<snapshot::StateFacts> Node::started_from() const { return impl_->found_.used; }
Result<void> Node::flush_anchor(std::chrono::milliseconds most) { return impl_->anchor_->flush(most); }

}  // namespace node
