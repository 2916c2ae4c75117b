#include "hsm/p256_encoding.hpp"

#include <algorithm>

namespace hsm {
namespace {

constexpr std::size_t coordinate_bytes = 32;
constexpr std::size_t point_bytes = 1 + 2 * coordinate_bytes;
constexpr std::uint8_t uncompressed = 0x04;
constexpr std::uint8_t der_octet_string = 0x04;
constexpr std::uint8_t der_integer = 0x02;
constexpr std::uint8_t der_sequence = 0x30;

// SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING of 66 bytes, no unused bits }, up to the point.
constexpr std::array<std::uint8_t, 26> spki_prefix{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

/// Appends a positive INTEGER in as few bytes as DER wants. @return false for zero.
bool append_integer(ledger::Bytes& out, ledger::ByteView number) {
    const auto first = std::find_if(number.begin(), number.end(), [](std::uint8_t byte) { return byte != 0; });
    if (first == number.end()) return false;
    const bool sign_bit = (*first & 0x80) != 0;
    out.push_back(der_integer);
    out.push_back(static_cast<std::uint8_t>(number.end() - first + (sign_bit ? 1 : 0)));
    if (sign_bit) out.push_back(0);
    out.insert(out.end(), first, number.end());
    return true;
}

}  // namespace

std::optional<ledger::Bytes> p256_spki(ledger::ByteView parameters, ledger::ByteView point) {
    if (!ledger::equal(parameters, p256_parameters)) return std::nullopt;
    if (point.size() == point_bytes + 2 && point[0] == der_octet_string && point[1] == point_bytes)
        point = point.subspan(2);
    if (point.size() != point_bytes || point[0] != uncompressed) return std::nullopt;
    ledger::Bytes spki(spki_prefix.begin(), spki_prefix.end());
    spki.insert(spki.end(), point.begin(), point.end());
    return spki;
}

std::optional<ledger::Bytes> p256_signature(ledger::ByteView raw) {
    if (raw.size() != 2 * coordinate_bytes) return std::nullopt;
    ledger::Bytes der;
    der.reserve(2 * coordinate_bytes + 8);
    der.assign({der_sequence, 0});
    if (!append_integer(der, raw.first(coordinate_bytes))) return std::nullopt;
    if (!append_integer(der, raw.last(coordinate_bytes))) return std::nullopt;
    der[1] = static_cast<std::uint8_t>(der.size() - 2);
    return der;
}

}  // namespace hsm
