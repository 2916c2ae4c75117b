#include "projections/state/seat_statement.hpp"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "ledger/core/time_text.hpp"
#include "ledger/core/tree.hpp"
#include "ledger/core/utf8.hpp"
#include "projections/state/errc.hpp"

namespace projections {
namespace {

namespace json = boost::json;
using ledger::Result;

constexpr std::array<std::string_view, 5> state_names{"held", "unconfirmed", "collected", "provisional", "kept"};
constexpr std::array<std::string_view, 3> status_names{"live", "superseded", "revoked"};
constexpr std::array<std::string_view, ledger::annex_field_count> field_names{"device_name", "device_address",
                                                                              "operator_name"};

template <class Enum, std::size_t count>
std::string_view name_in(const std::array<std::string_view, count>& names, Enum value) {
    return names.at(static_cast<std::size_t>(value));
}

/// Writes one object on one line. What it is given needs no escapes: ids, names of ours, base64, hex and times.
class LineWriter {
 public:
    explicit LineWriter(std::string& out) : out_(out) {}
    LineWriter& open(std::string_view name = {}) { return bracket(name, '{'); }
    LineWriter& open_list(std::string_view name) { return bracket(name, '['); }
    LineWriter& close(char bracket = '}') {
        out_ += bracket;
        first_ = false;
        return *this;
    }
    LineWriter& text(std::string_view name, std::string_view value) {
        key(name);
        out_.append(1, '"').append(value).append(1, '"');
        return *this;
    }
    LineWriter& number(std::string_view name, std::uint64_t value) {
        key(name);
        out_ += std::to_string(value);
        return *this;
    }
    LineWriter& flag(std::string_view name, bool value) {
        key(name);
        out_ += value ? "true" : "false";
        return *this;
    }
    LineWriter& null(std::string_view name) {
        key(name);
        out_ += "null";
        return *this;
    }
    LineWriter& time(std::string_view name, ledger::Timestamp value) { return text(name, ledger::time_text(value)); }
    LineWriter& time_or_null(std::string_view name, ledger::Timestamp value) {
        return value.us == 0 ? null(name) : time(name, value);
    }
    LineWriter& digest(std::string_view name, const ledger::Digest& value) {
        return text(name, ledger::base64_encode(value.view()));
    }

 private:
    void key(std::string_view name) {
        if (!first_) out_ += ',';
        first_ = false;
        if (!name.empty()) out_.append(1, '"').append(name).append("\":");
    }
    LineWriter& bracket(std::string_view name, char bracket) {
        key(name);
        out_ += bracket;
        first_ = true;
        return *this;
    }
    std::string& out_;
    bool first_ = true;
};

struct LineText {
    std::string& out;

    void operator()(const StatementHead& head) const {
        LineWriter(out)
            .open()
            .text("statement", "actledger-seats/1")
            .text("origin", head.origin)
            .time("at", head.at)
            .time("judged_at", head.judged_at)
            .flag("time_in_doubt", head.time_in_doubt)
            .number("size", head.size.value)
            .digest("root", head.root)
            .time("newest_event_at", head.newest)
            .flag("in_gap", head.in_gap)
            .close();
    }
    void operator()(const StatementLoss& loss) const {
        LineWriter line(out);
        line.open().number("incarnation", loss.incarnation).number("opened_by", loss.opened_by.value);
        line.text("reason", ledger::reason_name(loss.reason)).number("kept", loss.kept.value);
        (loss.known ? line.number("known", loss.known->value) : line.null("known")).close();
    }
    void operator()(const StatementLicense& license) const {
        LineWriter(out)
            .open()
            .text("license", license.license_id)
            .text("product", license.product)
            .text("status", name_in(status_names, license.status))
            .flag("valid", license.valid)
            .text("counted_with", license.counted_with)
            .number("quantity", license.quantity)
            .number("held", license.held)
            .number("provisional", license.provisional)
            .number("kept", license.kept)
            .number("unclaimed", license.unclaimed)
            .number("free", license.free)
            .close();
    }
    void operator()(const StatementSeat& seat) const {
        LineWriter line(out);
        line.open().text("seat", seat.activation_id.text()).text("state", name_in(state_names, seat.state));
        line.text("license", seat.license_id).text("product", seat.product);
        line.number("granted_by", seat.granted_by.value).time("granted_at", seat.granted_at);
        line.number("told_by", seat.told_by.value).time("told_at", seat.told_at);
        line.time_or_null("lease_ends", seat.lease_ends).time_or_null("grace_ends", seat.grace_ends);
        line.open_list("components");
        for (const ledger::Component& component : seat.components) {
            line.open().text("kind", component.kind).digest("digest", component.digest).close();
        }
        line.close(']').open_list("personal");
        for (const StatementPersonal& personal : seat.personal) {
            line.open().number("event", personal.event.value).text("field", field_name(personal.commitment.field));
            line.digest("commitment", personal.commitment.digest).close();
        }
        line.close(']').close();
    }
    void operator()(const StatementTotals& totals) const {
        LineWriter(out)
            .open()
            .number("seats", totals.seats)
            .number("held", totals.held)
            .number("provisional", totals.provisional)
            .number("unconfirmed", totals.unconfirmed)
            .number("kept", totals.kept)
            .number("unclaimed", totals.unclaimed)
            .number("adoptions_waiting", totals.adoptions_waiting)
            .close();
    }
};

/// Reads members and remembers whether one was not as it should be. The caller writes the line again and compares.
class LineReader {
 public:
    LineReader(const json::object& object, bool& good) : object_(object), good_(good) {}

