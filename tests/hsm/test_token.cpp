#include "hsm/errc.hpp"
#include "hsm/token.hpp"
#include "tests/catch_result.hpp"
#include "tests/support/token_fixture.hpp"

using namespace std::chrono_literals;
using support::TokenFixture;
using support::TokenKind;

namespace {

TokenKind any_kind() { return GENERATE(TokenKind::softhsm, TokenKind::p11_kit_server, TokenKind::tpm); }

std::unique_ptr<hsm::Token> open(const hsm::Options& options) {
    auto token = hsm::Token::open(options);
    if (!token) FAIL(token.error().describe());
    return std::move(*token);
}

ledger::ByteView message(std::string_view text) { return ledger::as_bytes(text); }

}  // namespace

TEST_CASE("token: initialised once, it signs, and its public key verifies", "[hsm][token]") {
    const TokenFixture fixture(any_kind());
    CAPTURE(static_cast<int>(fixture.kind()));
    const auto made = fixture.initialise();
    CHECK(made.made_token);
    CHECK(made.made_key);
    CHECK(made.made_anchor);

    const auto token = open(fixture.options());
    CHECK(token->public_key() == made.public_key);
    const auto signature = token->sign(message("a tree head"));
    REQUIRE(signature.has_value());
    CHECK(made.public_key.verify(message("a tree head"), *signature));
    CHECK_FALSE(made.public_key.verify(message("another"), *signature));
    CHECK(token->status().state == hsm::State::ready);
    CHECK(token->status().signatures == 1);
    CHECK(token->status().token_label == "activation-ledger");

    const auto again = fixture.initialise();
    CHECK_FALSE(again.made_token);
    CHECK_FALSE(again.made_key);
    CHECK_FALSE(again.made_anchor);
    CHECK(again.public_key == made.public_key);
    CHECK(again.anchors == made.anchors);
}
