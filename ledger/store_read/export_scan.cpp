#include <bit>

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/store_read/export_folder.hpp"
#include "ledger/store_read/log_scan.hpp"

namespace ledger {
namespace {

/// Hashes of complete subtrees above some hashes of one tile.
Digest subtree_root(const Suite& suite, std::span<const Digest> hashes) {
    std::vector<Digest> level(hashes.begin(), hashes.end());
    while (level.size() > 1) {
        for (std::size_t i = 0; i < level.size() / 2; ++i) level[i] = suite.hash_node(level[2 * i], level[2 * i + 1]);
        level.resize(level.size() / 2);
    }
    return level.front();
}

/// What is shown of one part, with its own buffers.
struct ShownPart {
    ExportPart part;
    Bytes nodes;                         ///< Lists of all its events, one behind the other.
    std::vector<std::size_t> node_ends;  ///< Where each event's list ends.
};

class ExportView final : public LogView {
 public:
    ExportView(const ExportFolder& folder, const Suite& suite) : folder_(folder), suite_(suite) {}

    [[nodiscard]] Result<void> visit(LogDatabase database, ByteView from, ByteView to,
                                     const Visitor& visit) const override {
        if (database == LogDatabase::meta) return {};
        const std::uint64_t size = folder_.newest_head().size.value;
        // Heads have the keys 1 to size, all others 0 to size - 1.
        const std::uint64_t shift = database == LogDatabase::heads ? 1 : 0;
        std::uint64_t next = from.empty() ? shift : log_key_number(from).value_or(size + shift);
        next = std::max(next, shift) - shift;
        const std::uint64_t limit = to.empty() ? size + shift : log_key_number(to).value_or(0);
        const std::uint64_t end = std::min(size, std::max(limit, shift) - shift);
        while (next < end) {
            ACTLEDGER_TRY(const ShownPart* const shown, show(next / tile_width, database));
            const std::uint64_t first = shown->part.first.value;
            const std::uint64_t part_end = std::min(end, first + tile_width);
            if (!visit_part(*shown, database, {next - first, part_end - first}, visit)) return {};
            next = part_end;
        }
        return {};
    }

    [[nodiscard]] Result<void> visit_back(LogDatabase database, const Visitor& visit) const override {
        std::uint64_t end = folder_.newest_head().size.value;
        if (database == LogDatabase::meta) end = 0;
        while (end > 0) {
            const std::uint64_t index = (end - 1) / tile_width;
            ACTLEDGER_TRY(const ShownPart* const shown, show(index, database));
            std::vector<std::pair<Bytes, ByteView>> entries;
            const auto keep = [&](ByteView key, ByteView value) {
                entries.emplace_back(copy(key), value);
                return true;
            };
            visit_part(*shown, database, {0, end - index * tile_width}, keep);
            for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
                if (!visit(entry->first, entry->second)) return {};
            }
            end = index * tile_width;
        }
        return {};
    }

    [[nodiscard]] Result<std::uint64_t> entries(LogDatabase database) const override {
        if (database == LogDatabase::events || database == LogDatabase::nodes) {
            return folder_.newest_head().size.value;
        }
        std::uint64_t count = 0;
        ACTLEDGER_CHECK(visit(database, {}, {}, [&](ByteView, ByteView) {
            ++count;
            return true;
        }));
        return count;
    }

 private:
    struct Places {
        std::uint64_t begin;
        std::uint64_t end;
    };

    /// @return false if the visitor has had enough
    static bool visit_part(const ShownPart& shown, LogDatabase database, Places places, const Visitor& visit) {
        const ExportPart& part = shown.part;
        const auto tell = [&](std::uint64_t place, ByteView value) {
            const auto key = log_key(part.first.value + place + (database == LogDatabase::heads ? 1 : 0));
            return visit(key, value);
        };
        if (database == LogDatabase::heads || database == LogDatabase::annex) {
            for (const PlacedEntry& entry : database == LogDatabase::heads ? part.heads : part.annex) {
                const bool within = entry.place >= places.begin && entry.place < places.end;
                if (within && !tell(entry.place, entry.bytes)) return false;
            }
            return true;
        }
        for (std::uint64_t place = places.begin; place < places.end; ++place) {
            ByteView value = database == LogDatabase::events ? part.entries[place] : ByteView{};
            if (database == LogDatabase::nodes) {
                const std::size_t begin = place == 0 ? 0 : shown.node_ends[place - 1];
                value = ByteView(shown.nodes).subspan(begin, shown.node_ends[place] - begin);
            }
            if (!tell(place, value)) return false;
        }
        return true;
    }

