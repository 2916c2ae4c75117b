#pragma once
// hsm/kept_token.hpp: SoftHSM writes a token's file `token.object` anew at each login: it is emptied, written, and not
// synced. Who is killed in between, or a power cut, leaves a token without its name and its keys, for ever. So a copy
// of it lies beside it, and is put back when the file is cut. ADR: docs/adr/0009-hsm-child-process.md.

#include <filesystem>
#include <string_view>

#include "hsm/options.hpp"

namespace hsm {

/// Puts the copy back where a token's file is empty, shorter than its copy, or nothing but zeros. Before the module is
/// loaded; beside other programs that use the token. Does nothing for modules that are not SoftHSM's.
/// @return why one could not be put back
[[nodiscard]] std::error_code mend_token_files(const Options& options);

/// Makes the copy what the file is, if it is another. Before each login.
/// @param folder  with a folder a token, as token_files() says.
/// @param serial  of the token.
/// @return why not; the token is as good as before
[[nodiscard]] std::error_code keep_token_file(const std::filesystem::path& folder, std::string_view serial);

}  // namespace hsm
