#pragma once
// tests/fuzz/edited.hpp: a well-formed input with the fuzzer's edits in it, so that it gets past the first check of a
// format that random bytes hardly ever meet.

#include <cstdint>
#include <span>
#include <vector>

namespace fuzz {

/// `data` is read in fours: the place (two bytes, modulo the size), what to do there, and a byte to do it with.
inline std::vector<std::uint8_t> edited(std::vector<std::uint8_t> good, std::span<const std::uint8_t> data) {
    for (; data.size() >= 4 && !good.empty(); data = data.subspan(4)) {
        const std::size_t at = (std::size_t{data[0]} << 8 | data[1]) % good.size();
        const auto place = good.begin() + static_cast<std::ptrdiff_t>(at);
        switch (data[2] % 4) {
            case 0:
                good[at] ^= data[3];
                break;
            case 1:
                good[at] = data[3];
                break;
            case 2:
                good.insert(place, data[3]);
                break;
            default:
                good.erase(place);
                break;
        }
    }
    return good;
}

}  // namespace fuzz
