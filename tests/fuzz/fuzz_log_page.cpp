// tests/fuzz/fuzz_log_page.cpp: a page of the log's file is a page, whole, or is refused; its entries lie in it.

#include "ledger/store_write/lmdb_page.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace ledger::lmdb;
    const ledger::ByteView bytes(data, size);
    for (const PageNumber number : {PageNumber{0}, PageNumber{1}}) (void)HeaderPage::parse(bytes, number);
    if (size < page_header_bytes) return 0;
    PageNumber number = 0;
    std::memcpy(&number, data, sizeof number);
    (void)begins_overflow(bytes, number);
    const auto page = TreePage::parse(ledger::copy(bytes), number);
    if (!page) return 0;
    ACTLEDGER_ASSERT(!page->nodes().empty());
    std::size_t held = 0;
    for (const PageNode& node : page->nodes()) held += node.key.size() + node.value.size();
    ACTLEDGER_ASSERT(held < size);
    if (!page->is_leaf()) ACTLEDGER_ASSERT(child_for(*page, number) < page->nodes().size());
    return 0;
}
