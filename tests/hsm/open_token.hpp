#pragma once
// tests/hsm/open_token.hpp: what every token test begins with.

#include <thread>

#include "hsm/token.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/token_fixture.hpp"

using namespace std::chrono_literals;

/// A token kind by name, so that a failed test says which.
inline const char* name_of(support::TokenKind kind) {
    switch (kind) {
        case support::TokenKind::softhsm:
            return "softhsm";
        case support::TokenKind::p11_kit_server:
            return "p11-kit server";
        case support::TokenKind::tpm:
            return "tpm";
    }
    return "?";
}

inline std::unique_ptr<hsm::Token> open_token(const hsm::Options& options) {
    auto token = hsm::Token::open(options);
    if (!token) FAIL(token.error().describe());
    return std::move(*token);
}

inline ledger::ByteView message(std::string_view text) { return ledger::as_bytes(text); }

/// Waits until `condition` holds; fails the test after `most`.
template <class Condition>
void eventually(const Condition& condition, std::chrono::milliseconds most = 10s) {
    const auto deadline = std::chrono::steady_clock::now() + most;
    while (!condition()) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::sleep_for(2ms);
    }
}
