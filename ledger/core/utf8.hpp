#pragma once
// ledger/core/utf8.hpp: well-formed UTF-8 (RFC 3629), for the formats that take text from elsewhere.

#include <optional>
#include <string>
#include <string_view>

namespace ledger {

/// Takes the first code point off `text`, which is not empty.
/// @return nothing for bytes that are not UTF-8: truncated, overlong, a surrogate, beyond U+10FFFF.
[[nodiscard]] std::optional<char32_t> take_code_point(std::string_view& text);

/// Well-formed, and without U+0000.
[[nodiscard]] bool is_plain_utf8(std::string_view text);

/// is_plain_utf8, and without control characters, line separators and changes of direction: one line that a terminal
/// shows as it is, and that cannot pass for another.
[[nodiscard]] bool is_one_line(std::string_view text);

/// Text from elsewhere, for a terminal: each character that is_one_line refuses, and each byte that is not UTF-8, is
/// shown as U+FFFD. Everything else stays as it is, so that is_one_line holds for what is returned.
[[nodiscard]] std::string as_one_line(std::string_view text);

/// JSON, for a terminal: the characters that is_one_line refuses and JSON allows in its strings (DEL, C1, separators,
/// changes of direction) as \uXXXX. The same values for whoever parses it. @param json  well-formed
[[nodiscard]] std::string escape_json_controls(std::string_view json);

/// White_Space of the Unicode character database.
[[nodiscard]] bool is_unicode_space(char32_t code_point);

}  // namespace ledger
