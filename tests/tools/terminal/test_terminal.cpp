#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "ledger/core/errc.hpp"
#include "tools/terminal/command_line.hpp"
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

TEST_CASE("command line: what is wrong with it has a code of its own, and the help that is meant is named") {
    CLI::App app;
    auto* const license = app.add_subcommand("license");
    auto* const request = license->add_subcommand("request");
    int quantity = 0;
    request->add_option("--quantity", quantity)->required();
    const auto problem = [&](std::vector<std::string> reversed) {
        try {
            app.parse(std::move(reversed));
        } catch (const CLI::ParseError& error) {
            return terminal::usage_error(app, "actledger", error);
        }
        return ledger::Error{};
    };
    const auto english = ledger::Language::english;
    const auto chinese = ledger::Language::chinese;
    const auto unknown = problem({"--best", "1", "--quantity", "request", "license"});
    CHECK(unknown.stable_code() == "argument-unknown");
    CHECK(unknown.sentence(english) == "The command line has something that is not known here: --best.");
    CHECK(unknown.sentence(chinese).find("--best") != std::string::npos);
    CHECK(unknown.remedy(english) == "See actledger license request --help");
    CHECK(unknown.remedy(chinese) == "用法见 actledger license request --help");
    license->require_subcommand(1);
    const auto mistyped = problem({"reqest", "license"});
    CHECK(mistyped.stable_code() == "argument-unknown");
    CHECK(mistyped.remedy(english) == "See actledger license --help");
    CHECK(problem({"license"}).stable_code() == "argument-missing");
    CHECK(problem({"request", "license"}).stable_code() == "argument-missing");
    CHECK(problem({"many", "--quantity", "request", "license"}).stable_code() == "argument-invalid");
    CHECK(problem({"--quantity", "request", "license"}).stable_code() == "command-line-wrong");
}

TEST_CASE("command line: a right one goes on, help ends well, and a wrong one ends with the code for usage") {
    const auto end_of = [](std::vector<const char*> arguments) {
        CLI::App app;
        std::string language;
        app.add_option("--lang", language);
        arguments.insert(arguments.begin(), "program");
        return terminal::parse_command_line(app, "program", static_cast<int>(arguments.size()), arguments.data());
    };
    CHECK_FALSE(end_of({"--lang", "zh"}));
    CHECK(end_of({"--help"}) == 0);
    CHECK(end_of({"--lang", "zh", "--nonsense"}) == 2);
}
