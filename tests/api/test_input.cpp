#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "api/commands/errc.hpp"
#include "api/errc.hpp"
#include "api/handlers/admin_input.hpp"
#include "api/handlers/seat_input.hpp"
#include "api/json_text.hpp"
#include "api/problem.hpp"
#include "ledger/license_file/errc.hpp"
#include "tests/support/result_text.hpp"

namespace {

std::string code_of(std::string_view body) {
    const auto parsed = api::parse_activate_seat(body);
    return parsed ? "" : std::string(parsed.error().stable_code());
}

std::string activation(std::string_view device, std::string_view rest = "") {
    return "{\"product\":\"p\",\"device\":{" + std::string(device) + "}" + std::string(rest) + "}";
}

constexpr const char* good_device = R"("components":[{"kind":"mac","value":"a"}],"public_key":"AAEC")";

}  // namespace

TEST_CASE("input: an activation is read as it was sent") {
    const auto parsed = api::parse_activate_seat(activation(std::string(R"("name":"PC \u4e2d",)") + good_device));
    REQUIRE(parsed);
    CHECK(parsed->product == "p");
    CHECK(parsed->device_name == "PC \xe4\xb8\xad");
    CHECK(parsed->components.size() == 1);
    CHECK(parsed->public_key == ledger::Bytes{0, 1, 2});
    CHECK_FALSE(parsed->checkpoint);
}

