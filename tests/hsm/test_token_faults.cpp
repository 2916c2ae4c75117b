#include <signal.h>

#include <atomic>

#include "hsm/errc.hpp"
#include "hsm/initialise.hpp"
#include "tests/hsm/faulty_token.hpp"
#include "tests/hsm/open_token.hpp"

using support::TokenFixture;
using support::TokenKind;

namespace {

/// Signs again and again until it fails. @return the error
ledger::Error sign_until_failure(hsm::Token& token) {
    for (;;) {
        const auto signature = token.sign(message("tree head"));
        if (!signature) return signature.error();
    }
}

/// Ready, and proven by a signature of its own.
void check_well(hsm::Token& token) {
    const auto ready = token.wait_ready(20s);
    REQUIRE(ready);
    const auto signature = token.sign(message("afterwards"));
    REQUIRE(signature);
    CHECK(token.public_key().verify(message("afterwards"), *signature));
    CHECK_FALSE(token.status().why);
}

}  // namespace

TEST_CASE("token: taken away in mid-request it is named, and comes back by itself", "[hsm][token]") {
    TokenFixture fixture(GENERATE(TokenKind::softhsm, TokenKind::p11_kit_server, TokenKind::tpm));
    CAPTURE(name_of(fixture.kind()));
    const auto made = fixture.initialise();
    const auto token = open_token(fixture.options());
    std::thread killer([&] {
        std::this_thread::sleep_for(50ms);
        fixture.kill();
    });
    const auto failure = sign_until_failure(*token);
    killer.join();
    CAPTURE(failure.describe());
    CHECK(hsm::state_after(failure) != hsm::State::ready);

    eventually([&] {
        const auto state = token->status().state;
        return state == hsm::State::gone || state == hsm::State::faulty || state == hsm::State::not_responding;
    });
    const auto since = token->status().since;
    CHECK(since.us > 0);
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(token->sign(message("while it is away")));
    CHECK(std::chrono::steady_clock::now() - begin < 100ms);

    fixture.revive();
    check_well(*token);
    CHECK(token->public_key() == made.public_key);
    CHECK(token->read().value() == made.anchors);
    CHECK(token->status().restarts >= 1);
    CHECK(token->status().since >= since);
}

TEST_CASE("token: frozen in mid-request it misses its deadline, and comes back by itself", "[hsm][token]") {
    TokenFixture fixture(GENERATE(TokenKind::p11_kit_server, TokenKind::tpm));
    CAPTURE(name_of(fixture.kind()));
    (void)fixture.initialise();
    auto options = fixture.options();
    options.deadlines.sign = 300ms;
    options.deadlines.open = 1s;
    const auto token = open_token(options);
    fixture.freeze();
    const auto begin = std::chrono::steady_clock::now();
    const auto signature = token->sign(message("tree head"));
    const auto taken = std::chrono::steady_clock::now() - begin;
    REQUIRE_FALSE(signature);
    CHECK(signature.error().code == hsm::errc::not_responding);
    CHECK(taken >= 300ms);
    CHECK(taken < 600ms);
    CHECK(token->status().state == hsm::State::not_responding);
    CHECK(token->sign(message("again")).error().code == hsm::errc::not_responding);

    std::this_thread::sleep_for(1200ms);  // attempts to open it anew hang, too
    CHECK(token->status().state == hsm::State::not_responding);
    fixture.thaw();
    check_well(*token);
}

TEST_CASE("token: a card that answers nonsense is a fault, and what it signed is not used", "[hsm][token]") {
    const FaultyToken faulty;
    (void)faulty.fixture().initialise();
    const auto token = open_token(faulty.options());
    CHECK(token->sign(message("first")));
    const std::string how =
        GENERATE(as<std::string>(), "sign corrupts", "sign zeroes", "sign is short", "sign repeats");
    CAPTURE(how);
    if (how == "sign repeats") CHECK(token->sign(message("a second one, whose signature is good")));
    faulty.misbehave(how);
    auto signature = token->sign(message("tree head"));
    if (how == "sign repeats" && signature) signature = token->sign(message("the next tree head"));
    REQUIRE_FALSE(signature);
    CHECK(signature.error().code == hsm::errc::bad_signature);
    CHECK(token->status().state == hsm::State::faulty);
    faulty.behave();
    check_well(*token);
}

TEST_CASE("token: a module that crashes or ends takes only its own process along", "[hsm][token]") {
    const FaultyToken faulty;
    (void)faulty.fixture().initialise();
    const auto token = open_token(faulty.options());
    const std::string how = GENERATE(as<std::string>(), "sign crashes", "sign exits", "sign boasts");
    CAPTURE(how);
    faulty.misbehave(how);
    const auto signature = token->sign(message("tree head"));
    REQUIRE_FALSE(signature);
    CHECK(hsm::state_after(signature.error()) == hsm::State::faulty);
    eventually([&] { return token->status().restarts >= 2; });
    CHECK(token->status().state == hsm::State::faulty);
    faulty.behave();
    check_well(*token);
}

