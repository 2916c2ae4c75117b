#include "ledger/store_read/export_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <cstring>

#include "ledger/core/errc.hpp"
#include "ledger/core/suite.hpp"

namespace ledger {
namespace {

constexpr std::uint64_t group_width = 1'000;  ///< Numbers that share a folder.
constexpr std::string_view partial_suffix = ".p";

/// A descriptor that is closed.
class OpenFile {
 public:
    OpenFile(int folder, const std::string& path)
        : fd_(::openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}  // a FIFO is waited for by nobody
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    [[nodiscard]] int get() const { return fd_; }

 private:
    int fd_;
};

std::size_t slot_of(TileKind kind, unsigned level) {
    return kind == TileKind::hashes ? level : tile_levels_max + static_cast<std::size_t>(kind) - 1;
}

/// A name of exactly three digits.
std::optional<std::uint64_t> number_named(std::string_view name) {
    const auto id = TileId::parse("heads/" + std::string(name));
    return id && id->width == tile_width ? std::optional(id->index) : std::nullopt;
}

/// None for a folder that is not there; one that cannot be read is no end of the export.
Result<std::vector<std::string>> names_in(const std::filesystem::path& root, const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code failure;
    for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        names.push_back(entry->path().filename().string());
    }
    if (!failure || failure == std::errc::no_such_file_or_directory || failure == std::errc::not_a_directory) {
        return names;
    }
    return Error{
        errc::export_unreadable,
        {},
        {{"folder", root.string()}, {"path", folder.lexically_relative(root).string()}, {"reason", failure.message()}}};
}

/// What lies in one folder of a thousand numbers.
struct NumbersThere {
    std::bitset<group_width> full;
    std::bitset<group_width> partial;  ///< "000.p", whatever is in it.

    explicit NumbersThere(const std::vector<std::string>& names) {
        for (const std::string& name : names) {
            if (const auto number = number_named(name)) full.set(*number);
            if (!name.ends_with(partial_suffix)) continue;
            const auto of = std::string_view(name).substr(0, name.size() - partial_suffix.size());
            if (const auto number = number_named(of)) partial.set(*number);
        }
    }
    /// Anything of a number above `first`, or the full file of `first` itself.
    [[nodiscard]] bool any_behind(std::uint64_t first) const {
        bool any = full.test(first);
        for (std::uint64_t number = first + 1; number < group_width; ++number) {
            any = any || full.test(number) || partial.test(number);
        }
        return any;
    }
};

}  // namespace

bool ExportFolder::is_one(const std::filesystem::path& folder) {
    std::error_code failure;
    return std::filesystem::is_regular_file(folder / "manifest", failure);
}

