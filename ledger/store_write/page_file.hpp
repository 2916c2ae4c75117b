#pragma once
// ledger/store_write/page_file.hpp: pages of an LMDB file, read with pread(2) and parsed; remembers which ones were
// met, because no page is in two places.

#include <map>
#include <unordered_set>

#include "ledger/store_write/lmdb_page.hpp"

namespace ledger::lmdb {

/// One thread. The file is not written meanwhile.
class PageFile {
 public:
    /// @param file  open, outlives this.
    PageFile(int file, std::size_t page_bytes) : file_(file), page_bytes_(page_bytes) {}
    /// No page behind this one is used. Until it is said, only the first ones are.
    void set_last_page(PageNumber last) { last_ = last; }

    [[nodiscard]] std::size_t page_bytes() const { return page_bytes_; }
    [[nodiscard]] bool is_used(PageNumber number) const { return number >= first_data_page && number <= last_; }
    [[nodiscard]] bool was_met(PageNumber number) const { return met_.count(number) != 0; }

    /// @return errc::log_damaged if the file ends before, log_unreadable
    [[nodiscard]] Result<Bytes> read(PageNumber first, std::size_t bytes) const;
    [[nodiscard]] Result<Bytes> read_page(PageNumber number) const { return read(number, page_bytes_); }
    /// A page of a tree, met here for the first time. @return errc::log_damaged, also if it was met before
    [[nodiscard]] Result<TreePage> meet(PageNumber number);
    /// The pages that a leaf's value lies on, met for the first time; the value itself is not read.
    [[nodiscard]] Result<void> meet_value(const PageNode& node);
    /// The whole value, from wherever it lies. @pre meet_value of it, or an own judgement
    [[nodiscard]] Result<Bytes> value_of(const PageNode& node) const;
    /// A branch page, again; kept. @return errc::log_damaged, also for a leaf
    [[nodiscard]] Result<const TreePage*> branch(PageNumber number);

 private:
    [[nodiscard]] Result<void> mark(PageNumber number);

    int file_;
    std::size_t page_bytes_;
    PageNumber last_ = 0;
    std::unordered_set<PageNumber> met_;
    std::map<PageNumber, TreePage> branches_;
};

}  // namespace ledger::lmdb
