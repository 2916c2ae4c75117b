#pragma once
// api/services.hpp: what the endpoints work with, as plain references that the programs hand in.

#include <filesystem>
#include <functional>

#include "api/commands/ledger_decider.hpp"
#include "api/health_source.hpp"
#include "ledger/core/signer.hpp"
#include "ledger/store_write/log_engine.hpp"
#include "ledger/store_write/sequencer.hpp"

namespace api {

class RefusedAdoptions;
class Witness;

/// All outlive the router. At the end the sequencer is stopped before the server's io threads are: it answers through
/// them.
struct LedgerServices {
    ledger::Sequencer& sequencer;
    const ledger::LogReader& log;
    commands::LedgerDecider& decider;  ///< Touched on the sequencing thread only, within tasks.
    const ledger::Suite& suite;
    ledger::Origin origin;
    ledger::Incarnations incarnations;  ///< They change only while no server runs.
    ledger::KeyEpochs keys;             ///< The same.
    /// For each of incarnations.opened(): the certificates that the file of its event bears; null: there were none.
    std::vector<projections::CertificateChain> opening_chains;
    ledger::DeviceSalt device_salt;
    /// The certificates of the key that signs new heads, if it is not the ledger's first one; else null. A desktop's
    /// stored file may name another key.
    projections::CertificateChain replaced_key_chain;
    const ledger::Clock& clock;
    const HealthSource& health;
    std::function<ledger::StorageRoom()> room;  ///< Of the log. Any thread.
    std::function<void()> retry_hsm;  ///< A person says that the card is right again. Any thread; does not wait.
    Witness& witness;
    RefusedAdoptions& refused_adoptions;

    commands::Preparation preparation;  ///< Of the same ledger as suite and salt.
    [[nodiscard]] ledger::Timestamp wall() const { return {clock.wall_us()}; }
};

}  // namespace api
