#pragma once
// tools/node/rotation.hpp: `actledger hsm rotate`: the ledger's key hands over to another one on the same token.
// Wiring; the rules are in snapshot/rotation.hpp.

#include <memory>

#include "hsm/pin.hpp"
#include "snapshot/rotation.hpp"
#include "tools/config/config.hpp"

namespace node {

struct RotationRequest {
    std::string server_id;
    ledger::TreeHead head;  ///< The newest of the ledger.
    std::string request;    ///< ledger/license_file/rotation_request.hpp
    bool made_key = false;
    std::string token_label;
};

/// Makes the next key beside the present one, unless an earlier run did, and the request. Writes nothing to the ledger,
/// and holds its lock meanwhile: whoever writes to the token does so alone.
/// @return what the log and the token return; errc::key_cleared, log_behind_anchor and its like, hand_over_missing,
///         recover_first: a ledger that something is missing of is not handed over
[[nodiscard]] ledger::Result<RotationRequest> request_rotation(const config::Config& config, const hsm::PinSource& pin);

/// Destroys the keys on the token that handed over, once the newest head of the present one is in the log and in the
/// anchor. Safe to repeat. @return how many there were; as above; errc::rotation_unfinished
[[nodiscard]] ledger::Result<std::size_t> destroy_replaced(const config::Config& config, const hsm::PinSource& pin);

/// Holds the log's lock: no server runs meanwhile. One thread.
class Rotating {
 public:
    /// Changes nothing.
    /// @param certificate  the vendor's, over the next key.
    /// @return as request_rotation; what snapshot::find_rotation returns; errc::next_key_missing
    [[nodiscard]] static ledger::Result<std::unique_ptr<Rotating>> open(const config::Config& config,
                                                                        const hsm::PinSource& pin,
                                                                        const ledger::Certificate& certificate);
    ~Rotating();
    Rotating(const Rotating&) = delete;
    Rotating& operator=(const Rotating&) = delete;

    [[nodiscard]] const snapshot::Rotation& found() const;
    /// SHA-256 of the keys, in hex: the one that signs now, and the one that takes over.
    [[nodiscard]] std::string present_key() const;
    [[nodiscard]] std::string next_key() const;
    /// @pre found().stage is not done (asserted)
    [[nodiscard]] ledger::Result<snapshot::Recovered> run();

 private:
    class Impl;
    explicit Rotating(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
