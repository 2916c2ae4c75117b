#pragma once
// tools/issuer/show.hpp: `actledger-issuer show`: what a licence, request, revocation or certificate says, and whether
// it is genuine.

#include <filesystem>
#include <optional>

#include "ledger/core/certificate.hpp"

namespace issuer {

enum class ShowAs { text, json };

/// Prints the file's content on standard output.
/// @param root  to judge by; without it a signature is not judged, and the output says so. Requests need none.
/// @return the refusal of a file that is not what it seems, errc::file_unknown; nothing is printed then
[[nodiscard]] ledger::Result<void> show(const std::filesystem::path& file,
                                        const std::optional<ledger::Certificate>& root, ShowAs as,
                                        ledger::Language language);

}  // namespace issuer