TEST_CASE("token: a module that hangs is killed at the deadline, and others do not wait longer", "[hsm][token]") {
    const FaultyToken faulty;
    (void)faulty.fixture().initialise();
    auto options = faulty.options();
    options.deadlines.sign = 300ms;
    const auto token = open_token(options);
    const int worker = token->worker_pid();
    faulty.misbehave("sign hangs");
    std::atomic<int> failed = 0;
    std::vector<std::thread> callers;
    callers.reserve(4);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back([&] {
            if (!token->sign(message("tree head"))) ++failed;
        });
    }
    for (auto& caller : callers) caller.join();
    CHECK(std::chrono::steady_clock::now() - begin < 900ms);
    CHECK(failed == 4);
    faulty.behave();
    check_well(*token);
    CHECK(token->worker_pid() != worker);
}

TEST_CASE("token: an error that the session survives does not interrupt service", "[hsm][token]") {
    const FaultyToken faulty;
    const auto made = faulty.fixture().initialise();
    const auto token = open_token(faulty.options());
    const int worker = token->worker_pid();
    faulty.misbehave("token is full");
    const auto replaced = token->replace(message("anchor"));
    REQUIRE_FALSE(replaced);
    CHECK(replaced.error().code == hsm::errc::token_failed);
    CHECK(token->status().state == hsm::State::ready);
    CHECK(token->worker_pid() == worker);
    CHECK(token->read().value() == made.anchors);
}

TEST_CASE("token: an anchor is never lost to a crash while it is replaced", "[hsm][token]") {
    const FaultyToken faulty;
    const auto made = faulty.fixture().initialise();
    const auto token = open_token(faulty.options());
    faulty.misbehave("create crashes");
    CHECK_FALSE(token->replace(message("second anchor")));
    faulty.behave();
    check_well(*token);
    CHECK(token->read()->size() == 2);  // both: the highest valid one wins
    REQUIRE(token->replace(message("third anchor")));
    CHECK(token->read().value() == std::vector<ledger::Bytes>{ledger::copy(message("third anchor"))});
}

TEST_CASE("token: a child killed from outside is started again", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    const auto token = open_token(fixture.options());
    REQUIRE(::kill(token->worker_pid(), SIGKILL) == 0);
    CHECK(sign_until_failure(*token).code == hsm::errc::worker_died);
    check_well(*token);
}

TEST_CASE("token: with the ledger's key known it starts while the card is away", "[hsm][token]") {
    TokenFixture fixture(TokenKind::p11_kit_server);
    const auto made = fixture.initialise();
    fixture.kill();
    auto options = fixture.options();
    CHECK_FALSE(hsm::Token::open(options));  // without the key there is nothing to start with
    options.public_key = made.public_key;
    const auto token = open_token(options);
    CHECK(token->public_key() == made.public_key);
    CHECK_FALSE(token->sign(message("x")));
    fixture.revive();
    check_well(*token);
}

TEST_CASE("token: an idle one is asked for a signature now and then", "[hsm][token]") {
    const FaultyToken faulty;
    (void)faulty.fixture().initialise();
    auto options = faulty.options();
    options.idle_probe_every = 30ms;
    const auto token = open_token(options);
    std::atomic<int> changes = 0;
    token->on_change([&](const hsm::Status&) { ++changes; });
    faulty.misbehave("sign crashes");
    eventually([&] { return token->status().state == hsm::State::faulty; });
    faulty.behave();
    eventually([&] { return token->status().state == hsm::State::ready; });
    eventually([&] { return changes >= 2; });
}

TEST_CASE("token: an interrupted initialisation is finished by the next one", "[hsm][token]") {
    const FaultyToken faulty;
    const std::string how =
        GENERATE(as<std::string>(), "setting the PIN crashes", "create crashes", "generate crashes", "sign crashes");
    CAPTURE(how);
    const auto first_anchor = [](ledger::Signer& signer) { return signer.sign(message("first anchor")); };
    faulty.misbehave(how);
    CHECK_FALSE(hsm::initialise(faulty.options(), faulty.fixture().officer(), first_anchor));
    faulty.behave();
    const auto made = hsm::initialise(faulty.options(), faulty.fixture().officer(), first_anchor);
    REQUIRE(made);
    CHECK_FALSE(made->made_token);
    CHECK(made->anchors.size() == 1);
    check_well(*open_token(faulty.options()));
    const auto again = hsm::initialise(faulty.options(), faulty.fixture().officer(), first_anchor);
    REQUIRE(again);
    CHECK_FALSE(again->made_key);
    CHECK(again->public_key == made->public_key);
    CHECK(again->anchors == made->anchors);
}

TEST_CASE("token: a used key without an anchor is never given a fresh one", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    auto options = fixture.options();
    support::run({"pkcs11-tool", "--module", options.module.string(), "--login", "--pin",
                  std::string(support::user_pin), "--delete-object", "--type", "data", "--label", "actledger-1"},
                 options.environment);
    const auto again =
        hsm::initialise(options, fixture.officer(), [](ledger::Signer& signer) { return signer.sign(message("x")); });
    REQUIRE_FALSE(again);
    CHECK(again.error().code == hsm::errc::anchor_lost);
}
