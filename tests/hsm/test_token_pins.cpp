#include "hsm/check.hpp"
#include "hsm/errc.hpp"
#include "tests/hsm/faulty_token.hpp"
#include "tests/hsm/open_token.hpp"

using support::TokenFixture;
using support::TokenKind;

namespace {

constexpr std::string_view wrong_pin = "654321";

/// With the ledger's key, a Token starts whatever the PIN is, as the server does.
hsm::Options as_server(hsm::Options options, const ledger::PublicKey& key) {
    options.public_key = key;
    return options;
}

}  // namespace

TEST_CASE("pin: a wrong one is handed to the token exactly once, by however many starts", "[hsm][token]") {
    const FaultyToken faulty;
    const auto key = faulty.fixture().initialise().public_key;
    {
        const auto token = open_token(as_server(faulty.options_with_pin(wrong_pin), key));
        eventually([&] { return token->status().state == hsm::State::pin_wrong; });
        CHECK(token->status().why->code == hsm::errc::pin_wrong);
        for (int i = 0; i < 5; ++i) CHECK(token->sign(message("x")).error().code == hsm::errc::pin_wrong);
        std::this_thread::sleep_for(300ms);
        CHECK(faulty.logins() == 1);
    }
    for (int start = 0; start < 3; ++start) {
        const auto token = open_token(as_server(faulty.options_with_pin(wrong_pin), key));
        eventually([&] { return token->status().state == hsm::State::pin_wrong; });
        CHECK(token->status().why->code == hsm::errc::pin_known_wrong);
    }
    CHECK(faulty.logins() == 1);
    CHECK_FALSE(hsm::check(faulty.options_with_pin(wrong_pin), {}).passed());
    CHECK(faulty.logins() == 1);

    const auto token = open_token(as_server(faulty.options(), key));
    CHECK(token->wait_ready(10s));
    CHECK(faulty.logins() == 2);
}

TEST_CASE("pin: a person who corrects the file and says so is tried at once", "[hsm][token]") {
    const FaultyToken faulty;
    const auto key = faulty.fixture().initialise().public_key;
    const auto token = open_token(as_server(faulty.options_with_pin(wrong_pin), key));
    eventually([&] { return token->status().state == hsm::State::pin_wrong; });
    (void)faulty.options_with_pin(support::user_pin);  // the same file
    std::this_thread::sleep_for(300ms);
    CHECK(faulty.logins() == 1);
    token->retry();
    CHECK(token->wait_ready(10s));
    CHECK(faulty.logins() == 2);
}

TEST_CASE("pin: nobody waits for a token that waits for a person", "[hsm][token]") {
    const FaultyToken faulty;
    const auto key = faulty.fixture().initialise().public_key;
    const auto token = open_token(as_server(faulty.options_with_pin(wrong_pin), key));
    CHECK(token->wait_ready(std::chrono::hours(1)).error().code == hsm::errc::pin_wrong);
    token->retry();  // the file is still wrong: it is tried, and that is all there is to wait for
    CHECK(token->wait_ready(std::chrono::hours(1)).error().code == hsm::errc::pin_wrong);
    CHECK(faulty.logins() == 2);
}

TEST_CASE("pin: a typed one may be tried again, and a right one clears the memory", "[hsm][token]") {
    const FaultyToken faulty;
    const auto key = faulty.fixture().initialise().public_key;
    auto options = faulty.options();
    options.pin = hsm::PinSource::typed(hsm::Pin(wrong_pin));
    for (int i = 0; i < 2; ++i) CHECK(hsm::check(options, {}).steps.back().error->code == hsm::errc::pin_wrong);
    CHECK(faulty.logins() == 2);
    CHECK(hsm::Token::open(faulty.options_with_pin(wrong_pin)).error().code == hsm::errc::pin_known_wrong);
    options.pin = hsm::PinSource::typed(hsm::Pin(support::user_pin));
    CHECK(hsm::check(options, {}).steps.back().name == "anchor");
    CHECK(hsm::Token::open(faulty.options_with_pin(wrong_pin)).error().code == hsm::errc::pin_wrong);
    CHECK(faulty.logins() == 4);
}

TEST_CASE("pin: after our one wrong try a card that locks after three is not locked", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::tpm);
    const auto key = fixture.initialise().public_key;
    for (int start = 0; start < 5; ++start) {
        const auto token = hsm::Token::open(fixture.options_with_pin(wrong_pin));
        REQUIRE_FALSE(token);
        CHECK(token.error().code == (start == 0 ? hsm::errc::pin_wrong : hsm::errc::pin_known_wrong));
    }
    const auto token = open_token(fixture.options());
    CHECK(token->public_key() == key);
}

TEST_CASE("pin: a locked card is told apart from a wrong PIN, and left alone", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::tpm);
    const auto key = fixture.initialise().public_key;
    // Somebody else's tries lock it: each with a PIN of its own, since ours would remember.
    bool locked = false;
    for (int i = 0; i < 40 && !locked; ++i) {
        const auto token = hsm::Token::open(fixture.options_with_pin("00000" + std::to_string(i)));
        REQUIRE_FALSE(token);
        locked = token.error().code == hsm::errc::pin_locked;
    }
    REQUIRE(locked);
    const auto token = open_token(as_server(fixture.options(), key));
    eventually([&] { return token->status().state == hsm::State::pin_locked; });
    CHECK(token->sign(message("x")).error().code == hsm::errc::pin_locked);
}

TEST_CASE("pin: without one the token is not asked, and a file that appears is used", "[hsm][token]") {
    const FaultyToken faulty;
    const auto key = faulty.fixture().initialise().public_key;
    auto options = as_server(faulty.options(), key);
    options.pin = hsm::PinSource::file(faulty.fixture().folder().path() / "later");
    const auto token = open_token(options);
    eventually([&] { return token->status().state == hsm::State::pin_missing; });
    CHECK(faulty.logins() == 0);
    std::filesystem::copy_file(faulty.fixture().folder().path() / "pin", faulty.fixture().folder().path() / "later");
    CHECK(token->wait_ready(10s));
}
