#include "tests/api/commands/memory_server.hpp"

using namespace api::commands;
using support::code_of;
using support::MemoryServer;

namespace {

struct Use {
    KeyUse use;
    std::string prefix;
    std::string kind;
    std::string holder_malformed;
};
const Use enrolment{KeyUse::enrolment, "ek1.", "enrolment-key", "pool-name-malformed"};
const Use log_reading{KeyUse::log, "lk1.", "log-key", "reader-name-malformed"};

}  // namespace

TEST_CASE("access keys: made from 32 random bytes, shown once, known by their hash; making again changes nothing") {
    const auto& suite = ledger::default_suite();
    for (const Use& of : {enrolment, log_reading}) {
        MemoryServer server;
        const auto one = prepare_access_key(of.use, suite, server.person, "floor 3", {}).value();
        const auto two = prepare_access_key(of.use, suite, server.person, "floor 3", {}).value();
        CHECK(one.key != two.key);
        CHECK(one.key.starts_with(of.prefix));
        CHECK(one.key.size() == 4 + 52);
        CHECK(one.command.key_digest == access_key_digest(suite, one.key));
        CHECK(server.run(one.command).value().drafts.size() == 1);
        CHECK(server.run(one.command).value().drafts.empty());
        CHECK(list_access_keys(of.use, server.decider.context(server.moment())).size() == 1);
        CHECK(code_of(prepare_access_key(of.use, suite, server.person, "", {})) == of.holder_malformed);
        CHECK(code_of(prepare_access_key(of.use, suite, server.person, std::string(65, 'x'), {})) ==
              of.holder_malformed);
        auto late = two.command;
        late.expires = server.now;
        CHECK(code_of(server.run(late)) == of.kind + "-ends-in-the-past");
    }
}

TEST_CASE("access keys: a revoked one is of no use, revoking again changes nothing, and each use has its own") {
    const auto& suite = ledger::default_suite();
    for (const Use& of : {enrolment, log_reading}) {
        MemoryServer server;
        const auto made = prepare_access_key(of.use, suite, server.person, "floor 3", {}).value();
        REQUIRE(server.run(made.command));
        const KeyUse other = of.use == KeyUse::log ? KeyUse::enrolment : KeyUse::log;
        CHECK_FALSE(server.run(RevokeAccessKey{other, server.person, made.command.id}));
        CHECK(list_access_keys(of.use, server.decider.context(server.moment())).front().usable);
        CHECK(server.run(RevokeAccessKey{of.use, server.person, made.command.id}).value().drafts.size() == 1);
        CHECK(server.run(RevokeAccessKey{of.use, server.person, made.command.id}).value().drafts.empty());
        CHECK_FALSE(list_access_keys(of.use, server.decider.context(server.moment())).front().usable);
        CHECK(code_of(server.run(RevokeAccessKey{of.use, server.person, {9}})) == of.kind + "-unknown");
    }
}

TEST_CASE("access keys: one of before the log was lost is put back with its id and digest, once") {
    const auto& suite = ledger::default_suite();
    for (const Use& of : {enrolment, log_reading}) {
        MemoryServer before;
        const auto made = prepare_access_key(of.use, suite, before.person, "floor 3", before.now + ledger::day).value();
        const auto created = before.run(made.command).value().drafts.front().body;
        const RestoreAccessKey restore{made.command};
        CHECK(before.run(restore).value().drafts.empty());  // it is there

        MemoryServer after;
        const auto done = after.run(restore).value();
        REQUIRE(done.drafts.size() == 1);
        CHECK(done.drafts.front().body == created);
        CHECK(after.run(restore).value().drafts.empty());
        CHECK(list_access_keys(of.use, after.decider.context(after.moment())).front().usable);

        // What is another key here is not taken for this one, whichever part of it differs.
        for (int part = 0; part < 4; ++part) {
            CAPTURE(part);
            RestoreAccessKey other = restore;
            if (part == 0) other.key.id = {9};
            if (part == 1) other.key.key_digest = {};
            if (part == 2) other.key.holder = "floor 4";
            if (part == 3) other.key.expires = {};
            CHECK(code_of(after.run(other)) == of.kind + "-differs");
        }
        REQUIRE(after.run(RevokeAccessKey{of.use, after.person, made.command.id}));
        CHECK(code_of(after.run(restore)) == of.kind + "-revoked");

        MemoryServer late;
        late.now = made.command.expires;
        CHECK(code_of(late.run(restore)) == of.kind + "-ends-in-the-past");
        RestoreAccessKey unnamed = restore;
        unnamed.key.holder = "a\nb";
        CHECK(code_of(late.run(unnamed)) == of.holder_malformed);
    }
}

TEST_CASE("log readers: admitted with a good log key, and told that an enrolment key is of the wrong kind") {
    const auto& suite = ledger::default_suite();
    MemoryServer server;
    const auto pool = prepare_access_key(KeyUse::enrolment, suite, server.person, "floor 3", {}).value();
    auto reader = prepare_access_key(KeyUse::log, suite, server.person, "audit", server.now + ledger::day).value();
    REQUIRE(server.run(pool.command));
    REQUIRE(server.run(reader.command));
    CHECK(admit_log_reader(reader.command.key_digest, server.decider.context(server.moment())));
    CHECK(code_of(admit_log_reader(pool.command.key_digest, server.decider.context(server.moment()))) ==
          "log-key-wrong-kind");
    CHECK(code_of(admit_log_reader({}, server.decider.context(server.moment()))) == "log-key-invalid");
    server.now = server.now + ledger::day;
    CHECK(code_of(admit_log_reader(reader.command.key_digest, server.decider.context(server.moment()))) ==
          "log-key-invalid");
}
