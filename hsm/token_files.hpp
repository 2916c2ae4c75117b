#pragma once
// hsm/token_files.hpp: where a token that is made of files keeps them. Only SoftHSM is known.

#include <filesystem>
#include <optional>

#include "hsm/connection.hpp"

namespace hsm {

/// SoftHSM's "directories.tokendir", from the configuration file that the worker's environment names; nothing for other
/// tokens, or if the configuration cannot be read.
[[nodiscard]] std::optional<std::filesystem::path> token_files(const Options& options, const TokenInfo& token);

/// The same before the module is loaded, by its name.
[[nodiscard]] std::optional<std::filesystem::path> softhsm_folder(const Options& options);

}  // namespace hsm
