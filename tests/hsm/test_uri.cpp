#include "hsm/errc.hpp"
#include "hsm/uri.hpp"
#include "tests/support/result_text.hpp"

using hsm::Uri;

TEST_CASE("uri: what the standard's examples name is read, and written the same", "[hsm][uri]") {
    const auto uri = Uri::parse(
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-key;"
        "slot-id=327;type=private?module-path=/usr/lib/snake.so&pin-source=file:/etc/token_pin");
    REQUIRE(uri);
    CHECK(uri->token == "The Software PKCS#11 Softtoken");
    CHECK(uri->manufacturer == "Snake Oil, Inc.");
    CHECK(uri->model == "1.0");
    CHECK(uri->object == "my-key");
    CHECK(uri->slot_id == 327);
    CHECK(uri->module_path == "/usr/lib/snake.so");
    CHECK(uri->pin_source == "/etc/token_pin");
    const auto again = Uri::parse(uri->text());
    REQUIRE(again);
    CHECK(*again == *uri);
}

TEST_CASE("uri: an empty one matches every token", "[hsm][uri]") {
    const auto uri = Uri::parse("pkcs11:");
    REQUIRE(uri);
    CHECK(*uri == Uri{});
    CHECK(uri->text() == "pkcs11:");
}

TEST_CASE("uri: values with separators survive being written", "[hsm][uri]") {
    Uri uri;
    uri.token = "a;b=c?d&e/f%\xE4\xB8\xAD";
    uri.serial = "0001";
    uri.pin_source = "/a b/c&d";
    const auto again = Uri::parse(uri.text());
    REQUIRE(again);
    CHECK(*again == uri);
}

TEST_CASE("uri: pin-source may be a file URI or a path, and never a command", "[hsm][uri]") {
    for (const char* source : {"/etc/pin", "file:/etc/pin", "file:///etc/pin"}) {
        CAPTURE(source);
        const auto uri = Uri::parse(std::string("pkcs11:?pin-source=") + source);
        REQUIRE(uri);
        CHECK(uri->pin_source == "/etc/pin");
    }
    CHECK(Uri::parse("pkcs11:?pin-source=|/bin/ask").error().code == hsm::errc::uri_malformed);
    CHECK(Uri::parse("pkcs11:?pin-source=file:relative").error().code == hsm::errc::uri_malformed);
}

TEST_CASE("uri: a PIN in it is refused by name", "[hsm][uri]") {
    CHECK(Uri::parse("pkcs11:token=a?pin-value=1234").error().code == hsm::errc::pin_in_uri);
}

TEST_CASE("uri: an attribute that is not acted on is refused, so that a misspelt one never widens the match",
          "[hsm][uri]") {
    for (const char* text : {"pkcs11:tokn=a", "pkcs11:id=%01", "pkcs11:?module-name=x", "pkcs11:x-vendor=1"}) {
        CAPTURE(text);
        CHECK(Uri::parse(text).error().code == hsm::errc::uri_unsupported);
    }
    CHECK(Uri::parse("pkcs11:tokn=a").error().sentence(ledger::Language::english).find("tokn") != std::string::npos);
}

TEST_CASE("uri: malformed ones are refused", "[hsm][uri]") {
    const std::string text =
        GENERATE(as<std::string>(), "", "pkcs11", "PKCS11:token=a", "http://a", "pkcs11:token", "pkcs11:=a",
                 "pkcs11:token=", "pkcs11:token=a;", "pkcs11:;token=a", "pkcs11:token=a;token=a", "pkcs11:token=a%2",
                 "pkcs11:token=a%zz", "pkcs11:token=a%00b", "pkcs11:token=a b", "pkcs11:token=a?", "pkcs11:?&",
                 "pkcs11:slot-id=-1", "pkcs11:slot-id=1x", "pkcs11:slot-id=18446744073709551616", "pkcs11:type=public",
                 "pkcs11:?module-path=lib.so", "pkcs11:token=123456789012345678901234567890123");
    CAPTURE(text);
    const auto uri = Uri::parse(text);
    REQUIRE_FALSE(uri);
    CHECK(uri.error().code == hsm::errc::uri_malformed);
    CHECK_FALSE(Uri::parse("pkcs11:?module-path=/" + std::string(3000, 'a')));
}