TEST_CASE("input: what is wrong with a body is named") {
    CHECK(code_of("") == "json-malformed");
    CHECK(code_of("[]") == "json-malformed");
    CHECK(code_of("{} x") == "json-malformed");
    CHECK(code_of("{\"product\":\"\xff\"}") == "json-malformed");
    CHECK(code_of("{}") == "member-missing");
    CHECK(code_of(activation(good_device, ",\"product\":\"q\"")) == "json-malformed");
    CHECK(code_of(activation(good_device, ",\"other\":1")) == "member-unknown");
    CHECK(code_of(activation(good_device, ",\"checkpoint\":1")) == "member-type-wrong");
    CHECK(code_of(activation(R"("components":[],"public_key":"AAEC")")) == "value-invalid");
    CHECK(code_of(activation(R"("components":[1],"public_key":"AAEC")")) == "member-type-wrong");
    CHECK(code_of(activation(R"("components":[{"kind":"mac","value":"a"}],"public_key":"A")")) == "value-invalid");
    CHECK(code_of(std::string(100'000, '[')) == "json-malformed");
}

TEST_CASE("input: certificates stand beside a checkpoint, one to four of them, in every body that may have one") {
    const auto codes = [](const std::string& members) {
        const auto code = [](const auto& parsed) {
            return parsed ? std::string() : std::string(parsed.error().stable_code());
        };
        std::string renewal = code(api::parse_renew_seat("{" + members.substr(1) + "}"));
        CHECK(code_of(activation(good_device, members)) == renewal);
        CHECK(code(api::parse_checkpoint_body("{" + members.substr(1) + "}")) == renewal);
        return renewal;
    };
    const auto list = [](std::size_t count, const std::string& text) {
        std::string json;
        for (std::size_t i = 0; i < count; ++i) json += (i == 0 ? "\"" : ",\"") + text + "\"";
        return R"(,"checkpoint":"note","certificates":[)" + json + "]";
    };
    const std::string largest = ledger::base64_encode(ledger::Bytes(8'192, 1));
    CHECK(codes(R"(,"checkpoint":"note")").empty());
    CHECK(codes(list(1, "AAEC")).empty());
    CHECK(codes(list(4, largest)).empty());
    CHECK(codes(list(0, "")) == "value-invalid");
    CHECK(codes(list(5, "AAEC")) == "value-invalid");
    CHECK(codes(list(1, "")) == "value-invalid");
    CHECK(codes(list(1, "AA")) == "value-invalid");
    CHECK(codes(list(1, ledger::base64_encode(ledger::Bytes(8'193, 1)))) == "value-invalid");
    CHECK(codes(list(1, std::string(40'000, 'A'))) == "value-invalid");
    CHECK(codes(R"(,"checkpoint":"note","certificates":[1])") == "member-type-wrong");
    CHECK(codes(R"(,"checkpoint":"note","certificates":"AAEC")") == "member-type-wrong");
    CHECK(codes(R"(,"certificates":["AAEC"])") == "member-missing");
    const auto parsed = api::parse_renew_seat(R"({"checkpoint":"note","certificates":["AAEC","AQ=="]})");
    CHECK(parsed->checkpoint->note == "note");
    CHECK(parsed->checkpoint->certificates == std::vector<ledger::Bytes>{{0, 1, 2}, {1}});
}

TEST_CASE("input: what is percent-encoded is decoded, and nothing else is taken for it") {
    CHECK(api::percent_decode("") == "");
    CHECK(api::percent_decode("open_enrolment") == "open_enrolment");
    CHECK(api::percent_decode("a%20b%e4%B8%AD+") == "a b\xe4\xb8\xad+");
    CHECK(api::percent_decode("%00") == std::string(1, '\0'));
    for (const auto* text : {"%", "%2", "a%zz", "%-1", "%+1", "% 1", "%0x"}) {
        CAPTURE(text);
        CHECK_FALSE(api::percent_decode(text));
    }
}

TEST_CASE("input: a parameter of the query that is not documented is named") {
    const auto named = [](std::string_view name) {
        const ledger::Error error = api::unknown_query_parameter(name);
        CHECK(error.stable_code() == "member-unknown");
        return error.facts.at(0).value;
    };
    CHECK(named("offset") == "offset");
    CHECK(named("%E4%B8%AD%1b") == "中\ufffd");
    CHECK(named("50%") == "50%");
    CHECK(named(std::string(1'000, 'x')) == std::string(64, 'x'));
    CHECK(api::parse_page("limit=5&offset=1").error().facts.at(0).value == "offset");
}

TEST_CASE("problem: the title is the same whenever the code is, in the reader's language; facts stand in the detail") {
    const auto said = [](const ledger::Error& error, ledger::Language language) {
        api::Request request;
        request.language = language;
        request.id = "id";
        return boost::json::parse(api::problem(error, request).body).as_object();
    };
    using api::commands::errc;
    const auto about = [](const char* product) {
        return ledger::Error{errc::product_unknown, {}, {{"product", product}}};
    };
    const auto first = said(about("a"), ledger::Language::english);
    const auto second = said(about("b"), ledger::Language::english);
    CHECK(first.at("title") == second.at("title"));
    CHECK(first.at("title").as_string() == "This server has no licence for the product ….");
    CHECK(first.at("detail").as_string() == "This server has no licence for the product a.");
    CHECK(said(about("a"), ledger::Language::chinese).at("title").as_string() == "本服务器没有产品 … 的授权。");
    const auto plain = said(ledger::Error{api::errc::local_only}, ledger::Language::english);
    CHECK(plain.at("title") == plain.at("detail"));
}

TEST_CASE("input: the authority that an operator has shown goes into the event, and no other") {
    using Authority = ledger::Actor::Authority;
    CHECK(api::parse_operator("")->authority == Authority::local_account);
    CHECK(api::parse_operator("{}")->authority == Authority::local_account);
    CHECK(api::parse_operator(R"({"authority":"hsm_pin_and_typed_confirmation"})")->authority ==
          Authority::hsm_pin_and_typed_confirmation);
    CHECK(api::parse_operator(R"({"authority":"device_key"})").error().stable_code() == "value-invalid");
    CHECK(api::parse_operator(R"({"who":"me"})").error().stable_code() == "member-unknown");
}

TEST_CASE("input: a page is asked for with a cursor and a limit within bounds") {
    CHECK(api::parse_page("")->limit == 50);
    CHECK(api::parse_page("limit=500")->limit == 500);
    CHECK(api::parse_page("cursor=" + api::cursor_text(7))->cursor == 7);
    for (const char* wrong : {"limit=0", "limit=501", "limit=-1", "limit=", "limit=01", "cursor=7", "other=1"}) {
        CAPTURE(wrong);
        CHECK_FALSE(api::parse_page(wrong));
    }
}

TEST_CASE("json: text comes out as well-formed UTF-8 without control characters") {
    std::string out;
    api::append_json_string(out, "a\"\\\n\x01\xff\xe4\xb8\xad");
    CHECK(out == "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xe4\xb8\xad\"");
}

TEST_CASE("problem: every refusal of a request has an HTTP status of its own") {
    const auto has_status = [](std::string_view code) {
        for (const auto& entry : api::problem_statuses()) {
            if (entry.code == code) return true;
        }
        return false;
    };
    for (const auto* category : {&api::category(), &api::commands::category()}) {
        for (const auto& message : category->table()) {
            CAPTURE(message.code);
            const bool at_start_only = message.code == "listen-failed" || message.code == "tls-certificate-unusable" ||
                                       message.code == "folder-not-writable";
            const bool in_status_only = message.code == "time-in-doubt" || message.code == "disk-nearly-full";
            constexpr std::array in_rows_only{"legacy-record-malformed", "legacy-components-unusable",
                                              "legacy-device-active", "legacy-device-reserved", "legacy-quota-reached"};
            const bool of_a_row = std::ranges::find(in_rows_only, message.code) != in_rows_only.end();
            CHECK(has_status(message.code) != (at_start_only || in_status_only || of_a_row));
        }
    }
    for (const auto& message : ledger::license_file::category().table()) {
        CAPTURE(message.code);
        const bool vendor_side = message.code.starts_with("vendor-key-") || message.code.starts_with("request-");
        const bool beside_the_server =  // while no server runs
            message.code.starts_with("reendorsement-") || message.code.starts_with("rotation-") ||
            message.code == "lost-log-certificate-wrong";
        CHECK(has_status(message.code) != (vendor_side || beside_the_server));
    }
}

TEST_CASE("request: Chinese is chosen only when it is preferred") {
    using ledger::Language;
    CHECK(api::choose_language("") == Language::english);
    CHECK(api::choose_language("zh-CN,zh;q=0.9,en;q=0.8") == Language::chinese);
    CHECK(api::choose_language("en,zh;q=0.9") == Language::english);
    CHECK(api::choose_language("de, zh;q=0.1") == Language::chinese);
    CHECK(api::choose_language("zh;q=0") == Language::english);
}
