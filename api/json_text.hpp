#pragma once
// api/json_text.hpp: JSON out, straight into the answer's body; and the strict reading of JSON that comes in.

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/core/result.hpp"
#include "ledger/core/sizes.hpp"

namespace api {

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Writes objects and lists in order. The caller closes what it opens. Names are constants and are not escaped.
class JsonWriter {
 public:
    explicit JsonWriter(std::string& out) : out_(out) {}
    void begin(std::string_view name = {}) { open(name, '{'); }
    void end() { close('}'); }
    void begin_list(std::string_view name = {}) { open(name, '['); }
    void end_list() { close(']'); }

    /// An empty name: an element of a list.
    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::uint64_t value);
    void boolean(std::string_view name, bool value);
    void null(std::string_view name);
    void raw(std::string_view name, std::string_view json);     ///< JSON text as it is.
    void time(std::string_view name, ledger::Timestamp value);  ///< RFC 3339 with microseconds.

 private:
    void open(std::string_view name, char bracket);
    void close(char bracket);
    void name(std::string_view name);
    std::string& out_;
    bool first_ = true;
};

/// A JSON object as it came in: UTF-8, no member twice, nothing but it, at most 4 levels deep. Small ones need no heap.
class JsonInput {
 public:
    /// @return errc::malformed_json (fact: problem)
    [[nodiscard]] ledger::Result<const boost::json::object*> parse(std::string_view body);

 private:
    std::array<unsigned char, 6 * 1024> memory_;
    boost::json::monotonic_resource resource_{memory_.data(), memory_.size()};
    std::optional<boost::json::value> value_;
};

/// Reads members one by one and remembers the first thing that is wrong: errc::missing_member, wrong_type,
/// unknown_member (facts: member, expected). Views are into the object.
class MemberReader {
 public:
    /// @param known  all members that may be there.
    MemberReader(const boost::json::object& object, std::initializer_list<std::string_view> known);

    [[nodiscard]] std::string_view text(std::string_view name);
    [[nodiscard]] std::optional<std::string_view> optional_text(std::string_view name);
    /// nullptr if it is not there and not `required`.
    enum class Need : std::uint8_t { required, optional };
    [[nodiscard]] const boost::json::array* list(std::string_view name, Need need);
    [[nodiscard]] const boost::json::value* value(std::string_view name, Need need);

    [[nodiscard]] const std::optional<ledger::Error>& error() const { return error_; }
    void fail(ledger::Error error) {
        if (!error_) error_ = std::move(error);
    }

 private:
    const boost::json::object& object_;
    std::optional<ledger::Error> error_;
};

}  // namespace api
