#include <catch2/catch.hpp>

#include "api/credentials.hpp"
#include "api/errc.hpp"
#include "api/rate_limit.hpp"
#include "tests/support/result_text.hpp"

TEST_CASE("credentials: a challenge is good once, for sixty seconds, from this process") {
    api::ChallengeBook book;
    const api::ChallengeBook other;
    const auto now = api::ChallengeBook::Clock::now();
    const std::string challenge = book.make(now);
    CHECK(book.check(challenge, now));
    CHECK(book.check(challenge, now + std::chrono::seconds(60)));
    CHECK(book.check(challenge, now + std::chrono::seconds(61)).error().code == api::errc::challenge_unusable);
    CHECK_FALSE(other.check(challenge, now));
    CHECK(book.use(challenge, now));
    CHECK(book.use(challenge, now).error().code == api::errc::challenge_unusable);
    CHECK(book.use(challenge, now + std::chrono::seconds(60)).error().code == api::errc::challenge_unusable);
}

TEST_CASE("credentials: a challenge with any character changed is refused") {
    const api::ChallengeBook book;
    const auto now = api::ChallengeBook::Clock::now();
    const std::string challenge = book.make(now);
    for (std::size_t i = 0; i < challenge.size(); ++i) {
        std::string changed = challenge;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CAPTURE(i);
        CHECK_FALSE(book.check(changed, now));
    }
    CHECK_FALSE(book.check("", now));
    CHECK_FALSE(book.check(challenge + "A", now));
}

TEST_CASE("credentials: the Authorization header has three accepted forms") {
    CHECK(std::holds_alternative<api::NoCredentials>(*api::parse_authorization("")));
    const auto bearer = api::parse_authorization("bEarer ek1.abc");
    REQUIRE(bearer);
    CHECK(std::get<api::BearerKey>(*bearer).key == "ek1.abc");
    const auto device = api::parse_authorization("Device challenge=\"abc\", signature=\"AAEC\"");
    REQUIRE(device);
    CHECK(std::get<api::DeviceSignature>(*device).challenge == "abc");
    CHECK(std::get<api::DeviceSignature>(*device).signature == ledger::Bytes{0, 1, 2});
    for (const char* wrong : {"Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Device", "Device challenge=\"a\"",
                              "Device challenge=\"a\", signature=\"*\"", "Device challenge=\"a\", signature=\"AAEC",
                              "Device challenge=\"a\", signature=\"AAEC\" x"}) {
        CAPTURE(wrong);
        CHECK(api::parse_authorization(wrong).error().code == api::errc::credentials_malformed);
    }
}

TEST_CASE("rate limit: a window gives its quota to each address, and the next one again") {
    api::RateLimiter limiter({"requests", 2, std::chrono::seconds(60)});
    const auto now = api::RateLimiter::Clock::now();
    CHECK(limiter.take("192.0.2.1", now).remaining == 1);
    CHECK(limiter.take("192.0.2.1", now).allowed);
    const auto refused = limiter.take("192.0.2.1", now + std::chrono::seconds(20));
    CHECK_FALSE(refused.allowed);
    CHECK(refused.reset_s == 40);
    CHECK(limiter.take("192.0.2.2", now).allowed);
    CHECK(limiter.take("192.0.2.1", now + std::chrono::seconds(60)).allowed);
}

TEST_CASE("rate limit: names that anybody can make up bar no good one, addresses share what is left") {
    const auto now = api::RateLimiter::Clock::now();
    api::RateLimiter keys({.name = "enrolment-key", .quota = 2, .latecomers = api::Latecomers::go_free});
    api::RateLimiter addresses({.name = "address", .quota = 2});
    for (std::size_t i = 0; i < api::RateLimiter::accounts_max; ++i) {
        const std::string made_up = std::to_string(i);
        (void)keys.take(made_up, now);
        (void)addresses.take(made_up, now);
    }
    for (int i = 0; i < 5; ++i) CHECK(keys.take("good", now).allowed);
    CHECK(keys.take("7", now).allowed);  // known before, and limited on
    CHECK_FALSE(keys.take("7", now).allowed);
    CHECK(addresses.take("192.0.2.1", now).allowed);
    CHECK(addresses.take("192.0.2.2", now).allowed);
    CHECK_FALSE(addresses.take("192.0.2.3", now).allowed);
    CHECK(addresses.take("192.0.2.3", now + std::chrono::seconds(60)).allowed);
}