ExportFolder::ExportFolder(ExportFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      manifest_(std::move(other.manifest_)),
      checkpoint_(std::move(other.checkpoint_)),
      annex_there_(other.annex_there_),
      series_(other.series_),
      newest_head_(std::move(other.newest_head_)) {}

ExportFolder::~ExportFolder() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Error ExportFolder::error(std::error_code code, const std::string& path, std::string detail) const {
    return {code, std::move(detail), {{"folder", folder_.string()}, {"path", path}}};
}

Result<ExportFolder> ExportFolder::open(const std::filesystem::path& folder) {
    std::error_code failed;
    auto path = std::filesystem::absolute(folder, failed).lexically_normal();
    if (failed) return Error{errc::export_not_found, failed.message(), {{"folder", folder.string()}, {"path", ""}}};
    if (!path.has_filename()) path = path.parent_path();  // "folder/"
    ExportFolder opened(std::move(path));
    ACTLEDGER_CHECK(opened.look_around());
    return opened;
}

Result<void> ExportFolder::look_around() {
    descriptor_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return error(errc::export_not_found, "");
        Error unreadable = error(errc::export_unreadable, ".");
        unreadable.facts.push_back({"reason", std::strerror(errno)});
        return unreadable;
    }
    const auto manifest = read_file("manifest", export_manifest_bytes_max);
    if (!manifest) {
        if (manifest.error().code == errc::export_file_missing) return error(errc::export_not_found, "manifest");
        return manifest.error();
    }
    auto parsed = ExportManifest::parse(as_text(*manifest));
    if (!parsed) return error(parsed.error().code, "manifest", parsed.error().detail);
    manifest_ = *std::move(parsed);

    const auto note = read_file("checkpoint", note_bytes_max);
    if (!note) {
        if (note.error().code == errc::export_file_missing) return error(errc::export_incomplete, "checkpoint");
        return note.error();
    }
    auto checkpoint = SignedCheckpoint::parse(as_text(*note));
    if (!checkpoint) return error(errc::malformed_tile, "checkpoint", checkpoint.error().describe());
    checkpoint_ = *std::move(checkpoint);
    if (checkpoint_.checkpoint.origin.server_id != manifest_.server_id) {
        return error(errc::export_file_differs, "checkpoint", "of " + checkpoint_.checkpoint.origin.text());
    }
    const TreeSize stated = checkpoint_.checkpoint.head.size;
    if (stated.value == 0) return error(errc::export_incomplete, "checkpoint", "of size 0");
    ACTLEDGER_TRY(const TreeSize covered, measure_coverage());
    if (covered >= stated) {
        newest_head_ = {stated, std::string(as_text(*note))};
        return check_newest_head();
    }
    ACTLEDGER_TRY(newest_head_, newest_head_within(covered));
    return {};
}

const ExportFolder::Series& ExportFolder::series(TileKind kind, unsigned level) const {
    return series_[slot_of(kind, level)];
}

/// Goes through the folders of a thousand numbers each, until a number is missing.
Result<ExportFolder::Series> ExportFolder::list(const std::filesystem::path& root, TileKind kind, unsigned level,
                                                TreeSize expected) {
    const auto base = root / tile_folder(kind, level);
    const std::uint64_t groups = tile_places(level + 1, expected) / group_width + 1;
    Series series;
    for (std::uint64_t group = 0; group < groups; ++group) {
        ACTLEDGER_TRY(const auto names, names_in(root, (base / tile_number(group * group_width)).parent_path()));
        const NumbersThere there(names);
        const std::uint64_t first = group * group_width;
        if (series.full != first) {
            series.more_behind = series.more_behind || there.full.any() || there.partial.any();
            continue;
        }
        while (series.full < first + group_width && there.full.test(series.full - first)) ++series.full;
        if (series.full < first + group_width) series.more_behind = there.any_behind(series.full - first);
    }
    auto partial = base / tile_number(series.full);
    partial += partial_suffix;
    ACTLEDGER_TRY(const auto widths, names_in(root, partial));
    for (const std::string& name : widths) {
        const auto id = TileId::parse("heads/000.p/" + name);
        if (id) series.partial = std::max(series.partial, id->width);
    }
    return series;
}

/// Every kind and level that a tree of `stated` has.
template <class Measure>
Result<void> ExportFolder::for_each_series(ExportManifest::Annex annex, TreeSize stated, const Measure& measure) {
    for (unsigned level = 0; level < tile_levels_max && tile_places(level, stated) > 0; ++level) {
        ACTLEDGER_CHECK(measure(TileKind::hashes, level));
    }
    ACTLEDGER_CHECK(measure(TileKind::entries, 0));
    ACTLEDGER_CHECK(measure(TileKind::heads, 0));
    if (annex == ExportManifest::Annex::kept) ACTLEDGER_CHECK(measure(TileKind::annex, 0));
    return {};
}

TreeSize ExportFolder::Series::covers(unsigned level, TreeSize stated) const {
    if (places() >= tile_places(level, stated)) return stated;
    // Places up to here cover every size below that of the next place.
    const std::uint64_t next = (places() + 1) << (tile_height * level);
    return std::min(stated, TreeSize{next - 1});
}

