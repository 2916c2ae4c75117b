#pragma once
// hsm/initialise.hpp: makes a token with the ledger's key, once. Repeating it is safe: nothing that exists is changed.

#include <filesystem>
#include <optional>

#include "hsm/options.hpp"

namespace hsm {

/// The label of a token that we initialise ourselves, unless the URI names one.
constexpr std::string_view default_token_label = "activation-ledger";

struct Initialised {
    ledger::PublicKey public_key;
    bool made_token = false;  ///< False: it was there, and was left as it is.
    bool made_key = false;    ///< False: it was there.
    std::string token_label;
    std::string token_serial;
    std::string key_label;
    /// Where the token keeps its files on this machine, if it is known to (SoftHSM): it proves nothing about rollback,
    /// and goes down with that disk. The CLI says so, and offers a second anchor folder.
    std::optional<std::filesystem::path> files;
};

/// Finds the token, or initialises a free slot (C_InitToken, C_InitPIN), then finds the key or generates it: P-256,
/// not extractable, sensitive. An initialised token is never initialised again, whatever it holds.
/// @param so_pin  for a token that has to be initialised; read only then.
/// @return errc::no_free_slot, pin_wrong, …
[[nodiscard]] ledger::Result<Initialised> initialise(const Options& options, const PinSource& so_pin);

}  // namespace hsm
