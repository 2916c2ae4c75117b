#pragma once
// hsm/options.hpp: what a token is opened with.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hsm/pin.hpp"
#include "hsm/uri.hpp"
#include "ledger/core/suite.hpp"

namespace hsm {

/// How long each kind of request may take before the child is killed.
struct Deadlines {
    std::chrono::milliseconds sign{2'000};
    std::chrono::milliseconds open{10'000};  ///< Load the module, find the token, open a session: each.
    std::chrono::milliseconds login{10'000};
    std::chrono::milliseconds object{10'000};      ///< Read or write anchors, each step.
    std::chrono::milliseconds initialise{60'000};  ///< Initialise a token, generate a key.
};

struct Options {
    Uri uri;  ///< Which token. An empty one matches any token; exactly one must match.
    /// Used when the URI has no module-path.
    std::filesystem::path module = "/usr/lib/softhsm/libsofthsm2.so";
    PinSource pin;
    /// The child's program. Empty: actledger-hsm-worker in the folder of this program, else in ../libexec/actledger.
    std::filesystem::path worker_program;
    /// Set in the child's environment, over what it inherits (SOFTHSM2_CONF, P11_KIT_SERVER_ADDRESS, …).
    std::vector<std::pair<std::string, std::string>> environment;
    /// Where refused PINs are remembered, as slow salted hashes, so that a service that is restarted again and again
    /// does not lock the card. Empty: remembered by this process only.
    std::filesystem::path state_folder;
    ledger::SuiteId suite = ledger::SuiteId::p256_sha256;
    /// The key that must be found: the ledger knows it. With it a Token starts even while the card is away.
    std::optional<ledger::PublicKey> public_key;
    /// Of the ledger's key epochs, the one whose key is wanted; 1 where no ledger is known.
    std::uint32_t epoch = 1;
    Deadlines deadlines;
    /// The first restart is at once; then after 100 ms, doubling up to this.
    std::chrono::milliseconds restart_delay_max{5'000};
    /// A token that has signed nothing for so long is asked for a signature, so that its status is true. 0: never.
    std::chrono::milliseconds idle_probe_every{30'000};

    [[nodiscard]] std::filesystem::path module_path() const;  ///< The URI's, else `module`.
    /// CKA_LABEL of the anchors, whichever key signed them, and of a token's first key: the URI's object, else
    /// "actledger-1".
    [[nodiscard]] const std::string& label() const;
    /// CKA_LABEL and CKA_ID of a key that took over on the same token (ADR 34): "<label>.epoch-<n>".
    [[nodiscard]] std::string label_of_epoch(std::uint32_t epoch) const;
    /// Where the key of `epoch` can be: under a label of its own, or as the first one of its token.
    [[nodiscard]] std::vector<std::string> key_labels() const;
};

}  // namespace hsm
