#pragma once
// ledger/core/export_manifest.hpp: what an export says of itself: whose it is, and what was left out. Written once,
// before anything else, and never changed. Format: docs/formats/export.md.

#include "ledger/core/checkpoint.hpp"

namespace ledger {

constexpr std::size_t export_manifest_bytes_max = 1'024;

struct ExportManifest {
    enum class Annex { kept, left_out };  ///< left_out: an export without personal data.
    SuiteId suite = SuiteId::p256_sha256;
    std::string server_id;
    Digest genesis;  ///< Leaf hash of event 0: two ledgers never share it.
    Annex annex = Annex::kept;
    bool operator==(const ExportManifest&) const = default;

    [[nodiscard]] std::string text() const;
    /// Strict: text() of the result is the input. @return errc::malformed_export_manifest; export_format_unknown for a
    /// later version, or a suite that this program does not know
    [[nodiscard]] static Result<ExportManifest> parse(std::string_view text);
};

}  // namespace ledger
