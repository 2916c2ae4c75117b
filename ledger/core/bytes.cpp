#include "ledger/core/bytes.hpp"

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_value = 0xff;

constexpr std::array<std::uint8_t, 256> base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_value);
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i) {
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

/// Two characters for each twelve bits: half the look-ups of one at a time.
constexpr auto base64_pairs = [] {
    std::array<std::array<char, 2>, 4096> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {base64_alphabet[i >> 6], base64_alphabet[i & 63]};
    return pairs;
}();

std::uint8_t base64_value(char c) { return base64_values[static_cast<unsigned char>(c)]; }

}  // namespace

Digest Digest::from(ByteView view) {
    ACTLEDGER_ASSERT(view.size() == size_bytes);
    Digest digest;
    std::memcpy(digest.bytes.data(), view.data(), size_bytes);
    return digest;
}

void base64_append(std::string& out, ByteView bytes) {
    const std::size_t start = out.size();
    out.resize(start + (bytes.size() + 2) / 3 * 4);
    char* to = out.data() + start;
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3) {
        const std::uint32_t group = std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
        std::memcpy(to, base64_pairs[group >> 12].data(), 2);
        std::memcpy(to + 2, base64_pairs[group & 0xfff].data(), 2);
        to += 4;
    }
    const std::size_t rest = bytes.size() - i;
    if (rest == 0) return;
    const std::uint32_t group = std::uint32_t{bytes[i]} << 16 | (rest == 2 ? std::uint32_t{bytes[i + 1]} << 8 : 0);
    *to++ = base64_alphabet[group >> 18];
    *to++ = base64_alphabet[group >> 12 & 63];
    *to++ = rest == 2 ? base64_alphabet[group >> 6 & 63] : '=';
    *to++ = '=';
}

std::string base64_encode(ByteView bytes) {
    std::string out;
    base64_append(out, bytes);
    return out;
}

Result<Bytes> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return Error{errc::not_canonical, "base64: length is not a multiple of four"};
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    const std::size_t symbols = text.size() - padding;

    Bytes out(symbols * 6 / 8);
    std::uint8_t* to = out.data();
    std::uint8_t refused = 0;  // all ones as soon as one character has no value
    std::size_t i = 0;
    for (; i + 4 <= symbols; i += 4) {
        const std::array<std::uint8_t, 4> v{base64_value(text[i]), base64_value(text[i + 1]), base64_value(text[i + 2]),
                                            base64_value(text[i + 3])};
        refused = static_cast<std::uint8_t>(refused | v[0] | v[1] | v[2] | v[3]);
        *to++ = static_cast<std::uint8_t>(v[0] << 2 | v[1] >> 4);
        *to++ = static_cast<std::uint8_t>(v[1] << 4 | v[2] >> 2);
        *to++ = static_cast<std::uint8_t>(v[2] << 6 | v[3]);
    }
    std::uint32_t bits = 0;
    for (std::size_t j = i; j < symbols; ++j) {
        refused = static_cast<std::uint8_t>(refused | base64_value(text[j]));
        bits = bits << 6 | base64_value(text[j]);
    }
    if (refused == no_value) return Error{errc::not_canonical, "base64: a character outside the alphabet"};
    const std::size_t rest = symbols - i;  // 0, 2 or 3 characters: 0, 1 or 2 bytes and some unused bits
    const unsigned unused_bits = rest == 0 ? 0 : rest == 2 ? 4 : 2;
    if ((bits & ((1U << unused_bits) - 1)) != 0) return Error{errc::not_canonical, "base64: unused bits are not zero"};
    bits >>= unused_bits;
    if (rest == 3) *to++ = static_cast<std::uint8_t>(bits >> 8);
    if (rest != 0) *to++ = static_cast<std::uint8_t>(bits);
    return out;
}

std::string hex_encode(ByteView bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

Result<Bytes> hex_decode(std::string_view text) {
    const auto value = [](char c) -> int {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return Error{errc::not_canonical, "hex: odd length"};
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = value(text[i]);
        const int low = value(text[i + 1]);
        if (high < 0 || low < 0) return Error{errc::not_canonical, "hex: a character that is not a lower-case digit"};
        out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return out;
}

Result<std::uint64_t> decimal_decode(std::string_view text) {
    const auto refused = [] { return Error{errc::not_canonical, "decimal: not the shortest form of a number"}; };
    if (text.empty() || (text.front() == '0' && text.size() > 1)) return refused();
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return refused();
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (UINT64_MAX - digit) / 10) return refused();
        value = value * 10 + digit;
    }
    return value;
}

std::string base32_encode(ByteView bytes) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out;
    out.reserve((bytes.size() * 8 + 4) / 5);
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = (bits << 8 | byte) & 0xffff;
        bit_count += 8;
        while (bit_count >= 5) {
            bit_count -= 5;
            out += alphabet[bits >> bit_count & 31];
        }
    }
    if (bit_count > 0) out += alphabet[bits << (5 - bit_count) & 31];
    return out;
}

}  // namespace ledger
