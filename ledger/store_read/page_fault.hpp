#pragma once
// ledger/store_read/page_fault.hpp: what happens when a page of an LMDB file cannot be followed. LMDB 0.9 has no page
// checksums: it believes what stands in a page, and one that leads astray is a signal (SIGBUS or SIGSEGV), or fails one
// of LMDB's own assertions. ADR: docs/adr/0025-damaged-pages.md.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/core/result.hpp"

namespace ledger {

constexpr std::size_t page_fault_text_bytes_max = 4'096;

/// Which of our files a map is of.
enum class MappedKind : std::uint8_t { log, read_models };
constexpr std::size_t mapped_kinds = 2;

/// From now on, a file of this kind that cannot be read through its map ends this process with `text` on standard error
/// and `exit_code`, instead of by a signal. Both are prepared here, because nothing can be made when it happens. Other
/// faults of the process end it as before. May be called again: the newest text counts. Takes the handlers of SIGSEGV
/// and SIGBUS at the first call, and an alternate stack for the calling thread. One thread at a time.
/// @param text  whole lines; cut after page_fault_text_bytes_max bytes
void end_at_page_fault(MappedKind kind, std::string_view text, int exit_code);

/// What it is called when it is the log: errc::log_damaged.
[[nodiscard]] Error page_fault_error(const std::filesystem::path& folder);

namespace lmdb {

/// One file that LMDB has mapped. Outlives every WatchedMap and Inside that names it.
struct MappedFile {
    MappedKind kind = MappedKind::log;
    std::string mark;  ///< An empty file that is made when the map is at fault, for the next start; empty: none.
};
[[nodiscard]] const MappedFile& log_file() noexcept;  ///< Any log: nothing is marked.

/// While it lives, this thread is in calls of LMDB: a fault is that file's, wherever it leads. Never around code of
/// ours that could be at fault itself.
class Inside {
 public:
    explicit Inside(const MappedFile& file) noexcept;
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

 private:
    const MappedFile* before_;
};

/// One call of LMDB on a log.
template <class Call>
auto in_log(Call&& call) {
    const Inside inside(log_file());
    return std::forward<Call>(call)();
}

/// A map whose pages are watched, as long as it lives, when our own code reads them. Any thread; at most 16 at a time,
/// others are not watched.
class WatchedMap {
 public:
    WatchedMap() = default;
    /// @param descriptor  of the mapped file, whatever it was opened for.
    WatchedMap(int descriptor, const MappedFile& file);
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

/// What a failed assertion of LMDB does: ends like a fault of the file that it was in, if that was prepared; else
/// returns.
void end_if_prepared() noexcept;

}  // namespace lmdb
}  // namespace ledger
