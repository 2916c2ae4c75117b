#include "ledger/store_write/lmdb_page.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "ledger/core/errc.hpp"

namespace ledger::lmdb {
namespace {

constexpr std::uint16_t branch_kind = 0x01;
constexpr std::uint16_t leaf_kind = 0x02;
constexpr std::uint16_t overflow_kind = 0x04;
constexpr std::uint16_t header_kind = 0x08;
constexpr std::uint32_t header_magic = 0xBEEFC0DE;
constexpr std::uint32_t data_format = 1;
constexpr std::uint16_t value_on_own_pages = 0x01;  // flags of a node
constexpr std::uint16_t value_is_tree = 0x02;
constexpr std::size_t node_header_bytes = 8;

// Of a page header: number 8, pad 2 (whatever was there before), kind 2, end of the offsets 2, begin of the nodes 2.
constexpr std::size_t kind_at = 10;
constexpr std::size_t offsets_end_at = 12;
constexpr std::size_t nodes_begin_at = 14;

/// @pre they are there.
template <class Number>
Number number_at(ByteView bytes, std::size_t at) {
    Number number{};
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

Error fault(PageNumber number, std::string_view what) {
    return {errc::log_damaged, "page " + std::to_string(number) + ": " + std::string(what)};
}

std::size_t even(std::size_t size) { return (size + 1) & ~std::size_t{1}; }

/// The node at `at`, and how many bytes of the page it takes. Nothing: it does not fit.
std::optional<std::pair<PageNode, std::size_t>> parse_node(ByteView page, std::size_t at, bool in_leaf) {
    if (at + node_header_bytes > page.size()) return std::nullopt;
    const std::uint32_t low = number_at<std::uint16_t>(page, at) | std::uint32_t{number_at<std::uint16_t>(page, at + 2)}
                                                                       << 16;
    const auto flags = number_at<std::uint16_t>(page, at + 4);
    const std::size_t key_bytes = number_at<std::uint16_t>(page, at + 6);
    const std::size_t value_at = at + node_header_bytes + key_bytes;
    PageNode node;
    std::size_t value_here = 0;
    if (in_leaf) {
        if (flags != 0 && flags != value_on_own_pages && flags != value_is_tree) return std::nullopt;
        node.value_bytes = low;
        node.is_tree = flags == value_is_tree;
        value_here = flags == value_on_own_pages ? sizeof(PageNumber) : low;
    } else {
        node.page = low | PageNumber{flags} << 32;
    }
    if (value_at + value_here > page.size()) return std::nullopt;
    node.key = page.subspan(at + node_header_bytes, key_bytes);
    if (in_leaf && flags == value_on_own_pages) {
        node.page = number_at<PageNumber>(page, value_at);
        if (node.page < first_data_page) return std::nullopt;
    } else {
        node.value = page.subspan(value_at, value_here);
    }
    return std::pair(node, even(value_at + value_here - at));
}

}  // namespace

TreeRecord TreeRecord::from(ByteView bytes) {
    ACTLEDGER_ASSERT(bytes.size() == size_bytes);
    return {number_at<std::uint32_t>(bytes, 0),  number_at<std::uint16_t>(bytes, 4),
            number_at<std::uint16_t>(bytes, 6),  number_at<std::uint64_t>(bytes, 8),
            number_at<std::uint64_t>(bytes, 16), number_at<std::uint64_t>(bytes, 24),
            number_at<std::uint64_t>(bytes, 32), number_at<PageNumber>(bytes, 40)};
}

// Behind the page header: magic 4, format 4, address 8, size of the map 8, two trees, last page 8, transaction 8.
Result<HeaderPage> HeaderPage::parse(ByteView bytes, PageNumber number) {
    constexpr std::size_t trees_at = page_header_bytes + 24;
    constexpr std::size_t last_page_at = trees_at + 2 * TreeRecord::size_bytes;
    static_assert(last_page_at + 16 == size_bytes_min);
    if (bytes.size() < size_bytes_min || number_at<std::uint16_t>(bytes, kind_at) != header_kind ||
        number_at<PageNumber>(bytes, 0) != number) {
        return fault(number, "is not a header");
    }
    if (number_at<std::uint32_t>(bytes, page_header_bytes) != header_magic ||
        number_at<std::uint32_t>(bytes, page_header_bytes + 4) != data_format) {
        return fault(number, "is not a header of this data format");
    }
    return HeaderPage{TreeRecord::from(bytes.subspan(trees_at, TreeRecord::size_bytes)),
                      TreeRecord::from(bytes.subspan(trees_at + TreeRecord::size_bytes, TreeRecord::size_bytes)),
                      number_at<PageNumber>(bytes, last_page_at), number_at<std::uint64_t>(bytes, last_page_at + 8)};
}

Result<TreePage> TreePage::parse(Bytes bytes, PageNumber number) {
    TreePage page;
    page.number_ = number;
    page.bytes_ = std::move(bytes);
    const ByteView all = page.bytes_;
    if (all.size() < page_header_bytes) return fault(number, "is cut");
    if (number_at<PageNumber>(all, 0) != number) return fault(number, "bears another number");
    const auto kind = number_at<std::uint16_t>(all, kind_at);
    if (kind != branch_kind && kind != leaf_kind) return fault(number, "is no page of a tree");
    page.is_leaf_ = kind == leaf_kind;
    const std::size_t offsets_end = number_at<std::uint16_t>(all, offsets_end_at);
    const std::size_t nodes_begin = number_at<std::uint16_t>(all, nodes_begin_at);
    if (offsets_end <= page_header_bytes || offsets_end % 2 != 0 || nodes_begin < offsets_end ||
        nodes_begin > all.size()) {
        return fault(number, "says that it has no room for what it holds");
    }
    std::vector<std::pair<std::size_t, std::size_t>> places;  // begin and end of each node
    for (std::size_t at = page_header_bytes; at < offsets_end; at += 2) {
        const std::size_t begin = number_at<std::uint16_t>(all, at);
        if (begin < nodes_begin) return fault(number, "has a node outside of its nodes");
        const auto node = parse_node(all, begin, page.is_leaf_);
        if (!node) return fault(number, "has a node that is not well formed");
        page.nodes_.push_back(node->first);
        places.emplace_back(begin, begin + node->second);
    }
    std::sort(places.begin(), places.end());
    std::size_t expected = nodes_begin;
    for (const auto& [begin, end] : places) {
        if (begin != expected) return fault(number, "has nodes that do not lie side by side");
        expected = end;
    }
    if (expected != all.size()) return fault(number, "has nodes that do not lie side by side");
    return page;
}

std::size_t child_for(const TreePage& page, std::uint64_t key) {
    const auto& nodes = page.nodes();
    const auto behind = std::partition_point(nodes.begin() + 1, nodes.end(), [&](const PageNode& node) {
        std::uint64_t number = 0;
        for (const std::uint8_t byte : node.key) number = number << 8 | byte;
        return number <= key;
    });
    return static_cast<std::size_t>(behind - nodes.begin()) - 1;
}

std::uint64_t overflow_pages_of(std::uint64_t value_bytes, std::size_t page_bytes) {
    return (page_header_bytes - 1 + value_bytes) / page_bytes + 1;
}

bool begins_overflow(ByteView header, PageNumber number) {
    return number_at<PageNumber>(header, 0) == number && number_at<std::uint16_t>(header, kind_at) == overflow_kind;
}

bool begins_overflow(ByteView header, PageNumber number, std::uint64_t pages) {
    return begins_overflow(header, number) && number_at<std::uint32_t>(header, offsets_end_at) == pages;
}

}  // namespace ledger::lmdb
