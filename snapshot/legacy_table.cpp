#include "snapshot/legacy_table.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>

#include "ledger/core/suite.hpp"
#include "ledger/core/time_text.hpp"
#include "ledger/core/utf8.hpp"
#include "snapshot/errc.hpp"

namespace snapshot {
namespace {

using ledger::Error;
using ledger::Result;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// @return nothing if `bytes` are not GB18030
std::optional<std::string> from_gb18030(std::string_view bytes) {
    const iconv_t converter = ::iconv_open("UTF-8", "GB18030");
    // NOLINTNEXTLINE(performance-no-int-to-ptr): so POSIX has it
    if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
    std::string text(bytes.size() * 3 + 4, '\0');  // two bytes become three, four become four
    char* in = const_cast<char*>(bytes.data());    // iconv does not write there
    std::size_t in_left = bytes.size();
    char* out = text.data();
    std::size_t out_left = text.size();
    const std::size_t converted = ::iconv(converter, &in, &in_left, &out, &out_left);
    ::iconv_close(converter);
    if (converted == static_cast<std::size_t>(-1) || in_left != 0) return std::nullopt;
    text.resize(text.size() - out_left);
    return text;
}

Result<std::string> decode(std::string_view bytes, LegacyMapping::Encoding encoding) {
    using Encoding = LegacyMapping::Encoding;
    const bool marked = bytes.starts_with(byte_order_mark);
    if (marked) bytes.remove_prefix(byte_order_mark.size());
    if (encoding != Encoding::gb18030 || marked) {
        if (ledger::is_plain_utf8(bytes)) return std::string(bytes);
        if (encoding == Encoding::utf8 || marked) return Error{errc::legacy_encoding, {}, {{"encoding", "UTF-8"}}};
    }
    auto text = from_gb18030(bytes);
    if (text && ledger::is_plain_utf8(*text)) return *std::move(text);
    const char* const tried = encoding == Encoding::detect ? "UTF-8 / GB18030" : "GB18030";
    return Error{errc::legacy_encoding, {}, {{"encoding", tried}}};
}

struct TableRow {
    std::uint64_t line = 0;
    std::vector<std::string> cells;
};

/// RFC 4180, with LF as well as CRLF.
class TableReader {
 public:
    TableReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

    /// @return nothing at the end
    Result<std::optional<TableRow>> next() {
        if (at_ == text_.size()) return std::optional<TableRow>();
        TableRow row;
        row.line = line_;
        for (bool more = true; more;) {
            if (row.cells.size() == legacy_columns_max) return malformed("more than 256 columns");
            std::string cell;
            ACTLEDGER_TRY(more, take_cell(cell));
            row.cells.push_back(trimmed(cell));
        }
        return std::optional(std::move(row));
    }

 private:
    [[nodiscard]] Error malformed(std::string problem) const {
        return {errc::legacy_table_malformed, {}, {{"line", std::to_string(line_)}, {"problem", std::move(problem)}}};
    }
    static std::string trimmed(std::string_view cell) {
        constexpr std::string_view blanks = " \t";
        const auto begin = cell.find_first_not_of(blanks);
        if (begin == cell.npos) return {};
        return std::string(cell.substr(begin, cell.find_last_not_of(blanks) - begin + 1));
    }
    [[nodiscard]] bool ends_row() {
        if (at_ == text_.size()) return true;
        if (text_.substr(at_).starts_with("\r\n")) ++at_;
        if (text_[at_] != '\n') return false;
        ++at_;
        ++line_;
        return true;
    }
    /// @return whether another cell follows in the row
    Result<bool> take_cell(std::string& cell) {
        const bool quoted = at_ < text_.size() && text_[at_] == '"';
        if (quoted) ACTLEDGER_CHECK(take_quoted(cell));
        while (true) {
            if (ends_row()) return false;
            const char c = text_[at_++];
            if (c == separator_) return true;
            if (quoted) return malformed("text behind a closing quote");
            ACTLEDGER_CHECK(add(cell, c));
        }
    }
    Result<void> take_quoted(std::string& cell) {
        const std::uint64_t opened = line_;
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                if (!text_.substr(at_ + 1).starts_with('"')) {
                    ++at_;
                    return {};
                }
                ++at_;
            }
            if (c == '\n') ++line_;
            ACTLEDGER_CHECK(add(cell, c));
        }
        line_ = opened;
        return malformed("a quote is not closed");
    }
    Result<void> add(std::string& cell, char c) {
        if (cell.size() == legacy_cell_bytes_max) return malformed("a cell of more than 4,096 bytes");
        cell += c;
        return {};
    }

