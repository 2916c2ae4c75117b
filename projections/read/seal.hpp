#pragma once
// projections/read/seal.hpp: what the last writer of the read models says of data.mdb when it has closed it: how long
// it is, and its SHA-256. LMDB has no checksums, and nobody looks at every page of what is read now and then. Format:
// docs/formats/read-models.md.

#include <filesystem>

namespace projections {

enum class Seal {
    good,     ///< data.mdb is as it was closed.
    broken,   ///< It is not.
    missing,  ///< There is none, or nothing that it could be of.
};

/// Reads all of data.mdb. It must not change meanwhile.
[[nodiscard]] Seal find_seal(const std::filesystem::path& folder);
/// @return false: it could not be made, and there is none
[[nodiscard]] bool make_seal(const std::filesystem::path& folder);
/// Whoever writes to data.mdb does this before.
void break_seal(const std::filesystem::path& folder);

}  // namespace projections