    /// The part that was read last, or this one. A second one would have to be read again, and is: a visitor who goes
    /// back and forth is slow, and not wrong.
    [[nodiscard]] Result<const ShownPart*> show(std::uint64_t index, LogDatabase database) const {
        const bool there = shown_ && shown_->part.first.value == index * tile_width;
        if (!there) {
            auto fresh = std::make_unique<ShownPart>();
            ACTLEDGER_CHECK(folder_.read_part(index, fresh->part));
            shown_ = std::move(fresh);
        }
        if (database == LogDatabase::nodes && shown_->node_ends.empty()) ACTLEDGER_CHECK(list_nodes(*shown_));
        return shown_.get();
    }

    /// For each event its leaf hash and the hashes of what it completes.
    [[nodiscard]] Result<void> list_nodes(ShownPart& shown) const {
        std::vector<std::vector<Digest>> levels{shown.part.leaves};
        while (levels.back().size() > 1) {
            const auto& below = levels.back();
            std::vector<Digest> level(below.size() / 2);
            for (std::size_t i = 0; i < level.size(); ++i) level[i] = suite_.hash_node(below[2 * i], below[2 * i + 1]);
            levels.push_back(std::move(level));
        }
        const auto add = [&](const Digest& hash) {
            shown.nodes.insert(shown.nodes.end(), hash.bytes.begin(), hash.bytes.end());
        };
        for (std::uint64_t place = 0; place < shown.part.leaves.size(); ++place) {
            const std::uint64_t number = shown.part.first.value + place;
            const auto completed = static_cast<unsigned>(std::countr_one(number)) + 1;
            for (unsigned level = 0; level < completed && level < tile_height; ++level) {
                add(levels[level][place >> level]);
            }
            for (unsigned level = tile_height; level < completed; ++level) {
                ACTLEDGER_TRY(const Digest hash, upper_node(level, number >> level));
                add(hash);
            }
            shown.node_ends.push_back(shown.nodes.size());
        }
        return {};
    }

    /// A node at or above the hashes of tile level 1.
    [[nodiscard]] Result<Digest> upper_node(unsigned level, std::uint64_t index) const {
        const unsigned tile_level = level / tile_height;
        const unsigned height = level % tile_height;
        ACTLEDGER_TRY(const auto hashes, folder_.read_hashes(tile_level, index << height, std::size_t{1} << height));
        return subtree_root(suite_, hashes);
    }

    const ExportFolder& folder_;
    const Suite& suite_;
    mutable std::unique_ptr<ShownPart> shown_;
};

class ExportScan final : public LogScan {
 public:
    ExportScan(ExportFolder folder, const Suite& suite) : folder_(std::move(folder)), suite_(suite) {}
    [[nodiscard]] Result<std::unique_ptr<LogView>> open_view() const override {
        return std::unique_ptr<LogView>(std::make_unique<ExportView>(folder_, suite_));
    }
    [[nodiscard]] const SignedCheckpoint* stated() const override { return &folder_.checkpoint(); }
    [[nodiscard]] bool holds_annex() const override { return folder_.manifest().annex == ExportManifest::Annex::kept; }

 private:
    const ExportFolder folder_;
    const Suite& suite_;
};

}  // namespace

Result<std::unique_ptr<LogScan>> open_export_scan(const std::filesystem::path& folder) {
    ACTLEDGER_TRY(ExportFolder opened, ExportFolder::open(folder));
    const Suite* const suite = find_suite(opened.manifest().suite);
    ACTLEDGER_ASSERT(suite != nullptr);  // the manifest's parser knows it
    return std::unique_ptr<LogScan>(std::make_unique<ExportScan>(std::move(opened), *suite));
}

}  // namespace ledger
