#include "tools/cli/legacy_mapping.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "ledger/core/event_rules.hpp"
#include "ledger/core/utf8.hpp"
#include "tools/cli/errc.hpp"

namespace cli {
namespace {

using ledger::Error;
using ledger::Result;
using snapshot::LegacyMapping;

constexpr std::size_t text_bytes_max = 256;

/// Reads one table; the first thing that is wrong is kept.
class Reader {
 public:
    Reader(const toml::table& table, std::string name, std::string& problem)
        : table_(table), name_(std::move(name)), problem_(problem) {}

    void text(std::string_view key, std::string& value) {
        const auto* node = find(key);
        if (node == nullptr) return;
        auto found = node->value_exact<std::string>();
        if (!found || found->empty() || !is_text(*found)) return fail(key, *node, "a text in quotes is wanted");
        value = *std::move(found);
    }
    void character(std::string_view key, char& value) {
        std::string found;
        text(key, found);
        if (found.empty()) return;
        const bool good = found.size() == 1 && found.find_first_of("\"\r\n") == found.npos;
        if (!good) return fail(key, *table_.get(key), "one character of ASCII is wanted, no quote");
        value = found.front();
    }
    void texts(std::string_view key, std::vector<std::string>& values) {
        const auto* node = find(key);
        if (node == nullptr) return;
        const auto* list = node->as_array();
        if (list == nullptr || list->empty() || list->size() > 64) return fail(key, *node, "a list of texts is wanted");
        for (const auto& item : *list) {
            const auto found = item.value_exact<std::string>();
            if (!found || !is_text(*found)) return fail(key, item, "a list of texts is wanted");
            values.push_back(*found);
        }
    }
    void components(std::vector<LegacyMapping::Component>& values) {
        for (const auto& [key, node] : table_) {
            const auto found = node.value_exact<std::string>();
            if (!found || found->empty() || !is_text(*found)) return fail(key.str(), node, "a column's name is wanted");
            const bool is_kind = key.str().size() <= ledger::component_kind_bytes_max &&
                                 key.str().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == key.str().npos;
            if (!is_kind) return fail(key.str(), node, "a kind has 1 to 32 characters of a-z, 0-9 and _");
            const auto twice = std::ranges::find(values, *found, &LegacyMapping::Component::column);
            if (twice != values.end()) return fail(key.str(), node, "another kind has this column");
            values.push_back({std::string(key.str()), *found});
        }
    }
    void refuse_others() {
        for (const auto& [key, node] : table_) {
            if (std::ranges::find(known_, key.str()) == known_.end()) fail(key.str(), node, "there is no such key");
        }
    }
    /// Taken as known, and looked into by somebody else.
    [[nodiscard]] const toml::table* table(std::string_view key) {
        const auto* node = find(key);
        if (node == nullptr) return nullptr;
        if (!node->is_table()) fail(key, *node, "a table is wanted");
        return node->as_table();
    }
    void fail(std::string_view key, const toml::node& node, std::string_view what) {
        if (!problem_.empty()) return;
        problem_ = name_ + std::string(key) + ": " + std::string(what) + " (line " +
                   std::to_string(node.source().begin.line) + ")";
        problem_ = ledger::as_one_line(problem_);
    }

 private:
    static bool is_text(std::string_view text) {
        return text.size() <= text_bytes_max && (ledger::is_one_line(text) || text == "\t");
    }
    const toml::node* find(std::string_view key) {
        known_.push_back(key);
        return table_.get(key);
    }

    const toml::table& table_;
    const std::string name_;
    std::string& problem_;
    std::vector<std::string_view> known_;
};

/// "+08:00"
std::optional<ledger::Duration> parse_offset(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    const bool shaped = text.size() == 6 && (text[0] == '+' || text[0] == '-') && digit(1) && digit(2) &&
                        text[3] == ':' && digit(4) && digit(5);
    if (!shaped) return std::nullopt;
    const int hours = (text[1] - '0') * 10 + (text[2] - '0');
    const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
    if (hours > 14 || minutes > 59) return std::nullopt;
    const ledger::Duration offset = ledger::minute * (hours * 60 + minutes);
    return text[0] == '-' ? ledger::Duration{-offset.us} : offset;
}

void read_columns(const toml::table& table, LegacyMapping& mapping, std::string& problem) {
    Reader reader(table, "columns.", problem);
    reader.text("key", mapping.key);
    reader.text("device_name", mapping.device_name);
    reader.text("activated_at", mapping.activated_at);
    reader.text("status", mapping.status);
    reader.refuse_others();
}

void read_all(const toml::table& table, LegacyMapping& mapping, std::string& problem) {
    Reader reader(table, "", problem);
    std::string encoding = "auto";
    std::string offset = "+00:00";
    reader.text("product", mapping.product);
    reader.text("encoding", encoding);
    reader.character("separator", mapping.separator);
    reader.character("value_separator", mapping.value_separator);
    reader.text("utc_offset", offset);
    reader.texts("active", mapping.active);
    const toml::table* const columns = reader.table("columns");
    const toml::table* const components = reader.table("components");
    reader.refuse_others();
    if (columns != nullptr) read_columns(*columns, mapping, problem);
    if (components != nullptr) Reader(*components, "components.", problem).components(mapping.components);

    using Encoding = LegacyMapping::Encoding;
    if (encoding == "utf-8") mapping.encoding = Encoding::utf8;
    if (encoding == "gb18030") mapping.encoding = Encoding::gb18030;
    const auto parsed = parse_offset(offset);
    if (parsed) mapping.utc_offset = *parsed;
    const auto require = [&](bool condition, const char* what) {
        if (!condition && problem.empty()) problem = what;
    };
    require(encoding == "auto" || encoding == "utf-8" || encoding == "gb18030",
            "encoding: \"auto\", \"utf-8\" or \"gb18030\" is wanted");
    require(parsed.has_value(), "utc_offset: a time like \"+08:00\" is wanted");
    require(!mapping.product.empty(), "product: it is missing");
    require(!mapping.components.empty(), "components: at least one column is wanted");
    require(mapping.components.size() <= ledger::components_max, "components: at most 16 are possible");
    require(mapping.status.empty() == mapping.active.empty(), "columns.status and active go together");
    require(mapping.separator != mapping.value_separator, "separator and value_separator are the same");
}

}  // namespace

Result<LegacyMapping> parse_mapping(std::string_view text, const std::filesystem::path& file) {
    const auto malformed = [&](std::string problem) {
        return Error{errc::mapping_malformed, {}, {{"file", file.string()}, {"problem", std::move(problem)}}};
    };
    if (text.size() > mapping_bytes_max) return malformed("it has more than 64 KiB");
    LegacyMapping mapping;
    std::string problem;
    try {
        read_all(toml::parse(text), mapping, problem);
    } catch (const toml::parse_error& failure) {
        return malformed(ledger::as_one_line(failure.description()) + " (line " +
                         std::to_string(failure.source().begin.line) + ")");
    }
    if (!problem.empty()) return malformed(std::move(problem));
    return mapping;
}

}  // namespace cli