Result<TreeSize> ExportFolder::covered_within(const std::filesystem::path& folder, ExportManifest::Annex annex,
                                              TreeSize stated, Levels levels) {
    TreeSize covered = stated;
    ACTLEDGER_CHECK(for_each_series(annex, stated, [&](TileKind kind, unsigned level) -> Result<void> {
        if (level > 0 && levels == Levels::lowest) return {};
        ACTLEDGER_TRY(const Series series, list(folder, kind, level, stated));
        covered = std::min(covered, series.covers(level, stated));
        return {};
    }));
    return covered;
}

Result<TreeSize> ExportFolder::measure_coverage() {
    const TreeSize stated = checkpoint_.checkpoint.head.size;
    TreeSize covered = stated;
    std::optional<Error> hole;
    // Removed as a whole, the annex is no end of the copy: each value that is missing is named to whoever reads.
    annex_there_ = ::faccessat(descriptor_, "annex", F_OK, 0) == 0 || errno != ENOENT;
    ACTLEDGER_CHECK(for_each_series(manifest_.annex, stated, [&](TileKind kind, unsigned level) -> Result<void> {
        if (kind == TileKind::annex && !annex_there_) return {};
        Series& series = series_[slot_of(kind, level)];
        ACTLEDGER_TRY(series, list(folder_, kind, level, stated));
        const TreeSize covers = series.covers(level, stated);
        if (covers < stated && series.more_behind && !hole) {
            hole = error(errc::export_file_missing,
                         TileId{kind, static_cast<std::uint8_t>(level), series.full, tile_width}.path());
        }
        if (level == 0) covered = std::min(covered, covers);  // what is above follows from it
        return {};
    }));
    if (hole) return *std::move(hole);
    return covered;
}

/// The file `checkpoint` is the head of its size, byte for byte: so whoever judges heads/ has judged it.
Result<void> ExportFolder::check_newest_head() const {
    Bytes buffer;
    const std::uint64_t last = newest_head_.size.value - 1;
    const std::size_t place = last % tile_width;
    ACTLEDGER_TRY(const auto heads, read_placed(TileKind::heads, last / tile_width, place + 1, buffer));
    if (!heads.empty() && heads.back().place == place && as_text(heads.back().bytes) == newest_head_.note) return {};
    return error(errc::export_file_differs, "checkpoint", "heads/ has another head of that size");
}

Result<ReleasedHead> ExportFolder::newest_head_within(TreeSize covered) const {
    Bytes buffer;
    for (std::uint64_t end = covered.value; end > 0; end = (end - 1) / tile_width * tile_width) {
        const std::uint64_t index = (end - 1) / tile_width;
        ACTLEDGER_TRY(const auto heads, read_placed(TileKind::heads, index, end - index * tile_width, buffer));
        if (heads.empty()) continue;
        const PlacedEntry& last = heads.back();
        return ReleasedHead{{index * tile_width + last.place + 1}, std::string(as_text(last.bytes))};
    }
    return error(errc::export_incomplete, "heads");
}

std::uint64_t ExportFolder::parts() const { return (newest_head_.size.value + tile_width - 1) / tile_width; }

Result<TileId> ExportFolder::find(TileKind kind, unsigned level, std::uint64_t index, std::size_t width) const {
    const Series& there = series(kind, level);
    TileId id{kind, static_cast<std::uint8_t>(level), index, tile_width};
    if (index < there.full) return id;
    if (index == there.full && there.partial >= width) {
        id.width = there.partial;
        return id;
    }
    if (width < tile_width) id.width = static_cast<std::uint16_t>(width);
    return error(errc::export_file_missing, id.path());
}

