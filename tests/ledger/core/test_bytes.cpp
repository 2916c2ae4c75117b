#include <random>

#include "ledger/core/bytes.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/utf8.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

TEST_CASE("base64: the examples of RFC 4648 come out as printed, and back") {
    const std::pair<const char*, const char*> examples[]{{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : examples) {
        CHECK(base64_encode(as_bytes(bytes)) == text);
        CHECK(as_text(base64_decode(text).value()) == bytes);
    }
}

TEST_CASE("base64: no second spelling is accepted") {
    for (const auto* text : {"Zg", "Zg=", "Zh==", "Zm9=", "Zm8", "Z===", "====", "=", "Zg==Zg==", "Zm9v\n", "Zm9v ",
                             " Zm9v", "Zm_v", "Zm-v", "Zm9vZ", "Zm=v", "Z=9v", "Zm9v\r\n", "Zm9v\xff\xff\xff\xff"}) {
        CAPTURE(text);
        CHECK(base64_decode(text).error().code == errc::not_canonical);
    }
}

TEST_CASE("base64: every changed character is refused or is other bytes") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (std::size_t size = 0; size < 60; ++size) {
        Bytes bytes(size);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        const std::string text = base64_encode(bytes);
        REQUIRE(base64_decode(text).value() == bytes);
        for (std::size_t i = 0; i < text.size(); ++i) {
            for (int c = 0; c < 256; ++c) {
                std::string changed = text;
                changed[i] = static_cast<char>(c);
                const auto decoded = base64_decode(changed);
                if (decoded) REQUIRE(base64_encode(*decoded) == changed);
            }
        }
    }
}

TEST_CASE("hex and decimal have one spelling") {
    CHECK(hex_encode(Bytes{0, 0x1f, 0xff}) == "001fff");
    CHECK(hex_decode("001fff").value() == Bytes{0, 0x1f, 0xff});
    for (const auto* text : {"0", "0g", "FF", "0x", " 0"}) CHECK(hex_decode(text).error().code == errc::not_canonical);

    CHECK(decimal_decode("0").value() == 0);
    CHECK(decimal_decode("18446744073709551615").value() == UINT64_MAX);
    for (const auto* text :
         {"", "00", "01", "-1", "+1", " 1", "1 ", "1a", "18446744073709551616", "99999999999999999999"}) {
        CAPTURE(text);
        CHECK(decimal_decode(text).error().code == errc::not_canonical);
    }
}

TEST_CASE("base32: the examples of RFC 4648, in lower case and without padding") {
    CHECK(base32_encode(as_bytes("")).empty());
    CHECK(base32_encode(as_bytes("f")) == "my");
    CHECK(base32_encode(as_bytes("fo")) == "mzxq");
    CHECK(base32_encode(as_bytes("foo")) == "mzxw6");
    CHECK(base32_encode(as_bytes("foob")) == "mzxw6yq");
    CHECK(base32_encode(as_bytes("fooba")) == "mzxw6ytb");
    CHECK(base32_encode(as_bytes("foobar")) == "mzxw6ytboi");
}

TEST_CASE("text: one line that a terminal shows as it is") {
    for (const auto* text : {"", "vm-1", "第三层 ü – 🖥", "a b"}) CHECK(is_one_line(text));
    for (const std::string_view text :
         {std::string_view("a\0b", 3), std::string_view("\n"), std::string_view("\x1b[31m"), std::string_view("\x7f"),
          std::string_view("\xc2\x85"), std::string_view("\xe2\x80\xa8"), std::string_view("\xe2\x80\xae"),
          std::string_view("\xe2\x81\xa6"), std::string_view("\xff"), std::string_view("\xc3")}) {
        CAPTURE(text);
        CHECK_FALSE(is_one_line(text));
    }
}

TEST_CASE("text: what a terminal would obey is shown as a replacement character") {
    CHECK(as_one_line("第三层 ü – 🖥 a b") == "第三层 ü – 🖥 a b");
    CHECK(as_one_line("vm\x1b[31m\x07\nResult") == "vm\ufffd[31m\ufffd\ufffdResult");
    CHECK(as_one_line("a\x7f\u0085\u009b\u2028\u202e\u2066z") == "a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdz");
    CHECK(as_one_line("a\xff\xc3") == "a\ufffd\ufffd");
    for (const std::string_view text : {std::string_view("a\0b", 3), std::string_view("\xe2\x80")}) {
        CHECK(is_one_line(as_one_line(text)));
    }
}

TEST_CASE("text: JSON for a terminal keeps its values") {
    CHECK(escape_json_controls("{\"a\":\"ü 第\"}\n") == "{\"a\":\"ü 第\"}\n");
    CHECK(escape_json_controls("\"\x7f\u009b\u202e\"") == R"("\u007f\u009b\u202e")");
}
