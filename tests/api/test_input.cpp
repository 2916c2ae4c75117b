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
            const bool at_start_only = message.code == "listen-failed" || message.code == "tls-certificate-unusable";
            const bool in_status_only = message.code == "time-in-doubt" || message.code == "disk-nearly-full";
            CHECK(has_status(message.code) != (at_start_only || in_status_only));
        }
    }
    for (const auto& message : ledger::license_file::category().table()) {
        CAPTURE(message.code);
        const bool vendor_side = message.code.starts_with("vendor-key-") || message.code.starts_with("request-");
        if (!vendor_side) CHECK(has_status(message.code));
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