    std::string_view text_;
    const char separator_;
    std::size_t at_ = 0;
    std::uint64_t line_ = 1;
};

/// Places of the mapped columns.
struct Columns {
    std::size_t count = 0;
    std::optional<std::size_t> key, device_name, activated_at, status;
    std::vector<std::size_t> components;  ///< In the mapping's order.
};

Result<std::size_t> find_column(const std::vector<std::string>& head, const std::string& name) {
    const auto found = std::ranges::find(head, name);
    const ledger::Fact column{"column", ledger::as_one_line(name)};
    if (found == head.end()) return Error{errc::legacy_column_missing, {}, {column}};
    if (std::find(found + 1, head.end(), name) != head.end()) return Error{errc::legacy_column_twice, {}, {column}};
    return static_cast<std::size_t>(found - head.begin());
}

Result<Columns> find_columns(const std::vector<std::string>& head, const LegacyMapping& mapping) {
    Columns columns;
    columns.count = head.size();
    const auto find = [&](const std::string& name, std::optional<std::size_t>& place) -> Result<void> {
        if (name.empty()) return {};
        ACTLEDGER_TRY(place, find_column(head, name));
        return {};
    };
    ACTLEDGER_CHECK(find(mapping.key, columns.key));
    ACTLEDGER_CHECK(find(mapping.device_name, columns.device_name));
    ACTLEDGER_CHECK(find(mapping.activated_at, columns.activated_at));
    ACTLEDGER_CHECK(find(mapping.status, columns.status));
    for (const LegacyMapping::Component& component : mapping.components) {
        ACTLEDGER_TRY(const std::size_t place, find_column(head, component.column));
        columns.components.push_back(place);
    }
    return columns;
}

/// In normal form, in order.
std::vector<std::string> lines_of(const std::vector<ledger::RawComponent>& components) {
    std::vector<std::string> values;
    for (const ledger::RawComponent& component : components) {
        const auto normalised = ledger::normalise_component(component.kind, component.value);
        if (normalised) values.push_back(component.kind + "=" + *normalised + "\n");
    }
    std::ranges::sort(values);
    return values;
}

/// What a record without a key of its own is known by.
std::string key_of(const std::vector<ledger::RawComponent>& components) {
    std::string all;
    for (const std::string& value : lines_of(components)) all += value;
    return "components:" + ledger::hex_encode(ledger::default_suite().hash(ledger::as_bytes(all)).view());
}

void add_values(LegacyEntry& entry, const std::string& kind, std::string_view cell, char separator) {
    while (!cell.empty()) {
        const auto end = std::min(cell.find(separator), cell.size());
        std::string_view value = cell.substr(0, end);
        cell.remove_prefix(std::min(end + 1, cell.size()));
        while (value.starts_with(' ')) value.remove_prefix(1);
        while (value.ends_with(' ')) value.remove_suffix(1);
        if (!value.empty()) entry.components.push_back({kind, std::string(value)});
    }
}

/// A placeholder is none, and does no harm.
bool is_other_than_mac(const ledger::RawComponent& one) {
    if (one.kind != "mac") return false;
    const auto form = ledger::normalise_component(one.kind, one.value);
    return form && (form->size() != 12 || form->find_first_not_of("0123456789abcdef") != form->npos);
}

/// A number that a spreadsheet has rounded: 8.8E+11.
bool is_rounded(std::string_view value) {
    const auto e = value.find_first_of("Ee");
    if (e == value.npos || e == 0 || e + 2 >= value.size() || value[e + 1] != '+') return false;
    const auto digits = [](std::string_view text, std::string_view others = {}) {
        return std::ranges::all_of(text,
                                   [&](char c) { return (c >= '0' && c <= '9') || others.find(c) != others.npos; });
    };
    return digits(value.substr(0, e), ".,") && digits(value.substr(e + 2));
}

