#pragma once
// ledger/store_write/lmdb_page.hpp: one page of an LMDB file (data format 1, 64 bits), parsed and judged without LMDB,
// which believes whatever stands in a page. For the writer, which must not build on a damaged one. The layout is that
// of LMDB 0.9 (mdb.c: MDB_page, MDB_node, MDB_db, MDB_meta); byte order and widths are the machine's own.

#include <cstdint>
#include <vector>

#include "ledger/core/bytes.hpp"

namespace ledger::lmdb {

using PageNumber = std::uint64_t;
constexpr PageNumber no_page = ~PageNumber{0};
constexpr PageNumber first_data_page = 2;  ///< Before it: the two headers.

/// Where a tree begins, and what LMDB counts of it.
struct TreeRecord {
    std::uint32_t pad = 0;    ///< Of the tree of free pages: the size of a page.
    std::uint16_t flags = 0;  ///< Which kind of tree.
    std::uint16_t depth = 0;  ///< Levels; 0: it is empty.
    std::uint64_t branch_pages = 0;
    std::uint64_t leaf_pages = 0;
    std::uint64_t overflow_pages = 0;
    std::uint64_t entries = 0;
    PageNumber root = no_page;

    static constexpr std::size_t size_bytes = 48;
    /// @pre bytes has that size.
    [[nodiscard]] static TreeRecord from(ByteView bytes);
};

/// A header of the file: page 0 or 1, written in turns.
struct HeaderPage {
    TreeRecord free_pages;
    TreeRecord main;  ///< The tree of trees.
    PageNumber last_page = 0;
    std::uint64_t transaction = 0;

    static constexpr std::size_t size_bytes_min = 152;
    /// @param number  0 or 1. @return errc::log_damaged
    [[nodiscard]] static Result<HeaderPage> parse(ByteView bytes, PageNumber number);
};

/// An entry of a leaf, or a child of a branch.
struct PageNode {
    ByteView key;
    ByteView value;                 ///< Of a leaf, unless it lies on pages of its own.
    PageNumber page = 0;            ///< Of a branch: the child. Of a leaf: the first page of the value, or 0.
    std::uint64_t value_bytes = 0;  ///< Of a leaf.
    bool is_tree = false;           ///< Of a leaf: the value is a TreeRecord.
};

/// A page of a tree, whole: it bears its own number, is of one kind, and its nodes fill the space that it says is used,
/// without a gap or an overlap. Owns its bytes. Whether keys are in order is for whoever knows the order.
class TreePage {
 public:
    /// @param bytes  a whole page. @return errc::log_damaged (detail: page and fault)
    [[nodiscard]] static Result<TreePage> parse(Bytes bytes, PageNumber number);
    TreePage(TreePage&&) noexcept = default;
    TreePage& operator=(TreePage&&) noexcept = default;
    TreePage(const TreePage&) = delete;  // nodes point into its own bytes
    TreePage& operator=(const TreePage&) = delete;
    ~TreePage() = default;

    [[nodiscard]] PageNumber number() const { return number_; }
    [[nodiscard]] bool is_leaf() const { return is_leaf_; }
    [[nodiscard]] const std::vector<PageNode>& nodes() const { return nodes_; }  ///< At least one.

 private:
    TreePage() = default;
    PageNumber number_ = 0;
    bool is_leaf_ = false;
    Bytes bytes_;
    std::vector<PageNode> nodes_;
};

/// Below which child of a branch a key of 8 bytes, big-endian, would be found. @pre the page is a branch
[[nodiscard]] std::size_t child_for(const TreePage& page, std::uint64_t key);

constexpr std::size_t page_header_bytes = 16;
/// How many pages a value of this size takes that lies on pages of its own.
[[nodiscard]] std::uint64_t overflow_pages_of(std::uint64_t value_bytes, std::size_t page_bytes);
/// Whether these first bytes of a page say that it begins a value of so many pages. @pre 16 bytes or more
[[nodiscard]] bool begins_overflow(ByteView header, PageNumber number, std::uint64_t pages);
/// The same, of any number of pages.
[[nodiscard]] bool begins_overflow(ByteView header, PageNumber number);

}  // namespace ledger::lmdb
