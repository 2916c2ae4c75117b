#include "ledger/store_write/free_pages.hpp"

#include <algorithm>
#include <cstring>

#include "ledger/core/errc.hpp"

namespace ledger::lmdb {
namespace {

constexpr std::size_t looked_up_max = 64;

Error fault(std::string_view what) { return {errc::log_damaged, "free pages: " + std::string(what)}; }

std::uint64_t word_at(ByteView bytes, std::size_t index) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + index * sizeof word, sizeof word);
    return word;
}

/// Keys are the transactions that freed the pages, as numbers of the machine; a value is how many pages, and their
/// numbers, downwards; behind them there may be room.
class FreeList {
 public:
    FreeList(PageFile& file, const HeaderPage& header) : file_(file), header_(header) {}

    Result<void> read() {
        const TreeRecord& tree = header_.free_pages;
        if (tree.root != no_page) return visit(tree.root, tree.depth);
        if (tree.depth != 0 || tree.entries != 0) return fault("the list has entries, and no page");
        return {};
    }
    /// In the order in which LMDB uses them.
    [[nodiscard]] const std::vector<PageNumber>& pages() const { return pages_; }
    [[nodiscard]] std::uint64_t entries() const { return entries_; }

 private:
    Result<void> visit(PageNumber number, unsigned level) {
        if (level == 0) return fault("the list has other levels than it says");
        ACTLEDGER_TRY(const TreePage page, file_.meet(number));
        if (page.is_leaf() != (level == 1)) return fault("the list has other levels than it says");
        for (const PageNode& node : page.nodes()) {
            ACTLEDGER_CHECK(page.is_leaf() ? take(node) : visit(node.page, level - 1));
        }
        return {};
    }

    Result<void> take(const PageNode& node) {
        ++entries_;
        if (node.is_tree || node.key.size() != sizeof(std::uint64_t)) return fault("an entry is of another kind");
        const std::uint64_t transaction = word_at(node.key, 0);
        if (transaction <= before_ || transaction > header_.transaction) return fault("entries are not in order");
        before_ = transaction;
        ACTLEDGER_CHECK(file_.meet_value(node));
        ACTLEDGER_TRY(const Bytes value, file_.value_of(node));
        const std::size_t words = value.size() / sizeof(std::uint64_t);
        if (words == 0 || value.size() % sizeof(std::uint64_t) != 0) return fault("an entry is cut");
        const std::uint64_t count = word_at(value, 0);
        if (count >= words) return fault("an entry says that it is longer than it is");
        for (std::size_t i = count; i > 0; --i) {
            const PageNumber page = word_at(value, i);
            if (!file_.is_used(page))
                return fault("the list names page " + std::to_string(page) + ", which is not there");
            if (i < count && page <= pages_.back()) return fault("pages of an entry are not in order");
            pages_.push_back(page);
        }
        return {};
    }

    PageFile& file_;
    const HeaderPage& header_;
    std::uint64_t before_ = 0;
    std::uint64_t entries_ = 0;
    std::vector<PageNumber> pages_;
};

/// Whether the way to this key leads over that page.
Result<bool> leads_over(PageFile& file, const TreeRecord& tree, std::uint64_t key, PageNumber wanted) {
    PageNumber number = tree.root;
    for (unsigned level = tree.depth; number != wanted; --level) {
        if (level <= 1) return false;
        ACTLEDGER_TRY(const TreePage* const page, file.branch(number));
        number = page->nodes()[child_for(*page, key)].page;
    }
    return true;
}

/// A page that is in a tree lies on the way to its own keys. What has no such key is in none of these trees, or is not
/// known to be: a value's page.
Result<bool> is_in_tree(PageFile& file, std::span<const TreeRecord> trees, PageNumber number) {
    ACTLEDGER_TRY(Bytes bytes, file.read_page(number));
    const auto page = TreePage::parse(std::move(bytes), number);
    if (!page) return false;
    const auto& nodes = page->nodes();
    const ByteView key = (page->is_leaf() || nodes.size() == 1 ? nodes.front() : nodes[1]).key;
    if (key.size() != sizeof(std::uint64_t)) return false;
    std::uint64_t wanted = 0;
    for (const std::uint8_t byte : key) wanted = wanted << 8 | byte;
    for (const TreeRecord& tree : trees) {
        ACTLEDGER_TRY(const bool there, leads_over(file, tree, wanted, number));
        if (there) return true;
    }
    return false;
}

}  // namespace

Result<void> check_free_pages(PageFile& file, const HeaderPage& header, std::span<const TreeRecord> numbered) {
    FreeList list(file, header);
    ACTLEDGER_CHECK(list.read());
    if (list.entries() != header.free_pages.entries) return fault("the list has another number of entries");
    std::vector<PageNumber> sorted = list.pages();
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) return fault("page " + std::to_string(*twice) + " is named twice");
    const std::size_t looked_up = std::min(list.pages().size(), looked_up_max);
    for (std::size_t i = 0; i < list.pages().size(); ++i) {
        const PageNumber page = list.pages()[i];
        bool used = file.was_met(page);
        if (!used && i < looked_up) {
            ACTLEDGER_TRY(used, is_in_tree(file, numbered, page));
        }
        if (used) return fault("page " + std::to_string(page) + " is in use");
    }
    return {};
}

}  // namespace ledger::lmdb
