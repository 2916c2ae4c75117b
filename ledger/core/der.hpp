#pragma once
// ledger/core/der.hpp: DER (ITU-T X.690) as bytes: a check that an encoding is the one DER allows, and a small writer.
// OpenSSL reads BER and keeps what it read; the formats of this ledger have one spelling. ADR:
// docs/adr/0006-strict-der.md.

#include <initializer_list>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"

namespace ledger::der {

constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_bit_string = 0x03;
constexpr std::uint8_t tag_octet_string = 0x04;
constexpr std::uint8_t tag_utf8_string = 0x0c;
constexpr std::uint8_t tag_sequence = 0x30;
constexpr std::uint8_t tag_set = 0x31;
constexpr std::uint8_t context_constructed(unsigned number) { return static_cast<std::uint8_t>(0xa0 | number); }

constexpr std::size_t depth_max = 24;

/// One value with everything inside it, and no bytes behind it: definite and shortest lengths, low tag numbers,
/// canonical booleans, integers, bit strings, object identifiers and times, strings in one piece, sets in order. What
/// needs the schema (defaults left out, implicitly tagged sets) is for the reader, who writes it again and compares.
/// @return errc::not_canonical
[[nodiscard]] Result<void> check(ByteView encoding);

/// tag, length, contents.
[[nodiscard]] Bytes value(std::uint8_t tag, ByteView contents);
[[nodiscard]] Bytes value(std::uint8_t tag, std::initializer_list<Bytes> parts);
/// The contents of a SET OF: the parts in the order of their encodings.
[[nodiscard]] Bytes set_contents(std::vector<Bytes> parts);
[[nodiscard]] Bytes integer(std::uint64_t number);
/// @param dotted  "1.2.840.113549.1.7.1"; asserted to be an object identifier.
[[nodiscard]] Bytes object_identifier(const char* dotted);
[[nodiscard]] Bytes utf8_string(std::string_view text);
/// Without unused bits.
[[nodiscard]] Bytes bit_string(ByteView bits);
/// RFC 5280's choice: UTCTime from 1950 to 2049, otherwise GeneralizedTime; whole seconds.
[[nodiscard]] Bytes time(Timestamp at);

}  // namespace ledger::der
