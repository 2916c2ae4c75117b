#include "ledger/core/framed_message.hpp"

namespace ledger {

bool is_one_segment(ByteView framed) {
    std::array<std::uint32_t, 2> table{};  // segments less one, words of the first; little-endian
    if (framed.size() <= sizeof table || framed.size() % sizeof(capnp::word) != 0) return false;
    std::memcpy(table.data(), framed.data(), sizeof table);
    return table[0] == 0 && std::uint64_t{table[1]} * sizeof(capnp::word) == framed.size() - sizeof table;
}

}  // namespace ledger
