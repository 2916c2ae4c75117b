#pragma once
// tools/node/node.hpp: a ledger in service: log, token, state, anchor and sequencer, put together from a configuration.
// The server and, while none runs, the CLI work on one. Wiring only; the rules are in the libraries.

#include <functional>
#include <memory>

#include "api/commands/ledger_decider.hpp"
#include "hsm/anchor_keeper.hpp"
#include "hsm/token.hpp"
#include "ledger/store_write/sequencer.hpp"
#include "projections/read/projector.hpp"
#include "snapshot/state_keeper.hpp"
#include "tools/config/config.hpp"
#include "tools/node/ledger_facts.hpp"

namespace node {

struct NodeOptions {
    /// Called while the log is read: events folded, events in all.
    std::function<void(std::uint64_t, std::uint64_t)> progress;
    /// A commit failed, or the log does not fit to the token's anchor: the process must stop. Any thread, once.
    std::function<void(const ledger::Error&)> on_fatal;
    /// Called on the committing thread for each released head; must not block.
    std::function<void(const ledger::ReleasedHead&, const ledger::TreeHead&)> on_released;
    /// Time was put in doubt: somebody should look at the clock. Sequencing thread; must not block.
    std::function<void(const ledger::TimePutInDoubt&)> on_time_doubted;
    /// A snapshot was not used at the start, or could not be made. Any thread; costs time, never records.
    std::function<void(const ledger::Error&)> on_snapshot_trouble;
    /// Of the read models: thrown away and made again, or not following.
    projections::ProjectorReports read_models;
    /// Whether snapshots are made and the read models follow while it is in service: by the server, not by a command.
    enum class Upkeep { none, full } upkeep = Upkeep::none;
    /// How long the token may take to be ready before the node goes on without it: reading works, nothing is signed.
    std::chrono::milliseconds wait_for_token{5'000};
    /// The PIN, when neither the configuration nor a service credential names its place. Read in the background: a
    /// prompt must have been answered before.
    hsm::PinSource pin_otherwise;
};

/// One a process. Opened and stopped by one thread; the parts say which threads they allow.
class Node {
 public:
    /// @return what the parts return; errc::log_behind_anchor, restored_unconfirmed, recovery_unfinished,
    /// log_contradicts_anchor, anchor_foreign, key_cleared; hsm::errc::anchor_lost
    [[nodiscard]] static ledger::Result<std::unique_ptr<Node>> open(const config::Config& config, NodeOptions options);
    ~Node();  ///< stop()
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    [[nodiscard]] const Facts& facts() const;
    [[nodiscard]] ledger::LogEngine& log();
    [[nodiscard]] ledger::Sequencer& sequencer();
    [[nodiscard]] api::commands::LedgerDecider& decider();  ///< Sequencing thread only.
    [[nodiscard]] hsm::Token& token();
    [[nodiscard]] ledger::Clock& clock();
    /// Empty until the anchor was checked.
    [[nodiscard]] std::optional<hsm::AnchorKeeperStatus> anchor_status() const;
    /// Why nothing is signed yet although the token may sign; nothing once the anchor is in service.
    [[nodiscard]] std::optional<ledger::Error> why_no_anchor() const;
    /// hsm::errc::anchor_folder_shared: another server has its anchor there, too.
    [[nodiscard]] std::optional<ledger::Error> anchor_folder_shared() const;
    /// Nothing without NodeOptions::Upkeep::full.
    [[nodiscard]] std::optional<snapshot::KeeperStatus> snapshot_status() const;
    [[nodiscard]] std::optional<projections::ProjectorStatus> read_models_status() const;  ///< The same.
    /// The snapshot that the start built on; nothing: the log was folded from its first event.
    [[nodiscard]] std::optional<snapshot::StateFacts> started_from() const;
    /// Waits until reservations of new licences and the newest head are in the anchor.
    [[nodiscard]] ledger::Result<void> flush_anchor(std::chrono::milliseconds most);

    /// Answers what was accepted, writes the anchor, ends all threads. Safe to repeat.
    void stop();

 private:
    class Impl;
    explicit Node(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
