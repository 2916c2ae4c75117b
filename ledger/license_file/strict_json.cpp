#include "ledger/license_file/strict_json.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "ledger/core/time_text.hpp"

namespace ledger {
namespace {

constexpr std::size_t depth_max = 4;

std::string quoted(std::string_view text) { return boost::json::serialize(boost::json::string(text)); }

}  // namespace

void JsonWriter::field(std::string_view key, std::string_view json) {
    out_ += first_ ? "\n" : ",\n";
    out_.append(depth_ * 2, ' ');
    out_ += quoted(key);
    out_ += ": ";
    out_ += json;
    first_ = false;
}

void JsonWriter::text(std::string_view key, std::string_view value) { field(key, quoted(value)); }
void JsonWriter::number(std::string_view key, std::uint64_t value) { field(key, std::to_string(value)); }
void JsonWriter::time(std::string_view key, Timestamp value) { text(key, time_text_seconds(value)); }

void JsonWriter::texts(std::string_view key, const std::vector<std::string>& values) {
    std::string list = "[";
    for (const std::string& value : values) {
        if (list.size() > 1) list += ", ";
        list += quoted(value);
    }
    field(key, list + "]");
}

void JsonWriter::open(char bracket) {
    out_ += bracket;
    ++depth_;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    --depth_;
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
    out_ += bracket;
    first_ = false;
}

void JsonWriter::begin(std::string_view key) {
    field(key, "");
    open('{');
}

void JsonWriter::begin_list(std::string_view key) {
    field(key, "");
    open('[');
}

void JsonWriter::begin_item() {
    out_ += first_ ? "\n" : ",\n";
    out_.append(depth_ * 2, ' ');
    open('{');
}

void JsonWriter::end() { close('}'); }
void JsonWriter::end_list() { close(']'); }

std::string JsonWriter::finish() { return std::move(out_) + "\n}\n"; }

void JsonFault::report(std::string path) {
    if (field.empty()) field = std::move(path);
}

JsonReader::JsonReader(std::string_view text, JsonFault& fault) : fault_(&fault) {
    boost::json::parse_options options;
    options.max_depth = depth_max;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error, {}, options);
    if (error || !value.is_object()) {
        fault.report("JSON");
        return;
    }
    object_ = value.get_object();
}

void JsonReader::expect_keys(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
        if (!object_.contains(key)) return fault_->report(path(key));
    }
    for (const auto& member : object_) {
        const std::string_view key = member.key();
        // A foreign key is repeated in a message: shorten what nobody would have written.
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) return fault_->report(path(key.substr(0, 64)));
    }
}

std::string JsonReader::text(std::string_view key) const {
    const boost::json::value* value = object_.if_contains(key);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    reject(key);
    return {};
}

std::uint64_t JsonReader::number(std::string_view key, std::uint64_t minimum, std::uint64_t maximum) const {
    const boost::json::value* value = object_.if_contains(key);
    boost::system::error_code error;
    const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
    if (value != nullptr && !value->is_double() && !error && number >= minimum && number <= maximum) return number;
    reject(key);
    return minimum;
}

std::string JsonReader::number_text(std::string_view key) const {
    const boost::json::value* value = object_.if_contains(key);
    return value != nullptr && value->is_number() ? boost::json::serialize(*value) : std::string();
}

std::vector<std::string> JsonReader::texts(std::string_view key, std::size_t count_max) const {
    const boost::json::value* value = object_.if_contains(key);
    if (value == nullptr || !value->is_array() || value->get_array().size() > count_max) {
        reject(key);
        return {};
    }
    std::vector<std::string> result;
    for (const boost::json::value& element : value->get_array()) {
        if (!element.is_string()) {
            reject(key);
            return {};
        }
        result.emplace_back(element.get_string());
    }
    return result;
}

Timestamp JsonReader::time(std::string_view key) const {
    const auto at = parse_time_seconds(text(key));
    if (at) return *at;
    reject(key);
    return {};
}

Bytes JsonReader::base64(std::string_view key) const {
    auto bytes = base64_decode(text(key));
    if (bytes) return *std::move(bytes);
    reject(key);
    return {};
}

JsonReader JsonReader::object(std::string_view key) const {
    const boost::json::value* value = object_.if_contains(key);
    const bool is_object = value != nullptr && value->is_object();
    if (!is_object) reject(key);
    return {is_object ? value->get_object() : boost::json::object(), path(key) + ".", *fault_};
}

std::vector<JsonReader> JsonReader::objects(std::string_view key, std::size_t count_max) const {
    const boost::json::value* value = object_.if_contains(key);
    std::vector<JsonReader> result;
    if (value == nullptr || !value->is_array() || value->get_array().size() > count_max) {
        reject(key);
        return result;
    }
    for (const boost::json::value& element : value->get_array()) {
        if (!element.is_object()) reject(key);
        const std::string prefix = path(key) + "[" + std::to_string(result.size()) + "].";
        result.push_back({element.is_object() ? element.get_object() : boost::json::object(), prefix, *fault_});
    }
    return result;
}

}  // namespace ledger
