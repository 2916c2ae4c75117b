#include "ledger/core/hash_batch.hpp"

namespace ledger {

void HashBatch::clear() {
    messages_.clear();
    ends_.clear();
}

void HashBatch::add_node(const Digest& left, const Digest& right) {
    begin_with({&Suite::node_prefix, 1});
    begin_with(left.view());
    end_with(right.view());
}

std::span<const Digest> HashBatch::digests(const Suite& suite) {
    views_.clear();
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
        views_.push_back(ByteView(messages_).subspan(begin, end - begin));
        begin = end;
    }
    digests_.resize(views_.size());
    suite.hash_all(views_, digests_);
    return digests_;
}

}  // namespace ledger
