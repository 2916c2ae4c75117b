#include <catch2/catch.hpp>
#include <cstdlib>

#include "ledger/core/errc.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/terminal/terminal.hpp"

using namespace terminal;

TEST_CASE("terminal: the language is the option's, else the locale's, else English") {
    ::unsetenv("LC_ALL");
    ::unsetenv("LC_MESSAGES");
    ::setenv("LANG", "zh_CN.UTF-8", 1);
    CHECK(choose_language("") == ledger::Language::chinese);
    CHECK(choose_language("en") == ledger::Language::english);
    ::setenv("LC_ALL", "C", 1);
    CHECK(choose_language("") == ledger::Language::english);
    CHECK(choose_language("zh-CN") == ledger::Language::chinese);
    ::unsetenv("LC_ALL");
    ::unsetenv("LANG");
    CHECK(choose_language("") == ledger::Language::english);
}

TEST_CASE("terminal: an error's exit code tells its kind") {
    CHECK(exit_of(ledger::Error{ledger::errc::bad_signature}) == Exit::not_verified);
    CHECK(exit_of(ledger::Error{ledger::errc::certificate_malformed}) == Exit::bad_input);
    CHECK(exit_of(ledger::Error{ledger::errc::certificate_untrusted}) == Exit::not_verified);
    CHECK(exit_of(ledger::Error{ledger::errc::log_locked}) == Exit::unavailable);
    CHECK(exit_of(ledger::Error{ledger::errc::log_exists}) == Exit::refused);
    CHECK(exit_of(ledger::Error{ledger::errc::disk_full}) == Exit::storage);
    CHECK(exit_of(ledger::Error{errc::not_confirmed}) == Exit::cancelled);
}

TEST_CASE("messages: facts fill the braces, and a missing fact stays visible") {
    const ledger::Error error{ledger::errc::log_exists, "", {{"folder", "/srv/ledger"}}};
    CHECK(error.sentence(ledger::Language::english) == "There is a ledger in /srv/ledger already.");
    CHECK(error.sentence(ledger::Language::chinese).find("/srv/ledger") != std::string::npos);
    CHECK(ledger::fill_in("a {b} c {", {}) == "a {b} c {");
}
