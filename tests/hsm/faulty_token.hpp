#pragma once
// tests/hsm/faulty_token.hpp: a SoftHSM token behind the module that misbehaves on demand.

#include "tests/support/token_fixture.hpp"

class FaultyToken {
 public:
    FaultyToken() : fixture_(support::TokenKind::softhsm) { behave(); }

    [[nodiscard]] hsm::Options options() const { return through(fixture_.options()); }
    [[nodiscard]] hsm::Options options_with_pin(std::string_view pin) const {
        return through(fixture_.options_with_pin(pin));
    }
    [[nodiscard]] const support::TokenFixture& fixture() const { return fixture_; }

    /// From the next call on; faulty_module.cpp has the list.
    void misbehave(std::string_view how) const { fixture_.folder().write("mode", how); }
    void behave() const { misbehave(""); }
    /// How often a user PIN was handed to the token.
    [[nodiscard]] std::size_t logins() const {
        const auto path = fixture_.folder().path() / "logins";
        return std::filesystem::exists(path) ? std::filesystem::file_size(path) : 0;
    }

 private:
    [[nodiscard]] hsm::Options through(hsm::Options options) const {
        options.module = FAULTY_MODULE;
        options.environment.emplace_back("FAULTY_MODULE_MODE", (fixture_.folder().path() / "mode").string());
        options.environment.emplace_back("FAULTY_MODULE_LOGINS", (fixture_.folder().path() / "logins").string());
        return options;
    }
    support::TokenFixture fixture_;
};
