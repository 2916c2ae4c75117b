#pragma once
// ledger/license_file/strict_json.hpp: JSON in one spelling: a writer with fixed layout, and a reader that remembers
// the first field that is not as it should be. A reader's caller writes the result again and compares the bytes, which
// refuses everything else: duplicate keys, other number forms, escapes, spaces. Private to this folder.

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "ledger/core/bytes.hpp"
#include "ledger/core/sizes.hpp"

namespace ledger {

/// One object under construction: keys in the order of the calls, two-space indents, lists on one line.
class JsonWriter {
 public:
    void text(std::string_view key, std::string_view value);
    void number(std::string_view key, std::uint64_t value);
    void texts(std::string_view key, const std::vector<std::string>& values);
    void time(std::string_view key, Timestamp value);  ///< Whole seconds.
    void begin(std::string_view key);                  ///< A nested object.
    void begin_list(std::string_view key);             ///< Of objects: each between begin_item() and end().
    void begin_item();
    void end();
    void end_list();
    [[nodiscard]] std::string finish();  ///< The text with its closing brace and a newline.

 private:
    void field(std::string_view key, std::string_view json);
    void open(char bracket);
    void close(char bracket);

    std::string out_ = "{";
    std::size_t depth_ = 1;
    bool first_ = true;
};

/// What reading found wrong first: the path of a key ("lease.days"), or empty.
struct JsonFault {
    std::string field;
    void report(std::string path);  ///< Keeps the first.
};

/// One object being read. After a fault all getters still return something; the caller looks at the fault at the end.
class JsonReader {
 public:
    /// The whole text, an object. `fault` outlives the reader.
    JsonReader(std::string_view text, JsonFault& fault);

    /// Faults unless the object has exactly these keys, in this order.
    void expect_keys(std::initializer_list<std::string_view> keys);
    [[nodiscard]] std::string text(std::string_view key) const;
    [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t minimum, std::uint64_t maximum) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view key, std::size_t count_max) const;
    [[nodiscard]] Timestamp time(std::string_view key) const;  ///< Whole seconds.
    [[nodiscard]] Bytes base64(std::string_view key) const;
    [[nodiscard]] JsonReader object(std::string_view key) const;
    [[nodiscard]] std::vector<JsonReader> objects(std::string_view key, std::size_t count_max) const;
    /// Any JSON number, as text and without its meaning: for a fact in a message. Empty if it is none.
    [[nodiscard]] std::string number_text(std::string_view key) const;
    [[nodiscard]] bool has(std::string_view key) const { return object_.contains(key); }
    void reject(std::string_view key) const { fault_->report(path(key)); }

 private:
    JsonReader(boost::json::object object, std::string prefix, JsonFault& fault)
        : object_(std::move(object)), prefix_(std::move(prefix)), fault_(&fault) {}
    [[nodiscard]] std::string path(std::string_view key) const { return prefix_ + std::string(key); }

    boost::json::object object_;
    std::string prefix_;
    JsonFault* fault_;
};

}  // namespace ledger
