#include "ledger/core/der.hpp"

#include <algorithm>
#include <array>

#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"
#include "ledger/core/time_text.hpp"

namespace ledger::der {
namespace {

constexpr std::uint8_t tag_boolean = 0x01;
constexpr std::uint8_t tag_null = 0x05;
constexpr std::uint8_t tag_object_identifier = 0x06;
constexpr std::uint8_t tag_enumerated = 0x0a;
constexpr std::uint8_t tag_utc_time = 0x17;
constexpr std::uint8_t tag_generalized_time = 0x18;
constexpr std::uint8_t constructed_bit = 0x20;
constexpr std::uint8_t class_bits = 0xc0;
constexpr std::uint8_t tag_number_bits = 0x1f;

Error not_der(const char* why) { return {errc::not_canonical, std::string("DER: ") + why}; }

/// The first value of `from`; `from` is moved behind it.
struct Element {
    std::uint8_t tag = 0;
    ByteView contents;
    ByteView whole;
};

Result<Element> take_element(ByteView& from) {
    if (from.size() < 2) return not_der("cut off in a header");
    Element element;
    element.tag = from[0];
    if ((element.tag & tag_number_bits) == tag_number_bits) return not_der("a tag number above 30");
    std::size_t header = 2;
    std::size_t length = from[1];
    if (length >= 0x80) {
        const std::size_t length_bytes = length & 0x7f;
        if (length_bytes == 0) return not_der("an indefinite length");
        if (length_bytes > 4) return not_der("a length beyond all limits");
        if (from.size() < header + length_bytes) return not_der("cut off in a length");
        length = 0;
        for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | from[header + i];
        if (from[header] == 0 || length < 0x80) return not_der("a length that is not the shortest");
        header += length_bytes;
    }
    if (from.size() - header < length) return not_der("cut off in a value");
    element.contents = from.subspan(header, length);
    element.whole = from.first(header + length);
    from = from.subspan(header + length);
    return element;
}

bool all_digits(ByteView text) {
    return std::all_of(text.begin(), text.end(), [](std::uint8_t c) { return c >= '0' && c <= '9'; });
}

bool is_time(ByteView contents, std::size_t digits) {
    return contents.size() == digits + 1 && contents.back() == 'Z' && all_digits(contents.first(digits));
}

bool is_object_identifier(ByteView contents) {
    if (contents.empty() || (contents.back() & 0x80) != 0) return false;
    bool first_byte_of_arc = true;
    for (const std::uint8_t byte : contents) {
        if (first_byte_of_arc && byte == 0x80) return false;
        first_byte_of_arc = (byte & 0x80) == 0;
    }
    return true;
}

bool is_bit_string(ByteView contents) {
    if (contents.empty() || contents[0] > 7) return false;
    if (contents.size() == 1) return contents[0] == 0;
    const auto unused = static_cast<std::uint8_t>((1U << contents[0]) - 1);
    return (contents.back() & unused) == 0;
}

bool is_integer(ByteView contents) {
    if (contents.empty()) return false;
    if (contents.size() == 1) return true;
    const bool high_bit = (contents[1] & 0x80) != 0;
    return !(contents[0] == 0x00 && !high_bit) && !(contents[0] == 0xff && high_bit);
}

Result<void> check_primitive(std::uint8_t tag, ByteView contents) {
    switch (tag) {
        case tag_boolean:
            if (contents.size() != 1 || (contents[0] != 0x00 && contents[0] != 0xff)) return not_der("a boolean");
            break;
        case tag_integer:
        case tag_enumerated:
            if (!is_integer(contents)) return not_der("an integer that is not the shortest");
            break;
        case tag_bit_string:
            if (!is_bit_string(contents)) return not_der("a bit string with unused bits that are not zero");
            break;
        case tag_null:
            if (!contents.empty()) return not_der("a null with contents");
            break;
        case tag_object_identifier:
            if (!is_object_identifier(contents)) return not_der("an object identifier");
            break;
        case tag_utc_time:
            if (!is_time(contents, 12)) return not_der("a UTCTime that is not YYMMDDHHMMSSZ");
            break;
        case tag_generalized_time:
            if (!is_time(contents, 14)) return not_der("a GeneralizedTime that is not YYYYMMDDHHMMSSZ");
            break;
        default:
            if (tag == 0) return not_der("an end-of-contents mark");
    }
    return {};
}

Result<void> check_elements(ByteView contents, bool in_order, std::size_t depth);

Result<void> check_element(const Element& element, std::size_t depth) {
    const bool universal = (element.tag & class_bits) == 0;
    const bool constructed = (element.tag & constructed_bit) != 0;
    if (!universal) return constructed ? check_elements(element.contents, false, depth + 1) : Result<void>{};
    const bool sequence_or_set = element.tag == tag_sequence || element.tag == tag_set;
    if (constructed && !sequence_or_set) return not_der("a string in pieces");
    if (sequence_or_set) return check_elements(element.contents, element.tag == tag_set, depth + 1);
    if ((element.tag | constructed_bit) == tag_sequence || (element.tag | constructed_bit) == tag_set) {
        return not_der("a sequence or set that is not constructed");
    }
    return check_primitive(element.tag, element.contents);
}

bool encodes_less(ByteView a, ByteView b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

Result<void> check_elements(ByteView contents, bool in_order, std::size_t depth) {
    if (depth > depth_max) return not_der("nested too deeply");
    ByteView previous;
    while (!contents.empty()) {
        ACTLEDGER_TRY(const Element element, take_element(contents));
        ACTLEDGER_CHECK(check_element(element, depth));
        if (in_order && !previous.empty() && encodes_less(element.whole, previous))
            return not_der("a set out of order");
        previous = element.whole;
    }
    return {};
}

void append_length(Bytes& out, std::size_t length) {
    if (length < 0x80) {
        out.push_back(static_cast<std::uint8_t>(length));
        return;
    }
    Bytes digits;
    for (; length > 0; length >>= 8) digits.insert(digits.begin(), static_cast<std::uint8_t>(length & 0xff));
    out.push_back(static_cast<std::uint8_t>(0x80 | digits.size()));
    out.insert(out.end(), digits.begin(), digits.end());
}

}  // namespace

Result<void> check(ByteView encoding) {
    ACTLEDGER_TRY(const Element element, take_element(encoding));
    if (!encoding.empty()) return not_der("bytes behind the value");
    return check_element(element, 0);
}

Bytes value(std::uint8_t tag, ByteView contents) {
    Bytes out{tag};
    append_length(out, contents.size());
    out.insert(out.end(), contents.begin(), contents.end());
    return out;
}

Bytes value(std::uint8_t tag, std::initializer_list<Bytes> parts) {
    Bytes contents;
    for (const Bytes& part : parts) contents.insert(contents.end(), part.begin(), part.end());
    return value(tag, contents);
}

Bytes set_contents(std::vector<Bytes> parts) {
    std::sort(parts.begin(), parts.end());
    Bytes contents;
    for (const Bytes& part : parts) contents.insert(contents.end(), part.begin(), part.end());
    return contents;
}

Bytes integer(std::uint64_t number) {
    Bytes contents;
    do {
        contents.insert(contents.begin(), static_cast<std::uint8_t>(number & 0xff));
        number >>= 8;
    } while (number > 0);
    if ((contents.front() & 0x80) != 0) contents.insert(contents.begin(), 0);
    return value(tag_integer, contents);
}

Bytes object_identifier(const char* dotted) {
    const Asn1ObjectPointer object(OBJ_txt2obj(dotted, 1));
    ACTLEDGER_ASSERT(object != nullptr);
    return encode_der(i2d_ASN1_OBJECT, object.get());
}

Bytes utf8_string(std::string_view text) { return value(tag_utf8_string, as_bytes(text)); }

Bytes bit_string(ByteView bits) {
    Bytes contents{0};
    contents.insert(contents.end(), bits.begin(), bits.end());
    return value(tag_bit_string, contents);
}

Bytes time(Timestamp at) {
    std::string digits;
    for (const char c : time_text_seconds(at)) {
        if (c != '-' && c != ':' && c != 'T') digits += c;
    }
    // The calendar of this code begins in 1970, so that only the upper bound of UTCTime matters.
    if (digits < "2050") return value(tag_utc_time, as_bytes(digits.substr(2)));
    return value(tag_generalized_time, as_bytes(digits));
}

}  // namespace ledger::der