/// A placeholder is none, and does no harm.
bool is_other_than_uuid(const ledger::RawComponent& one) {
    if (!one.kind.ends_with("uuid")) return false;
    const auto form = ledger::normalise_component(one.kind, one.value);
    return form && (form->size() != 32 || form->find_first_not_of("0123456789abcdef") != form->npos);
}

bool is_unusable(const ledger::RawComponent& one) { return is_rounded(one.value) || is_other_than_uuid(one); }

LegacyEntry read_row(const TableRow& row, const Columns& columns, const LegacyMapping& mapping) {
    LegacyEntry entry;
    entry.line = row.line;
    const auto refuse = [&](errc code, std::vector<ledger::Fact> facts = {}) {
        facts.push_back({"line", std::to_string(row.line)});
        entry.refused = Error{code, {}, std::move(facts)};
        return entry;
    };
    if (row.cells.size() != columns.count) {
        return refuse(errc::legacy_row_columns,
                      {{"found", std::to_string(row.cells.size())}, {"expected", std::to_string(columns.count)}});
    }
    if (columns.status && std::ranges::find(mapping.active, row.cells[*columns.status]) == mapping.active.end()) {
        entry.passed_over = true;
        return entry;
    }
    for (std::size_t i = 0; i < columns.components.size(); ++i) {
        add_values(entry, mapping.components[i].kind, row.cells[columns.components[i]], mapping.value_separator);
    }
    const bool usable = std::ranges::any_of(entry.components, [](const ledger::RawComponent& one) {
        return ledger::normalise_component(one.kind, one.value).has_value();
    });
    const auto wrong = std::ranges::find_if(entry.components, is_other_than_mac);
    if (wrong != entry.components.end()) {
        return refuse(errc::legacy_row_mac, {{"value", ledger::as_one_line(wrong->value.substr(0, 64))}});
    }
    const auto bad = std::ranges::find_if(entry.components, is_unusable);
    if (bad != entry.components.end()) {
        return refuse(errc::legacy_row_value,
                      {{"value", ledger::as_one_line(bad->value.substr(0, 64))}, {"kind", bad->kind}});
    }
    if (!usable || entry.components.size() > ledger::components_max) return refuse(errc::legacy_row_components);
    entry.key = columns.key ? row.cells[*columns.key] : key_of(entry.components);
    if (entry.key.empty()) return refuse(errc::legacy_row_key);
    if (columns.device_name && !row.cells[*columns.device_name].empty()) {
        entry.device_name = row.cells[*columns.device_name];
    }
    if (columns.activated_at && !row.cells[*columns.activated_at].empty()) {
        const std::string& cell = row.cells[*columns.activated_at];
        const auto at = parse_legacy_time(cell, mapping.utc_offset);
        if (!at) return refuse(errc::legacy_row_time, {{"value", ledger::as_one_line(cell.substr(0, 64))}});
        entry.activated_at = *at;
    }
    return entry;
}

/// Rows with one key are one record, and the first is taken. If they have nothing else in common they are two desktops,
/// and the second would be passed over in silence.
class KeysSeen {
 public:
    /// @return the line of the first row with that key, if it is another desktop's
    [[nodiscard]] std::optional<std::uint64_t> other_desktop(const LegacyEntry& entry) {
        const auto values = lines_of(entry.components);
        const auto [place, is_first] = by_key_.try_emplace(entry.key, Seen{entry.line, {}});
        Seen& seen = place->second;
        const bool shares =
            std::ranges::any_of(values, [&](const std::string& value) { return seen.values.contains(value); });
        if (!is_first && !shares) return seen.line;
        seen.values.insert(values.begin(), values.end());
        return std::nullopt;
    }

 private:
    struct Seen {
        std::uint64_t line;
        std::set<std::string> values;
    };
    std::map<std::string, Seen> by_key_;
};

