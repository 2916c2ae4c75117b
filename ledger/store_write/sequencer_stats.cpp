#include "ledger/store_write/sequencer_stats.hpp"

#include <algorithm>
#include <bit>

namespace ledger {

void MicrosHistogram::add(std::uint64_t us) {
    const auto bound = us <= 1 ? std::size_t{0} : static_cast<std::size_t>(std::bit_width(us - 1));
    ++buckets[std::min(bound, bucket_count - 1)];
    ++count;
    sum_us += us;
}

}  // namespace ledger
