#pragma once
// ledger/license_file/license_archive.hpp: the .lic archive as a container: a ZIP with exactly `license.bin` and
// `info`. Signatures and terms are none of its business; nothing in the archive but the two contents has a meaning.
// Format: docs/formats/license.md.

#include "ledger/core/bytes.hpp"

namespace ledger {

constexpr std::size_t license_archive_bytes_max = 4 * 1024 * 1024;
/// Leaves room for the rest of an event (event_bytes_max).
constexpr std::size_t license_bin_bytes_max = 60'000;

struct LicenseArchive {
    Bytes license_bin;
    Bytes info;
    bool operator==(const LicenseArchive&) const = default;
};

/// Reads from memory; contents stored or deflated, entries in either order. Archives that other programs packed again
/// are accepted if the two entries are all there is.
/// @return license_file::errc::not_zip, archive_damaged, entry_missing, entry_extra, entry_duplicated, entry_oversized,
///         entry_encrypted, entry_with_path (fact: entry); errc::too_large beyond license_archive_bytes_max
[[nodiscard]] Result<LicenseArchive> read_license_archive(ByteView lic);

/// The same bytes for the same contents: stored entries, `license.bin` first, times fixed at 1980-01-01.
[[nodiscard]] Bytes write_license_archive(const LicenseArchive& archive);

}  // namespace ledger
