#pragma once
// tools/node/key_clearing.hpp: `actledger hsm clear`: the ledger's key and its anchor on the token are destroyed, on
// purpose and for ever. Wiring.

#include <memory>

#include "hsm/pin.hpp"
#include "snapshot/key_clearing.hpp"
#include "tools/config/config.hpp"

namespace node {

/// Holds the log's lock: no server runs meanwhile. One thread.
class KeyClearing {
 public:
    /// Changes nothing.
    /// @return what the log and the token return; errc::log_behind_anchor and its like, hand_over_missing: what the
    ///         anchor or a client knows and the log does not would be lost with it
    [[nodiscard]] static ledger::Result<std::unique_ptr<KeyClearing>> open(const config::Config& config,
                                                                           const hsm::PinSource& pin);
    ~KeyClearing();
    KeyClearing(const KeyClearing&) = delete;
    KeyClearing& operator=(const KeyClearing&) = delete;

    [[nodiscard]] const ledger::Origin& origin() const;
    [[nodiscard]] const ledger::TreeHead& head() const;  ///< Of all that the log has.
    /// The ledger says that it is done; the token may still have the key.
    [[nodiscard]] bool recorded() const;
    /// Records it, if that is still to be done, and destroys the key. @return the last head
    [[nodiscard]] ledger::Result<ledger::TreeHead> run();

 private:
    class Impl;
    explicit KeyClearing(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