    [[nodiscard]] std::string text(std::string_view name) const {
        const json::value* const value = object_.if_contains(name);
        if (value == nullptr || !value->is_string()) return std::string(failed<std::string_view>());
        return std::string(value->get_string());
    }
    [[nodiscard]] std::uint64_t number(std::string_view name) const {
        const json::value* const value = object_.if_contains(name);
        if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return failed<std::uint64_t>();
        return static_cast<std::uint64_t>(value->get_int64());
    }
    [[nodiscard]] bool flag(std::string_view name) const {
        const json::value* const value = object_.if_contains(name);
        return value != nullptr && value->is_bool() ? value->get_bool() : failed<bool>();
    }
    [[nodiscard]] bool is_null(std::string_view name) const {
        const json::value* const value = object_.if_contains(name);
        return value != nullptr && value->is_null();
    }
    [[nodiscard]] ledger::Timestamp time(std::string_view name) const {
        const auto parsed = ledger::parse_time(text(name));
        return parsed ? *parsed : failed<ledger::Timestamp>();
    }
    [[nodiscard]] ledger::Timestamp time_or_null(std::string_view name) const {
        return is_null(name) ? ledger::Timestamp{} : time(name);
    }
    [[nodiscard]] ledger::Digest digest(std::string_view name) const {
        const auto bytes = ledger::base64_decode(text(name));
        if (!bytes || bytes->size() != ledger::Digest::size_bytes) return failed<ledger::Digest>();
        return ledger::Digest::from(*bytes);
    }
    [[nodiscard]] ledger::ActivationId id(std::string_view name) const {
        const auto parsed = ledger::ActivationId::parse(text(name));
        return parsed ? *parsed : failed<ledger::ActivationId>();
    }
    template <class Enum, std::size_t count>
    [[nodiscard]] Enum one_of(std::string_view name, const std::array<std::string_view, count>& names) const {
        const auto found = std::ranges::find(names, text(name));
        return found != names.end() ? static_cast<Enum>(found - names.begin()) : failed<Enum>();
    }
    /// Calls `read` with each object of a list of at most `most`.
    template <class Read>
    void each(std::string_view name, std::size_t most, const Read& read) const {
        const json::value* const value = object_.if_contains(name);
        if (value == nullptr || !value->is_array() || value->get_array().size() > most) {
            good_ = false;
            return;
        }
        for (const json::value& element : value->get_array()) {
            if (element.is_object()) read(LineReader(element.get_object(), good_));
        }
    }

