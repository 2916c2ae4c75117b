#include "ledger/store_write/page_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ledger/core/errc.hpp"

namespace ledger::lmdb {
namespace {

Error fault(PageNumber number, std::string_view what) {
    return {errc::log_damaged, "page " + std::to_string(number) + ": " + std::string(what)};
}

}  // namespace

Result<Bytes> PageFile::read(PageNumber first, std::size_t bytes) const {
    Bytes read(bytes);
    std::size_t got = 0;
    while (got < bytes) {
        const auto at = static_cast<off_t>(first * page_bytes_ + got);
        const ssize_t count = ::pread(file_, read.data() + got, bytes - got, at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return Error{errc::log_unreadable, "pread", {{"reason", std::strerror(errno)}}};
        if (count == 0) return fault(first, "lies behind the end of data.mdb");
        got += static_cast<std::size_t>(count);
    }
    return read;
}

Result<void> PageFile::mark(PageNumber number) {
    if (!is_used(number)) return fault(number, "is named, and is none of those in use");
    if (!met_.insert(number).second) return fault(number, "is in two places");
    return {};
}

Result<TreePage> PageFile::meet(PageNumber number) {
    ACTLEDGER_CHECK(mark(number));
    ACTLEDGER_TRY(Bytes bytes, read_page(number));
    return TreePage::parse(std::move(bytes), number);
}

Result<void> PageFile::meet_value(const PageNode& node) {
    if (node.page == 0) return {};
    const std::uint64_t pages = overflow_pages_of(node.value_bytes, page_bytes_);
    for (PageNumber number = node.page; number < node.page + pages; ++number) ACTLEDGER_CHECK(mark(number));
    ACTLEDGER_TRY(const Bytes header, read(node.page, page_header_bytes));
    if (!begins_overflow(header, node.page, pages)) return fault(node.page, "does not begin the value that it should");
    return {};
}

Result<Bytes> PageFile::value_of(const PageNode& node) const {
    if (node.page == 0) return copy(node.value);
    ACTLEDGER_TRY(const Bytes pages, read(node.page, page_header_bytes + node.value_bytes));
    return copy(ByteView(pages).subspan(page_header_bytes));
}

Result<const TreePage*> PageFile::branch(PageNumber number) {
    auto kept = branches_.find(number);
    if (kept == branches_.end()) {
        if (!is_used(number)) return fault(number, "is named, and is none of those in use");
        ACTLEDGER_TRY(Bytes bytes, read_page(number));
        ACTLEDGER_TRY(TreePage page, TreePage::parse(std::move(bytes), number));
        if (page.is_leaf()) return fault(number, "is a leaf where a branch should be");
        kept = branches_.emplace(number, std::move(page)).first;
    }
    return &kept->second;
}

}  // namespace ledger::lmdb
