#include <boost/json.hpp>
#include <sstream>

#include "ledger/core/event_codec.hpp"
#include "snapshot/event_table.hpp"
#include "tests/snapshot/export_fixture.hpp"

// Tables for people. docs/formats/event-table.md.

namespace snapshot {
namespace {

std::string read_all(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// RFC 4180, a record a row; CRLF ends it.
std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row(1);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
            row.back() += text[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == ',') {
            row.emplace_back();
        } else if (!quoted && c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
            ++i;
            rows.push_back(std::move(row));
            row.assign(1, {});
        } else {
            row.back() += c;
        }
    }
    CHECK((!quoted && row == std::vector<std::string>(1)));
    return rows;
}

/// An activation whose device is called so.
ledger::EventDraft named(const GrowingLedger& ledger, std::uint64_t device, std::string name) {
    ledger::EventDraft draft = ledger.maker.activation(device);
    draft.annex.at(0).value = std::move(name);
    return draft;
}

}  // namespace

TEST_CASE("event table: JSON Lines and CSV have every event once, and the same values") {
    GrowingLedger ledger;
    ledger.grow_to(600);
    ledger.erase(7);
    const auto log = ledger.open();
    TableOptions options;
    CHECK(write_table(ledger.at("events.jsonl"), *log, options).value() == 601);
    options.format = TableFormat::csv;
    CHECK(write_table(ledger.at("events.csv"), *log, options).value() == 601);

    const auto rows = parse_csv(read_all(ledger.at("events.csv")));
    REQUIRE(rows.size() == 602);
    std::istringstream lines(read_all(ledger.at("events.jsonl")));
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line); ++number) {
        const auto object = boost::json::parse(line).as_object();
        REQUIRE(object.at("sequence_number").to_number<std::uint64_t>() == number);
        for (std::size_t i = 0; i < column_names().size(); ++i) {
            const auto* value = object.if_contains(column_names()[i]);
            const std::string expected = value == nullptr     ? ""
                                         : value->is_string() ? std::string(value->get_string())
                                                              : boost::json::serialize(*value);
            REQUIRE(rows.at(number + 1).at(i) == expected);
        }
    }
    CHECK(number == 601);
    const auto last =
        boost::json::parse(json_line(row_of(ledger::decode_event(log->event({600}).value()).value(), {}))).as_object();
    CHECK(last.at("kind") == "annex_erased");
    CHECK(last.at("subject") == "7");
    CHECK(last.at("value") == "device_name");
    CHECK(rows.at(8).at(15).empty());
    CHECK(rows.at(9).at(15) == "desktop-5.example");
}

TEST_CASE("event table: CSV opens in a Chinese spreadsheet, and no cell of it is a formula") {
    GrowingLedger ledger;
    const std::vector<std::string> harmless{"财务部-电脑1", "a,b", "say \"hi\"", "两\n行", "a=1", " a", "　一"};
    const std::vector<std::string> formulas{"=1+1",         "+cmd", "-2",    "@sum",  "\t=1", " =1+1",
                                            "  \u00a0@sum", "　+1", "＝1+1", "＋cmd", "－2",  "＠sum"};
    std::vector<std::string> names = harmless;
    names.insert(names.end(), formulas.begin(), formulas.end());
    std::vector<ledger::EventDraft> group;
    for (std::size_t i = 0; i < names.size(); ++i) group.push_back(named(ledger, i, names[i]));
    ledger.maker.append(group);
    TableOptions options;
    options.format = TableFormat::csv;
    options.language = ledger::Language::chinese;
    REQUIRE(write_table(ledger.at("events.csv"), *ledger.open(), options));
    const std::string text = read_all(ledger.at("events.csv"));
    CHECK(text.starts_with("\xef\xbb\xbf序号,时间,事件,"));
    const auto rows = parse_csv(text);
    for (std::size_t i = 0; i < names.size(); ++i) {
        CAPTURE(names[i]);
        const std::string cell = rows.at(i + 4).at(15);
        CHECK(cell == (i < harmless.size() ? names[i] : "'" + names[i]));
    }
}

TEST_CASE("event table: never over another file, and none at all when it is stopped", "[L10]") {
    GrowingLedger ledger;
    ledger.grow_to(600);
    const auto log = ledger.open();
    write_file(ledger.at("events.csv"), "mine");
    CHECK(write_table(ledger.at("events.csv"), *log, {}).error().code == errc::table_exists);
    CHECK(read_all(ledger.at("events.csv")) == "mine");
    TableOptions options;
    int asked = 0;
    options.stop = [&] { return ++asked == 2; };
    CHECK(write_table(ledger.at("stopped.csv"), *log, options).error().code == errc::table_interrupted);
    CHECK(!std::filesystem::exists(ledger.at("stopped.csv")));
    CHECK(!std::filesystem::exists(ledger.at("stopped.csv.writing")));
    CHECK(write_table(ledger.at("no/events.csv"), *log, {}).error().code == errc::table_not_written);
    options.stop = {};
    options.personal_data = TableOptions::PersonalData::left_out;
    REQUIRE(write_table(ledger.at("without.jsonl"), *log, options));
    CHECK(read_all(ledger.at("without.jsonl")).find("desktop-") == std::string::npos);
}

}  // namespace snapshot
