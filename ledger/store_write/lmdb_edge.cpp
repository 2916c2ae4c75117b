#include "ledger/store_write/lmdb_edge.hpp"

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/store_write/free_pages.hpp"
#include "ledger/store_write/page_file.hpp"

namespace ledger::lmdb {
namespace {

constexpr std::uint16_t keys_are_numbers = 0x08;  // of the tree of free pages; the others have no flags
// As LMDB sorts them.
constexpr std::array<std::string_view, database_count> table_names{"annex", "events", "heads", "meta", "nodes"};
enum Table : std::size_t { annex, events, heads, meta, nodes };

Error fault(std::string_view where, std::string_view what) {
    return {errc::log_damaged, std::string(where) + ": " + std::string(what)};
}

/// Headers are written in turns: the newest is one transaction ahead of the other.
Result<HeaderPage> newest_header(const PageFile& file) {
    std::array<HeaderPage, 2> both;
    for (PageNumber i = 0; i < both.size(); ++i) {
        ACTLEDGER_TRY(const Bytes bytes, file.read_page(i));
        ACTLEDGER_TRY(both[i], HeaderPage::parse(bytes, i));
    }
    const HeaderPage& newest = both[0].transaction > both[1].transaction ? both[0] : both[1];
    const HeaderPage& other = &newest == both.data() ? both[1] : both[0];
    if (newest.transaction != other.transaction + 1 || newest.transaction % 2 != (&newest == both.data() ? 0U : 1U)) {
        return fault("headers", "were not written one after the other");
    }
    if (newest.last_page < other.last_page) return fault("headers", "the newest one has fewer pages");
    if (newest.free_pages.flags != keys_are_numbers || newest.free_pages.pad != file.page_bytes() ||
        newest.main.flags != 0 || newest.main.pad != 0) {
        return fault("headers", "a tree is of another kind");
    }
    return newest;
}

/// How the keys of a table follow each other.
enum class Keys {
    dense,      ///< Without a hole.
    ascending,  ///< And none is ever taken away.
    sparse,     ///< Any may be taken away.
    texts,      ///< Of another kind; LMDB's order is taken as it is.
};

enum class Entries { values, trees };

Result<std::uint64_t> number_of(const TreePage& page, const PageNode& node) {
    const auto number = Key::number({node.key.size(), const_cast<std::uint8_t*>(node.key.data())});
    if (number) return *number;
    return fault("page " + std::to_string(page.number()), "a key is not 8 bytes long");
}

/// @param first  what the branch above says that the page begins with.
Result<void> check_keys(const TreePage& page, Keys keys, std::optional<std::uint64_t> first) {
    const std::string where = "page " + std::to_string(page.number());
    std::optional<std::uint64_t> before;
    for (std::size_t i = 0; i < page.nodes().size(); ++i) {
        const PageNode& node = page.nodes()[i];
        if (!page.is_leaf() && i == 0 && node.key.empty()) continue;  // the first child needs none
        ACTLEDGER_TRY(const std::uint64_t number, number_of(page, node));
        if (before && number <= *before) return fault(where, "keys are not in order");
        if (page.is_leaf() && before && keys == Keys::dense && number != *before + 1) {
            return fault(where, "a key is missing");
        }
        if (first && number < *first) return fault(where, "keys are before those that it is to have");
        before = number;
    }
    if (page.is_leaf() && first && keys != Keys::sparse) {
        ACTLEDGER_TRY(const std::uint64_t number, number_of(page, page.nodes().front()));
        if (number != *first) return fault(where, "begins with another key than the page above says");
    }
    return {};
}

Result<void> check_children(const PageFile& file, const TreePage& page) {
    std::vector<PageNumber> children;
    for (const PageNode& node : page.nodes()) children.push_back(node.page);
    std::sort(children.begin(), children.end());
    const bool twice = std::adjacent_find(children.begin(), children.end()) != children.end();
    if (!twice && file.is_used(children.front()) && file.is_used(children.back())) return {};
    return fault("page " + std::to_string(page.number()), "names a page that is not in use, or one twice");
}

/// From the root to the last leaf. @return the leaf; nothing: the tree is empty
Result<std::optional<TreePage>> walk_to_end(PageFile& file, std::string_view name, const TreeRecord& tree, Keys keys,
                                            Entries entries = Entries::values) {
    if (tree.root == no_page) {
        if (tree.depth != 0 || tree.entries != 0) return fault(name, "has entries, and no page");
        return std::optional<TreePage>();
    }
    PageNumber number = tree.root;
    std::optional<std::uint64_t> first;
    for (unsigned level = tree.depth; level > 0; --level) {
        ACTLEDGER_TRY(TreePage page, file.meet(number));
        if (page.is_leaf() != (level == 1)) break;
        if (keys != Keys::texts) ACTLEDGER_CHECK(check_keys(page, keys, first));
        if (page.is_leaf()) {
            for (const PageNode& node : page.nodes()) {
                if (node.is_tree != (entries == Entries::trees)) return fault(name, "an entry is of another kind");
                ACTLEDGER_CHECK(file.meet_value(node));
            }
            return std::optional(std::move(page));
        }
        if (keys == Keys::texts) break;
        ACTLEDGER_CHECK(check_children(file, page));
        const PageNode& last = page.nodes().back();
        if (!last.key.empty()) {
            ACTLEDGER_TRY(first, number_of(page, last));
        }
        number = last.page;
    }
    return fault(name, "has other levels than it says");
}

/// The tables, in the order of their names.
Result<std::array<TreeRecord, database_count>> read_tables(PageFile& file, const TreeRecord& main) {
    ACTLEDGER_TRY(const auto leaf, walk_to_end(file, "main", main, Keys::texts, Entries::trees));
    std::array<TreeRecord, database_count> tables;
    if (!leaf || leaf->nodes().size() != tables.size() || main.entries != tables.size()) {
        return fault("main", "has other tables");
    }
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const PageNode& node = leaf->nodes()[i];
        if (as_text(node.key) != table_names[i] || node.page != 0 || node.value.size() != TreeRecord::size_bytes) {
            return fault("main", "has other tables");
        }
        tables[i] = TreeRecord::from(node.value);
        if (tables[i].flags != 0 || tables[i].pad != 0) return fault(table_names[i], "is of another kind");
    }
    return tables;
}

struct Ends {
    std::uint64_t first = 0;  ///< Of the last leaf.
    std::uint64_t last = 0;
};

Result<std::optional<Ends>> find_ends(PageFile& file, std::string_view name, const TreeRecord& tree, Keys keys) {
    ACTLEDGER_TRY(const auto leaf, walk_to_end(file, name, tree, keys));
    if (!leaf) return std::optional<Ends>();
    Ends ends;
    ACTLEDGER_TRY(ends.first, number_of(*leaf, leaf->nodes().front()));
    ACTLEDGER_TRY(ends.last, number_of(*leaf, leaf->nodes().back()));
    if (tree.entries < leaf->nodes().size()) return fault(name, "has more entries than it says");
    if (keys == Keys::dense && ends.last != tree.entries - 1) return fault(name, "has another number of entries");
    return std::optional(ends);
}

Result<LogEdge> check_tables(PageFile& file, const std::array<TreeRecord, database_count>& tables) {
    std::array<std::optional<Ends>, database_count> ends;
    for (const auto& [table, keys] : {std::pair(events, Keys::dense), std::pair(nodes, Keys::dense),
                                      std::pair(heads, Keys::ascending), std::pair(annex, Keys::sparse)}) {
        ACTLEDGER_TRY(ends[table], find_ends(file, table_names[table], tables[table], keys));
    }
    ACTLEDGER_TRY(const auto format, walk_to_end(file, "meta", tables[meta], Keys::texts));
    if (!format || format->nodes().size() != tables[meta].entries) return fault("meta", "has other entries");
    const std::uint64_t size = tables[events].entries;
    if (tables[nodes].entries != size) return fault("nodes", "has another number of entries than events has");
    if (tables[heads].entries > size) return fault("heads", "has more entries than there are events");
    if (ends[heads] && ends[heads]->last != size) return fault("heads", "does not end with a head over all events");
    if (tables[annex].entries > size || (ends[annex] && ends[annex]->last >= size)) {
        return fault("annex", "has entries of events that are not there");
    }
    const auto first = [&](Table table) { return ends[table] ? ends[table]->first : 0; };
    return LogEdge{first(events), first(nodes), first(heads), first(annex)};
}

Result<LogEdge> check(PageFile& file) {
    ACTLEDGER_TRY(const HeaderPage header, newest_header(file));
    file.set_last_page(header.last_page);
    ACTLEDGER_TRY(const auto tables, read_tables(file, header.main));
    ACTLEDGER_TRY(const LogEdge edge, check_tables(file, tables));
    const std::array numbered{tables[events], tables[nodes], tables[heads], tables[annex]};
    ACTLEDGER_CHECK(check_free_pages(file, header, numbered));
    return edge;
}

Result<void> walk_to(PageFile& file, const TreeRecord& tree, std::uint64_t key) {
    PageNumber number = tree.root;
    for (unsigned level = tree.depth; level > 1 && number != no_page; --level) {
        ACTLEDGER_TRY(const TreePage* const page, file.branch(number));
        const auto& nodes = page->nodes();
        const std::size_t at = child_for(*page, key);
        for (std::size_t i = at > 0 ? at - 1 : 0; i <= at + 1 && i < nodes.size(); ++i) {
            ACTLEDGER_TRY(const TreePage child, file.meet(nodes[i].page));
            if (child.is_leaf() != (level == 2)) return fault("annex", "has other levels than it says");
        }
        number = nodes[at].page;
    }
    return {};
}

Result<void> check_way_in(PageFile& file, Database table, std::uint64_t key) {
    ACTLEDGER_TRY(const HeaderPage header, newest_header(file));
    file.set_last_page(header.last_page);
    ACTLEDGER_TRY(const auto tables, read_tables(file, header.main));
    ACTLEDGER_ASSERT(table == Database::annex);  // nothing else is ever taken away
    return walk_to(file, tables[annex], key);
}

PageFile pages_of(const Environment& environment) {
    MDB_stat stat{};
    mdb_env_stat(environment.handle(), &stat);
    return {environment.file(), stat.ms_psize};
}

Error with_folder(const Environment& environment, const Error& told) {
    Error error = environment.error(told.code, told.detail);
    error.facts.insert(error.facts.end(), told.facts.begin(), told.facts.end());
    return error;
}

}  // namespace

Result<LogEdge> check_edge(const Environment& environment) {
    PageFile file = pages_of(environment);
    auto edge = check(file);
    return edge ? edge : with_folder(environment, edge.error());
}

Result<void> check_way(const Environment& environment, Database table, std::uint64_t key) {
    PageFile file = pages_of(environment);
    auto checked = check_way_in(file, table, key);
    return checked ? checked : with_folder(environment, checked.error());
}

}  // namespace ledger::lmdb
