#pragma once
// ledger/store_read/log_scan.hpp: everything that is stored, as it lies there, for those who verify. Nothing is assumed
// of what is found: keys may be of any length, values of any content. Format: docs/formats/log.md.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "ledger/core/bytes.hpp"

namespace ledger {

struct SignedCheckpoint;

enum class LogDatabase { events, nodes, heads, annex, meta };
constexpr std::size_t log_database_count = 5;
[[nodiscard]] std::string_view name_of(LogDatabase database);  ///< "events", as LMDB has it.

/// One read transaction: what was durable when it was opened. Keep it short: the writer cannot reuse pages meanwhile.
/// Views of what one visit shows stay valid as long as it lives if the visit's numbers are within one run of 256 that
/// begins at a multiple of 256, and otherwise during the call. One thread at a time.
class LogView {
 public:
    virtual ~LogView() = default;
    /// Calls `visit` with each entry whose key, compared as bytes, is in [from, to), in that order; an empty `to` means
    /// to the end. Stops early, with success, when it returns false. @return errc::log_damaged
    using Visitor = std::function<bool(ByteView key, ByteView value)>;
    [[nodiscard]] virtual Result<void> visit(LogDatabase database, ByteView from, ByteView to,
                                             const Visitor& visit) const = 0;
    /// All entries from the end, downwards; stops in the same way.
    [[nodiscard]] virtual Result<void> visit_back(LogDatabase database, const Visitor& visit) const = 0;
    /// @return the number of entries, whatever their keys are.
    [[nodiscard]] virtual Result<std::uint64_t> entries(LogDatabase database) const = 0;
};

/// A log opened for verification only. open_view is safe from several threads at once.
class LogScan {
 public:
    virtual ~LogScan() = default;
    [[nodiscard]] virtual Result<std::unique_ptr<LogView>> open_view() const = 0;
    /// False for an export without personal data: that an annex value is not there says nothing then.
    [[nodiscard]] virtual bool holds_annex() const { return true; }
    /// Of an export: its file `checkpoint`, parsed, whose size a copy may not reach. Otherwise nullptr.
    [[nodiscard]] virtual const SignedCheckpoint* stated() const { return nullptr; }
};

/// Opens the log of the ledger in `folder` for reading only, also while a server writes to it. Unlike open_log_reader
/// it looks at nothing yet: a damaged log is what it is for.
/// @return errc::log_not_found, log_damaged (no LMDB file, or a cut one), log_unreadable
[[nodiscard]] Result<std::unique_ptr<LogScan>> open_log_scan(const std::filesystem::path& folder);

/// The same over an export or a mirror, up to the newest head that its files cover; node hashes that tiles do not hold
/// are computed from those that they do. A file that is missing or not well formed is an error of the visit.
/// @return what ExportFolder::open returns
[[nodiscard]] Result<std::unique_ptr<LogScan>> open_export_scan(const std::filesystem::path& folder);

/// Keys are u64, big-endian.
[[nodiscard]] std::array<std::uint8_t, 8> log_key(std::uint64_t number);
/// Empty for a key that is none.
[[nodiscard]] std::optional<std::uint64_t> log_key_number(ByteView key);

}  // namespace ledger
