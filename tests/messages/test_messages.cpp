// The one catalogue that CLI, server and portal share: held together over all folders.

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "api/commands/errc.hpp"
#include "api/errc.hpp"
#include "hsm/errc.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/errc.hpp"
#include "projections/read/errc.hpp"
#include "projections/state/errc.hpp"
#include "snapshot/errc.hpp"
#include "snapshot/state_errc.hpp"
#include "tools/cli/errc.hpp"
#include "tools/client/errc.hpp"
#include "tools/config/errc.hpp"
#include "tools/issuer/errc.hpp"
#include "tools/node/errc.hpp"
#include "tools/terminal/errc.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/verify/errc.hpp"

namespace {

std::vector<ledger::Message> all_messages() {
    std::vector<ledger::Message> all;
    for (const ledger::MessageCategory* category :
         {&ledger::category(), &ledger::license_file::category(), &hsm::category(), &projections::category(),
          &projections::read_category(), &api::category(), &api::commands::category(), &cli::category(),
          &client::category(), &config::category(), &issuer::category(), &node::category(), &snapshot::category(),
          &snapshot::state_category(), &terminal::category(), &verify::category()}) {
        all.insert(all.end(), category->table().begin(), category->table().end());
    }
    return all;
}

bool has_chinese(std::string_view text) {
    // UTF-8 of U+4E00 … U+9FFF begins with 0xE4 … 0xE9.
    return std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0xe4 && byte <= 0xe9;
    });
}

std::set<std::string> facts_in(std::string_view text) {
    static const std::regex fact("\\{([a-z0-9_]+)\\}");
    const std::string copy(text);
    std::set<std::string> names;
    for (std::sregex_iterator it(copy.begin(), copy.end(), fact), end; it != end; ++it) names.insert((*it)[1]);
    return names;
}

}  // namespace

TEST_CASE("messages: every code is stable in form and unique over all folders") {
    const std::regex form("[a-z0-9]+(-[a-z0-9]+)*");
    std::set<std::string_view> seen;
    for (const auto& message : all_messages()) {
        CAPTURE(message.code);
        CHECK(std::regex_match(std::string(message.code), form));
        CHECK(seen.insert(message.code).second);
    }
    CHECK(seen.size() > 100);
}

TEST_CASE("messages: a remedy that names `hsm init` names what to do after a loss as well") {
    // Of a server that had a ledger it would make another one.
    std::size_t named = 0;
    for (const auto& message : all_messages()) {
        for (const std::string_view remedy : {message.english.remedy, message.chinese.remedy}) {
            if (remedy.find("actledger hsm init") == remedy.npos) continue;
            if (message.code == "hsm-pin-not-set") continue;  // begun, and not finished
            CAPTURE(message.code, remedy);
            ++named;
            CHECK((remedy.find("actledger restore") != remedy.npos || remedy.find("actledger recover") != remedy.npos ||
                   remedy.find("actledger hsm replace") != remedy.npos));
        }
    }
    CHECK(named >= 6);
}

TEST_CASE("messages: Chinese ones use the words of the glossary") {
    // docs/glossary.md: what stands for the licence, the enrolment key, the anchor, a component, a renewal.
    for (const std::string_view word :
         {"许可证", "注册密钥", "开放注册", "锚记录", "部件", "组件", "授权文件", "续期："}) {
        CAPTURE(word);
        for (const auto& message : all_messages()) {
            CAPTURE(message.code);
            CHECK(message.chinese.sentence.find(word) == message.chinese.sentence.npos);
            CHECK(message.chinese.remedy.find(word) == message.chinese.remedy.npos);
        }
    }
}

TEST_CASE("messages: every message has a sentence and a remedy in both languages") {
    for (const auto& message : all_messages()) {
        CAPTURE(message.code);
        CHECK_FALSE(message.english.sentence.empty());
        CHECK_FALSE(message.english.remedy.empty());
        CHECK_FALSE(has_chinese(message.english.sentence));
        CHECK(has_chinese(message.chinese.sentence));
        // A remedy that is a fact alone is the server's own, in the language that was asked for.
        if (message.chinese.remedy != message.english.remedy)
            CHECK(has_chinese(message.chinese.remedy));
        else
            CHECK(message.chinese.remedy == "{remedy}");
    }
}

TEST_CASE("messages: both languages name the same facts") {
    for (const auto& message : all_messages()) {
        CAPTURE(message.code);
        auto english = facts_in(message.english.sentence);
        english.merge(facts_in(message.english.remedy));
        auto chinese = facts_in(message.chinese.sentence);
        chinese.merge(facts_in(message.chinese.remedy));
        CHECK(english == chinese);
    }
}

TEST_CASE("messages: every code that a command line reports ends it with an exit code of its own kind") {
    // The last resort is for what nobody can do anything about.
    const std::set<std::string_view> failures{"internal-error", "server-answer-unreadable", "client-no-components"};
    for (const ledger::MessageCategory* category :
         {&ledger::category(), &ledger::license_file::category(), &hsm::category(), &api::category(),
          &api::commands::category(), &cli::category(), &client::category(), &config::category(), &issuer::category(),
          &node::category(), &projections::read_category(), &snapshot::category(), &snapshot::state_category(),
          &terminal::category()}) {
        for (const auto& message : category->table()) {
            CAPTURE(message.code);
            CHECK((terminal::exit_of(message.code) == terminal::Exit::failure) == failures.contains(message.code));
        }
    }
}