Result<void> ExportFolder::read_into(const std::string& path, std::size_t bytes_max, Bytes& bytes) const {
    const auto unreadable = [&](const char* reason) {
        Error problem = error(errc::export_unreadable, path);
        problem.facts.push_back({"reason", reason});
        return problem;
    };
    const OpenFile file(descriptor_, path);
    if (file.get() < 0) {
        return errno == ENOENT ? error(errc::export_file_missing, path) : unreadable(std::strerror(errno));
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return unreadable(std::strerror(errno));
    if (!S_ISREG(status.st_mode)) return unreadable("it is not a regular file");
    if (static_cast<std::uint64_t>(status.st_size) > bytes_max) return error(errc::malformed_tile, path, "too long");
    bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t size = 0;
    while (size < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unreadable(std::strerror(errno));
        if (got == 0) return error(errc::malformed_tile, path, "cut while it was read");
        size += static_cast<std::size_t>(got);
    }
    return {};
}

Result<Bytes> ExportFolder::read_file(const std::string& path, std::size_t bytes_max) const {
    Bytes bytes;
    ACTLEDGER_CHECK(read_into(path, bytes_max, bytes));
    return bytes;
}

Result<std::vector<PlacedEntry>> ExportFolder::read_placed(TileKind kind, std::uint64_t index, std::size_t width,
                                                           Bytes& buffer) const {
    ACTLEDGER_TRY(const TileId id, find(kind, 0, index, width));
    ACTLEDGER_CHECK(read_into(id.path(), placed_bundle_bytes_max, buffer));
    auto placed = parse_placed_bundle(buffer, id.width);
    if (!placed) return error(placed.error().code, id.path(), placed.error().detail);
    std::erase_if(*placed, [&](const PlacedEntry& entry) { return entry.place >= width; });
    return placed;
}

Result<std::vector<Digest>> ExportFolder::read_hashes(unsigned level, std::uint64_t place, std::size_t count) const {
    const std::size_t begin = place % tile_width;
    ACTLEDGER_ASSERT(count > 0 && begin + count <= tile_width);
    const auto id = find(TileKind::hashes, level, place / tile_width, begin + count);
    if (!id && level > 0) return compute_hashes(level, place, count);
    if (!id) return id.error();
    Bytes bytes;
    ACTLEDGER_CHECK(read_into(id->path(), hash_tile_bytes_max, bytes));
    auto hashes = parse_hash_tile(bytes, id->width);
    if (!hashes) return error(hashes.error().code, id->path(), hashes.error().detail);
    hashes->resize(begin + count);
    hashes->erase(hashes->begin(), hashes->begin() + static_cast<std::ptrdiff_t>(begin));
    return hashes;
}

Result<std::vector<Digest>> ExportFolder::compute_hashes(unsigned level, std::uint64_t place, std::size_t count) const {
    const Suite* const suite = find_suite(manifest_.suite);
    ACTLEDGER_ASSERT(suite != nullptr);  // the manifest's parser knows it
    std::vector<Digest> hashes;
    for (std::uint64_t at = place; at < place + count; ++at) {
        ACTLEDGER_TRY(auto below, read_hashes(level - 1, at * tile_width, tile_width));
        for (std::size_t left = tile_width / 2; left > 0; left /= 2) {
            for (std::size_t i = 0; i < left; ++i) below[i] = suite->hash_node(below[2 * i], below[2 * i + 1]);
        }
        hashes.push_back(below.front());
    }
    return hashes;
}

Result<void> ExportFolder::read_part(std::uint64_t index, ExportPart& part) const {
    ACTLEDGER_ASSERT(index < parts());
    part.first = {index * tile_width};
    const std::size_t width = std::min(tile_width, newest_head_.size.value - part.first.value);
    ACTLEDGER_TRY(const TileId id, find(TileKind::entries, 0, index, width));
    ACTLEDGER_CHECK(read_into(id.path(), entry_bundle_bytes_max, part.buffers[0]));
    auto entries = parse_entry_bundle(part.buffers[0], id.width);
    if (!entries) return error(entries.error().code, id.path(), entries.error().detail);
    entries->resize(width);
    part.entries = *std::move(entries);
    ACTLEDGER_TRY(part.leaves, read_hashes(0, index * tile_width, width));
    ACTLEDGER_TRY(part.heads, read_placed(TileKind::heads, index, width, part.buffers[1]));
    part.annex.clear();
    if (manifest_.annex == ExportManifest::Annex::kept && annex_there_) {
        ACTLEDGER_TRY(part.annex, read_placed(TileKind::annex, index, width, part.buffers[2]));
    }
    return {};
}

}  // namespace ledger
