#pragma once
// snapshot/export_files.hpp: writes files into an export's folder so that nobody ever finds half of one: each is made
// aside and renamed into its place, and a state is published only when all of it is on the disk.

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/core/tile_layout.hpp"

namespace snapshot {

/// One thread. Nothing is touched before begin().
///
/// Errors of all calls: errc::export_disk_full, export_write_failed (facts: folder, reason; detail: call and path).
/// After one, what was published before is still whole, and the next writer goes on from there.
class ExportFiles {
 public:
    /// Makes the folder if its parent is there.
    [[nodiscard]] static ledger::Result<ExportFiles> open(const std::filesystem::path& folder);
    ExportFiles(ExportFiles&& other) noexcept;
    ExportFiles& operator=(ExportFiles&&) = delete;
    ~ExportFiles();

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    /// Whether the path still leads to the folder that was opened.
    [[nodiscard]] bool is_in_place() const;
    /// Whether there is anything besides what an interrupted beginning leaves.
    [[nodiscard]] ledger::Result<bool> holds_something() const;
    /// One writer at a time: takes the folder's lock, and removes what an interrupted writer left aside.
    /// @return also errc::export_locked
    [[nodiscard]] ledger::Result<void> begin();

    /// The whole of a small file; nothing if it is not there. @return errc::export_write_failed, also for a longer one
    [[nodiscard]] ledger::Result<std::optional<std::string>> read(const std::string& path, std::size_t bytes_max) const;

    /// A new file, or another one in the place of what an interrupted run left; durable after sync(). A power cut
    /// before may leave its name without its contents, unless they are `synced_first`: what readers take instead of a
    /// file that was published must be whole whenever it is there.
    enum class Contents { synced_later, synced_first };
    [[nodiscard]] ledger::Result<void> put(const std::string& path, ledger::ByteView bytes,
                                           Contents contents = Contents::synced_later);
    /// Durable, and then in the place of what was there, in one step.
    [[nodiscard]] ledger::Result<void> replace(const std::string& path, ledger::ByteView bytes);
    /// Everything that was put is on the disk.
    [[nodiscard]] ledger::Result<void> sync();

    /// Widths of the partial tiles of one number, in no order.
    [[nodiscard]] std::vector<std::uint16_t> partial_widths(ledger::TileKind kind, unsigned level,
                                                            std::uint64_t index) const;
    /// Removes the partial tiles of all numbers whose full tile has been there for `kept`: copies that are under way
    /// may still want them.
    [[nodiscard]] ledger::Result<void> remove_partials(std::chrono::seconds kept);

    /// Removes every tile with a place that a tree of `size` does not have, and syncs: what an interrupted writer left
    /// of a history that did not go on.
    [[nodiscard]] ledger::Result<void> remove_beyond(ledger::TreeSize size);

    [[nodiscard]] std::uint64_t files() const { return files_; }  ///< Written.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
    explicit ExportFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
    [[nodiscard]] ledger::Result<void> lock();
    [[nodiscard]] ledger::Result<int> write_aside(ledger::ByteView bytes);
    [[nodiscard]] ledger::Result<void> write_aside_synced(const std::string& path, ledger::ByteView bytes);
    [[nodiscard]] ledger::Result<void> move_into_place(const std::string& path);
    [[nodiscard]] ledger::Result<void> make_folder(const std::string& path);
    [[nodiscard]] ledger::Result<void> sync_folder(const std::string& path);
    [[nodiscard]] ledger::Error failed(const char* call, const std::string& path, int error_number) const;
    void close_unsynced();
    void find_partials(const std::filesystem::path& below);

    std::filesystem::path folder_;
    int descriptor_ = -1;
    int lock_ = -1;
    bool made_ = false;                 ///< The folder itself, by this.
    std::string made_folder_;           ///< The last one that is known to be there.
    std::vector<int> unsynced_;         ///< Open files that were put since the last sync().
    std::vector<std::string> touched_;  ///< Folders that got a name since.
    bool many_unsynced_ = false;        ///< Too many to be synced one by one.
    bool partials_found_ = false;
    std::set<std::string> partials_;  ///< Folders "….p" that are there, relative.
    std::uint64_t files_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace snapshot
