#pragma once
// hsm/rejected_pins.hpp: PINs that a token refused, so that the same one is not tried again: not by this process, and
// not by the next one that a service manager starts. Format of the file: docs/manual, chapter on the HSM.

#include <array>
#include <filesystem>
#include <vector>

#include "hsm/connection.hpp"

namespace hsm {

/// Keeps only slow, salted hashes (scrypt). File "hsm-rejected-pins" in the state folder, mode 0600, replaced
/// atomically; at most 8 entries a token and 64 in all, the oldest go. One thread at a time.
class RejectedPins {
 public:
    /// @param state_folder  must exist; empty: nothing outlives this object.
    explicit RejectedPins(std::filesystem::path state_folder) : folder_(std::move(state_folder)) {}

    /// Blocks some tens of milliseconds for each PIN that this token refused before.
    /// @return errc::state_folder_failed if the file cannot be read, or is not one of ours
    [[nodiscard]] ledger::Result<bool> contains(const TokenInfo& token, const Pin& pin);
    /// Durable on return. @return errc::state_folder_failed
    [[nodiscard]] ledger::Result<void> add(const TokenInfo& token, const Pin& pin);
    /// The token took a PIN: what it refused before does not matter any more. @return errc::state_folder_failed
    [[nodiscard]] ledger::Result<void> forget(const TokenInfo& token);

 private:
    struct Entry {
        std::array<std::uint8_t, 32> token;  ///< SHA-256 over manufacturer, model, serial and label.
        std::array<std::uint8_t, 16> salt;
        std::array<std::uint8_t, 32> hash;
    };
    [[nodiscard]] ledger::Result<void> load();
    [[nodiscard]] ledger::Result<void> store() const;

    std::filesystem::path folder_;
    bool loaded_ = false;
    std::vector<Entry> entries_;
};

}  // namespace hsm
