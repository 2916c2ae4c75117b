#pragma once
// api/health_source.hpp: what the programs tell of the parts that the API does not know: the HSM and its anchor.

#include <optional>
#include <string>
#include <vector>

#include "ledger/core/result.hpp"
#include "ledger/core/sizes.hpp"

namespace api {

struct HsmHealth {
    std::string state;                 ///< "ready", "not_responding", …: the names of the HSM's own states.
    bool ready = false;                ///< It signs, and the ledger was held against its anchor.
    bool waits_for_person = false;     ///< A PIN was refused: nothing is tried again by itself.
    ledger::Timestamp since;           ///< Wall clock.
    std::optional<ledger::Error> why;  ///< Set unless all is well or not known yet.
    std::string module;
    std::string token_label;
    std::string token_serial;
    std::uint64_t signatures = 0;
    std::uint64_t restarts = 0;
    std::int64_t last_signature_us = 0;
};

struct AnchorHealth {
    std::uint64_t counter = 0;
    ledger::TreeSize anchored;
    ledger::Timestamp written_at;  ///< 0: not by this process.
    std::optional<ledger::Error> failing;
    std::optional<ledger::Error> second_failing;
    ledger::Timestamp failing_since;
    std::optional<ledger::Error> second_shared;  ///< With another server.
};

/// A copy of the ledger that is kept up to date on another disk.
struct MirrorHealth {
    std::string folder;
    ledger::TreeSize size;         ///< Of what it holds; 0: not known yet.
    std::uint64_t behind = 0;      ///< Events that are durable and not in it.
    ledger::Duration lag;          ///< How long the oldest of them has been waiting.
    ledger::Timestamp written_at;  ///< 0: not by this process.
    std::optional<ledger::Error> problem;
    std::optional<ledger::Timestamp> since;
};

/// Of the snapshots of the state, which make a start quick. What is wrong with them stops nothing.
struct SnapshotHealth {
    ledger::TreeSize newest;    ///< 0: there is none that is good.
    ledger::Timestamp made_at;  ///< 0: not by this process.
    std::vector<ledger::Error> problems;
    ledger::Timestamp since;  ///< Of the problems.
};

/// Of the read models, which follow the log.
struct ReadModelsHealth {
    ledger::TreeSize applied;
    std::optional<ledger::Error> failing;
};

/// Any thread; values of the moment, never blocks for long.
class HealthSource {
 public:
    virtual ~HealthSource() = default;
    [[nodiscard]] virtual HsmHealth hsm() const = 0;
    [[nodiscard]] virtual std::vector<MirrorHealth> mirrors() const = 0;            ///< In the configuration's order.
    [[nodiscard]] virtual std::optional<AnchorHealth> anchor() const = 0;           ///< Nothing until it was checked.
    [[nodiscard]] virtual std::optional<SnapshotHealth> snapshots() const = 0;      ///< Nothing where none are kept.
    [[nodiscard]] virtual std::optional<ReadModelsHealth> read_models() const = 0;  ///< The same.
};

/// The sequencer knows only that nothing is signed (ledger::errc::signer_unavailable). What a reader can act on is the
/// token's own error, or its anchor's, which has the remedy; any other error stays what it is.
[[nodiscard]] ledger::Error with_cause(const HealthSource& health, ledger::Error error);

}  // namespace api