 private:
    template <class T>
    [[nodiscard]] T failed() const {
        good_ = false;
        return T{};
    }
    const json::object& object_;
    bool& good_;
};

StatementHead read_head(const LineReader& in) {
    StatementHead head;
    head.origin = in.text("origin");
    head.at = in.time("at");
    head.judged_at = in.time("judged_at");
    head.time_in_doubt = in.flag("time_in_doubt");
    head.size = {in.number("size")};
    head.root = in.digest("root");
    head.newest = in.time("newest_event_at");
    head.in_gap = in.flag("in_gap");
    return head;
}

StatementLoss read_loss(const LineReader& in) {
    StatementLoss loss;
    loss.incarnation = static_cast<std::uint32_t>(in.number("incarnation"));
    loss.opened_by = {in.number("opened_by")};
    loss.reason = in.one_of<ledger::IncarnationOpened::Reason>("reason", ledger::reason_names);
    loss.kept = {in.number("kept")};
    if (!in.is_null("known")) loss.known = ledger::TreeSize{in.number("known")};
    return loss;
}

StatementLicense read_license(const LineReader& in) {
    StatementLicense license;
    license.license_id = in.text("license");
    license.product = in.text("product");
    license.status = in.one_of<LicenseStatus>("status", status_names);
    license.valid = in.flag("valid");
    license.counted_with = in.text("counted_with");
    license.quantity = in.number("quantity");
    license.held = in.number("held");
    license.provisional = in.number("provisional");
    license.kept = in.number("kept");
    license.unclaimed = in.number("unclaimed");
    license.free = in.number("free");
    return license;
}

StatementSeat read_seat(const LineReader& in) {
    StatementSeat seat;
    seat.activation_id = in.id("seat");
    seat.state = in.one_of<StatementSeat::State>("state", state_names);
    seat.license_id = in.text("license");
    seat.product = in.text("product");
    seat.granted_by = {in.number("granted_by")};
    seat.granted_at = in.time("granted_at");
    seat.told_by = {in.number("told_by")};
    seat.told_at = in.time("told_at");
    seat.lease_ends = in.time_or_null("lease_ends");
    seat.grace_ends = in.time_or_null("grace_ends");
    in.each("components", ledger::components_max, [&](const LineReader& component) {
        seat.components.push_back({component.text("kind"), component.digest("digest")});
    });
    in.each("personal", 2 * std::size_t{ledger::annex_field_count}, [&](const LineReader& personal) {
        seat.personal.push_back(
            {{personal.number("event")},
             {personal.one_of<ledger::AnnexField>("field", field_names), personal.digest("commitment")}});
    });
    return seat;
}

StatementTotals read_totals(const LineReader& in) {
    StatementTotals totals;
    totals.seats = in.number("seats");
    totals.held = in.number("held");
    totals.provisional = in.number("provisional");
    totals.unconfirmed = in.number("unconfirmed");
    totals.kept = in.number("kept");
    totals.unclaimed = in.number("unclaimed");
    totals.adoptions_waiting = in.number("adoptions_waiting");
    return totals;
}

ledger::Error malformed(const char* problem) { return {errc::statement_malformed, problem}; }

/// Texts are written without escapes, so that they must need none.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
}

Result<json::value> parse_object(std::string_view text, json::monotonic_resource& memory) {
    if (text.size() >= statement_line_bytes_max) return malformed("a line is too long");
    boost::system::error_code failed;
    json::parse_options options;
    options.max_depth = 4;
    json::value value = json::parse(text, failed, &memory, options);
    if (failed || !value.is_object()) return malformed("a line is no JSON object");
    return value;
}

}  // namespace

std::string_view state_name(StatementSeat::State state) { return name_in(state_names, state); }
std::string_view field_name(ledger::AnnexField field) { return name_in(field_names, field); }

std::string line_text(const StatementLine& line) {
    std::string text;
    std::visit(LineText{text}, line);
    text += '\n';
    return text;
}

Result<StatementLine> parse_statement_line(std::string_view text) {
    if (!is_plain(text)) return malformed("a line has characters that none of ours has");
    json::monotonic_resource memory;
    ACTLEDGER_TRY(const json::value value, parse_object(text, memory));
    const json::object& object = value.get_object();
    bool good = true;
    const LineReader in(object, good);
    StatementLine line;
    if (object.contains("statement")) {
        line = read_head(in);
    } else if (object.contains("incarnation")) {
        line = read_loss(in);
    } else if (object.contains("seat")) {
        line = read_seat(in);
    } else if (object.contains("license")) {
        line = read_license(in);
    } else {
        line = read_totals(in);
    }
    const std::string again = line_text(line);
    if (!good || std::string_view(again).substr(0, again.size() - 1) != text) {
        return malformed("a line is not as it is written");
    }
    return line;
}

std::string personal_end(const ledger::Digest& statement) {
    return std::string(personal_end_begins) + R"("actledger-seats-personal/1","statement":")" +
           ledger::hex_encode(statement.view()) + "\"}\n";
}

std::string line_text(const PersonalLine& line) {
    std::string text;
    LineWriter writer(text);
    writer.open().text("seat", line.activation_id.text()).number("event", line.event.value);
    writer.text("field", field_name(line.value.field)).text("salt", ledger::base64_encode(line.value.salt));
    text += ",\"value\":" + json::serialize(json::string(line.value.value)) + "}\n";
    return text;
}

Result<PersonalLine> parse_personal_line(std::string_view text) {
    json::monotonic_resource memory;
    ACTLEDGER_TRY(const json::value value, parse_object(text, memory));
    bool good = true;
    const LineReader in(value.get_object(), good);
    PersonalLine line;
    line.activation_id = in.id("seat");
    line.event = {in.number("event")};
    line.value.field = in.one_of<ledger::AnnexField>("field", field_names);
    const auto salt = ledger::base64_decode(in.text("salt"));
    if (!salt || salt->size() != line.value.salt.size()) return malformed("a salt");
    std::ranges::copy(*salt, line.value.salt.begin());
    line.value.value = in.text("value");
    const std::string again = line_text(line);
    if (!good || std::string_view(again).substr(0, again.size() - 1) != text) {
        return malformed("a line is not as it is written");
    }
    return line;
}

}  // namespace projections