/// Takes a zone off the end of a time: "Z", "+08:00" or "+0800" behind hours and minutes, which are apart by a colon.
std::optional<ledger::Duration> take_zone(std::string_view& text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    while (text.ends_with(' ')) text.remove_suffix(1);
    const auto colon = text.find(':');
    if (colon == text.npos) return std::nullopt;
    if (text.ends_with('Z') && is_digit(text[text.size() - 2])) {
        text.remove_suffix(1);
        return ledger::Duration{0};
    }
    const auto sign = text.find_first_of("+-", colon);
    if (sign == text.npos) return std::nullopt;
    std::string digits(text.substr(sign + 1));
    if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
    if (digits.size() != 4 || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
    const int hours = (digits[0] - '0') * 10 + (digits[1] - '0');
    const int minutes = (digits[2] - '0') * 10 + (digits[3] - '0');
    if (hours > 14 || minutes > 59) return std::nullopt;
    const ledger::Duration zone = ledger::minute * (hours * 60 + minutes);
    const bool west = text[sign] == '-';
    text = text.substr(0, sign);
    return west ? ledger::Duration{-zone.us} : zone;
}

}  // namespace

std::optional<ledger::Timestamp> parse_legacy_time(std::string_view text, ledger::Duration utc_offset) {
    if (const auto zone = take_zone(text)) utc_offset = *zone;
    std::array<unsigned, 6> parts{};  // year, month, day, hour, minute, second
    std::size_t count = 0;
    // Databases export a fraction of a second. It is left out.
    const auto last = text.find_last_not_of("0123456789");
    const bool fraction = last != text.npos && text[last] == '.' && last + 1 < text.size() &&
                          text.size() - last <= 10 && std::ranges::count(text, ':') == 2;
    if (fraction) text = text.substr(0, last);
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] < '0' || text[at] > '9') {
            ++at;
            continue;
        }
        if (count == parts.size()) return std::nullopt;
        std::size_t digits = 0;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
            if (digits == 4) return std::nullopt;
            parts[count] = parts[count] * 10 + static_cast<unsigned>(text[at] - '0');
        }
        if ((count == 0) != (digits == 4) || (count > 0 && digits > 2)) return std::nullopt;
        ++count;
    }
    if (count != 3 && count != 5 && count != 6) return std::nullopt;
    // As spreadsheets in Chinese and English show the hours of half a day.
    const auto says = [&](std::string_view chinese, std::string_view english) {
        return text.find(chinese) != text.npos || text.find(english) != text.npos;
    };
    const bool afternoon = says("下午", "PM");
    if (afternoon || says("上午", "AM")) {
        if (count == 3 || parts[3] == 0 || parts[3] > 12) return std::nullopt;
        parts[3] = parts[3] % 12 + (afternoon ? 12 : 0);
    }
    std::array<char, 32> spelled{};
    (void)std::snprintf(spelled.data(), spelled.size(), "%04u-%02u-%02uT%02u:%02u:%02uZ", parts[0], parts[1], parts[2],
                        parts[3], parts[4], parts[5]);
    const auto local = ledger::parse_time_seconds(spelled.data());  // knows the calendar
    if (!local || local->us <= utc_offset.us) return std::nullopt;
    return ledger::Timestamp{local->us - utc_offset.us};
}

Result<std::vector<LegacyEntry>> read_legacy_table(std::string_view bytes, const LegacyMapping& mapping) {
    ACTLEDGER_ASSERT(bytes.size() <= legacy_file_bytes_max);
    ACTLEDGER_TRY(const std::string text, decode(bytes, mapping.encoding));
    TableReader reader(text, mapping.separator);
    ACTLEDGER_TRY(const auto head, reader.next());
    if (!head) return Error{errc::legacy_table_malformed, {}, {{"line", "1"}, {"problem", "it is empty"}}};
    ACTLEDGER_TRY(const Columns columns, find_columns(head->cells, mapping));
    std::vector<LegacyEntry> entries;
    KeysSeen seen;
    while (true) {
        ACTLEDGER_TRY(const auto row, reader.next());
        if (!row) return entries;
        const bool blank = row->cells.size() == 1 && row->cells[0].empty();
        if (blank) continue;
        entries.push_back(read_row(*row, columns, mapping));
        LegacyEntry& entry = entries.back();
        if (entry.refused || entry.passed_over) continue;
        if (const auto first = seen.other_desktop(entry)) {
            entry.refused = Error{errc::legacy_row_key_twice,
                                  {},
                                  {{"line", std::to_string(entry.line)}, {"first", std::to_string(*first)}}};
        }
    }
}

}  // namespace snapshot
