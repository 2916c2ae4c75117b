#pragma once
// ledger/store_read/export_folder.hpp: an export or a mirror, for reading: also a copy that was made with ordinary
// tools while the original grew. Nothing in it is believed here: whoever reads holds it against a signed head. Format:
// docs/formats/export.md.

#include <array>
#include <filesystem>

#include "ledger/core/export_manifest.hpp"
#include "ledger/core/tile_bundle.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace ledger {

/// What the files of one number hold. Views point into buffers of its own, which are used again.
struct ExportPart {
    SequenceNumber first;
    std::vector<ByteView> entries;   ///< Of events from `first` on; at most 256.
    std::vector<Digest> leaves;      ///< As many.
    std::vector<PlacedEntry> heads;  ///< Notes; a head covers the events up to its place.
    std::vector<PlacedEntry> annex;  ///< Annex entries; none in an export without personal data.
    std::array<Bytes, 3> buffers;    ///< Of entries, heads and annex.
};

/// Immutable once open: usable from several threads.
class ExportFolder {
 public:
    /// Looks at manifest and checkpoint, and which files there are. A file that is missing with others of its kind
    /// behind it is damage; where the last ones are missing, the copy ends early, and an older head holds.
    /// @return errc::export_not_found, export_incomplete, export_file_missing, malformed_export_manifest,
    ///         export_format_unknown, export_unreadable, malformed_tile, export_file_differs (the checkpoint is not
    ///         the head that heads/ has of its size)
    [[nodiscard]] static Result<ExportFolder> open(const std::filesystem::path& folder);
    /// Whether a folder looks like an export at all: it has a manifest.
    [[nodiscard]] static bool is_one(const std::filesystem::path& folder);
    /// Which tile levels count: for whoever writes there all of them; what is above level 0 a reader can compute.
    enum class Levels { all, lowest };
    /// How much of a tree of `stated` the files of a folder cover, up to the first one that is missing, whatever is
    /// behind it. Nothing is read.
    /// @return errc::export_unreadable
    [[nodiscard]] static Result<TreeSize> covered_within(const std::filesystem::path& folder,
                                                         ExportManifest::Annex annex, TreeSize stated, Levels levels);
    ExportFolder(ExportFolder&& other) noexcept;
    ExportFolder& operator=(ExportFolder&&) = delete;
    ~ExportFolder();

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] const ExportManifest& manifest() const { return manifest_; }
    /// What the file `checkpoint` says. Its signature is not checked.
    [[nodiscard]] const SignedCheckpoint& checkpoint() const { return checkpoint_; }
    /// The newest head that the files cover, not verified; its size is how much of the export is to be read.
    [[nodiscard]] const ReleasedHead& newest_head() const { return newest_head_; }

    /// How many parts there are up to newest_head().
    [[nodiscard]] std::uint64_t parts() const;
    /// Reads the events [256 * index, 256 * index + 256), as far as newest_head() goes.
    /// @return errc::export_file_missing, export_unreadable, malformed_tile (facts: folder, path)
    [[nodiscard]] Result<void> read_part(std::uint64_t index, ExportPart& part) const;
    /// `count` hashes of tile level 0 to 7 from this place on, all of one tile. Those of level 1 and above that no file
    /// has are computed from the ones below: nobody loses events for a file that follows from others.
    [[nodiscard]] Result<std::vector<Digest>> read_hashes(unsigned level, std::uint64_t place, std::size_t count) const;
    /// The whole of a small file. @return as read_part
    [[nodiscard]] Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) const;
    /// An error about a file: facts folder and path.
    [[nodiscard]] Error error(std::error_code code, const std::string& path, std::string detail = {}) const;

 private:
    /// The files of one kind and level: all from 0 to `full`, and behind them a partial one of this width, or 0.
    struct Series {
        std::uint64_t full = 0;
        std::uint16_t partial = 0;
        bool more_behind = false;  ///< Files beyond the first one that is missing.
        [[nodiscard]] std::uint64_t places() const { return full * tile_width + partial; }
        /// The greatest size up to `stated` that so many places are enough for.
        [[nodiscard]] TreeSize covers(unsigned level, TreeSize stated) const;
    };
    explicit ExportFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
    [[nodiscard]] Result<void> look_around();
    /// @return errc::export_unreadable
    [[nodiscard]] static Result<Series> list(const std::filesystem::path& root, TileKind kind, unsigned level,
                                             TreeSize expected);
    template <class Measure>
    [[nodiscard]] static Result<void> for_each_series(ExportManifest::Annex annex, TreeSize stated,
                                                      const Measure& measure);
    [[nodiscard]] Result<TreeSize> measure_coverage();
    [[nodiscard]] Result<void> check_newest_head() const;
    [[nodiscard]] Result<ReleasedHead> newest_head_within(TreeSize covered) const;
    [[nodiscard]] const Series& series(TileKind kind, unsigned level) const;
    /// The file that has place `width` - 1 of this number, and the width of it.
    [[nodiscard]] Result<TileId> find(TileKind kind, unsigned level, std::uint64_t index, std::size_t width) const;
    /// The same hashes, from those of the level below. @pre level > 0
    [[nodiscard]] Result<std::vector<Digest>> compute_hashes(unsigned level, std::uint64_t place,
                                                             std::size_t count) const;
    [[nodiscard]] Result<void> read_into(const std::string& path, std::size_t bytes_max, Bytes& bytes) const;
    [[nodiscard]] Result<std::vector<PlacedEntry>> read_placed(TileKind kind, std::uint64_t index, std::size_t width,
                                                               Bytes& buffer) const;

    std::filesystem::path folder_;
    int descriptor_ = -1;
    ExportManifest manifest_;
    SignedCheckpoint checkpoint_;
    bool annex_there_ = true;  ///< The folder of that name, if the export is one with personal data.
    std::array<Series, tile_levels_max + 3> series_;
    ReleasedHead newest_head_;
};

}  // namespace ledger
