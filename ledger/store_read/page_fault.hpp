#pragma once
// ledger/store_read/page_fault.hpp: what happens when a page of a log cannot be followed. LMDB 0.9 has no page
// checksums: it believes the offsets in a page, and one that leads behind the end of the file is a signal (SIGBUS, or
// SIGSEGV), or fails one of LMDB's own assertions. ADR: docs/adr/0025-damaged-pages.md.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "ledger/core/result.hpp"

namespace ledger {

constexpr std::size_t page_fault_text_bytes_max = 4'096;

/// From now on, a log that cannot be read through its map ends this process with `text` on standard error and
/// `exit_code`, instead of by a signal. Both are prepared here, because nothing can be made when it happens. Other
/// faults of the process end it as before. May be called again: the newest text counts. Takes the handlers of SIGSEGV
/// and SIGBUS at the first call, and an alternate stack for the calling thread. One thread at a time.
/// @param text  whole lines; cut after page_fault_text_bytes_max bytes
void end_at_page_fault(std::string_view text, int exit_code);

/// What it is called: errc::log_damaged.
[[nodiscard]] Error page_fault_error(const std::filesystem::path& folder);

namespace lmdb {

/// A map whose pages are watched, as long as it lives. Any thread; at most 16 at a time, others are not watched.
class WatchedMap {
 public:
    WatchedMap() = default;
    /// @param file  a descriptor of the mapped file, whatever it was opened for.
    explicit WatchedMap(int file);
    ~WatchedMap();
    WatchedMap(WatchedMap&& other) noexcept;
    WatchedMap& operator=(WatchedMap&& other) noexcept;

    /// Whether all of these bytes are among the first `most` of the map; true if it is not known where that is.
    [[nodiscard]] bool holds(const void* bytes, std::size_t count, std::uint64_t most) const noexcept {
        const auto at = reinterpret_cast<std::uintptr_t>(bytes);
        if (end_ == 0) return true;
        return at >= begin_ && at - begin_ <= most && count <= most - (at - begin_);
    }

 private:
    static constexpr std::size_t none = SIZE_MAX;
    std::size_t place_ = none;
    std::uintptr_t begin_ = 0;
    std::uintptr_t end_ = 0;
};

/// What a failed assertion of LMDB does: ends like a fault, if that was prepared; else returns.
void end_if_prepared() noexcept;

}  // namespace lmdb
}  // namespace ledger
