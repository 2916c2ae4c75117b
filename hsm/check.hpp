#pragma once
// hsm/check.hpp: `hsm check`: proves that the key signs through this module, here and now, and says what it found.
// Used before and after a driver is replaced (design section 7, row J). Changes nothing on the token.

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hsm/anchor_reading.hpp"
#include "ledger/core/anchor.hpp"

namespace hsm {

/// One step, in the order they are done; a failed one ends the check.
struct CheckStep {
    enum class Outcome { passed, warning, failed, skipped };
    std::string name;  ///< "module", "token", "pin", "key", "signature", "latency", "anchor", "files"
    Outcome outcome = Outcome::skipped;
    std::string detail;                  ///< English, one line: what was found.
    std::optional<ledger::Error> error;  ///< With sentence and remedy; set if failed, and for some warnings.
};

struct CheckReport {
    std::vector<CheckStep> steps;
    std::string module;   ///< Path.
    std::string library;  ///< "SoftHSM Implementation of PKCS11 2.6, Cryptoki 2.40"
    std::string token_label;
    std::string token_model;
    std::string token_serial;
    std::vector<std::string> mechanisms;  ///< Of those we know, "CKM_ECDSA"; others as hexadecimal numbers.
    std::optional<ledger::PublicKey> public_key;
    std::array<std::uint8_t, 32> nonce{};    ///< What was signed: hsm/driver_witness.hpp.
    ledger::Bytes nonce_signature;           ///< Verified; empty until the step "signature" has passed.
    std::vector<std::int64_t> latencies_us;  ///< Of 20 signatures, sorted.
    std::size_t anchors_found = 0;
    std::optional<ledger::Anchor> anchor;              ///< The highest valid one.
    std::optional<std::filesystem::path> token_files;  ///< Where the token keeps its files, if known.
    bool same_disk_as_ledger = false;

    [[nodiscard]] bool passed() const;  ///< No step failed.
};

/// The keys that may be meant where no ledger says which, the likeliest first. @param on_token  its anchors
using KeysByAnchors = std::function<std::vector<AnchoredKey>(std::span<const ledger::Bytes> on_token)>;

/// @param ledger_folder  to tell whether the token's files lie on the same disk; may be empty.
/// @param nonce          what the key has to sign; nothing: random.
/// @param keys           if no ledger says which key is meant: the first of these that the token has; the one that the
///                       options mean if it has none of them.
[[nodiscard]] CheckReport check(const Options& options, const std::filesystem::path& ledger_folder,
                                const std::optional<std::array<std::uint8_t, 32>>& nonce = {},
                                const KeysByAnchors& keys = {});

/// Whether the key that the options mean signs now; it is asked once, in a session of its own.
/// @return what opening a session returns
[[nodiscard]] ledger::Result<void> prove_key(const Options& options);

/// Whether somebody knows the PIN: it logs in to the token, in a session of its own, and the key signs. Where the
/// service has its PIN from does not matter. A wrong one counts as any wrong PIN does.
/// @return errc::pin_wrong, pin_locked, token_not_found, …
[[nodiscard]] ledger::Result<void> prove_pin(Options options, Pin pin);

}  // namespace hsm
