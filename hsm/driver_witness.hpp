#pragma once
// hsm/driver_witness.hpp: what must be the same before and after the token's driver is replaced (design section 7, row
// J), as a small text file that `hsm check --before` writes and `hsm check --after` reads. Pure. Format:
// docs/formats/driver-witness.md.

#include "hsm/check.hpp"

namespace hsm {

constexpr std::size_t driver_witness_bytes_max = 16 * 1024;
constexpr std::string_view driver_witness_first_line = "actledger-driver-witness/1";

struct DriverWitness {
    ledger::PublicKey key;
    std::array<std::uint8_t, 32> nonce{};
    ledger::Bytes signature;  ///< Over driver_witness_message(nonce), by the key.
    ledger::Origin origin;    ///< Of the anchor, as the two below.
    std::uint64_t counter = 0;
    ledger::TreeHead head;
    std::string module;   ///< Path of the driver.
    std::string library;  ///< As it names itself.
    std::string token;    ///< "label, serial", for people.

    /// Of a check that passed. @pre report.passed(), with the signature over a nonce (asserted)
    [[nodiscard]] static DriverWitness of(const CheckReport& report);
    [[nodiscard]] std::string text() const;
    /// Strict: text() of the result is the input, and the signature verifies.
    /// @return errc::driver_witness_malformed
    [[nodiscard]] static ledger::Result<DriverWitness> parse(std::string_view text);
};

/// Means nothing anywhere else: no note and no request begins like it.
[[nodiscard]] ledger::Bytes driver_witness_message(const std::array<std::uint8_t, 32>& nonce);

/// Whether a check through another driver found the same key, signing what it signed before, and an anchor that goes on
/// from the one before.
/// @param after  of a check whose nonce was the witness's, and which passed (asserted).
/// @return errc::driver_key_differs (expected, found), driver_anchor_differs (expected, found)
[[nodiscard]] ledger::Result<void> check_same(const DriverWitness& before, const CheckReport& after);

}  // namespace hsm
