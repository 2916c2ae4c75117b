#include <set>

#include "tests/api/commands/memory_server.hpp"

using namespace api::commands;
using support::code_of;
using support::MemoryServer;

TEST_CASE("settings: the known one takes true and false; the same value again changes nothing") {
    MemoryServer server;
    CHECK(server.run(ChangeSetting{server.person, "open_enrolment", "true"}).value().drafts.size() == 1);
    CHECK(server.run(ChangeSetting{server.person, "open_enrolment", "true"}).value().drafts.empty());
    CHECK(code_of(server.run(ChangeSetting{server.person, "open_enrolment", "1"})) == "setting-value-invalid");
    CHECK(code_of(server.run(ChangeSetting{server.person, "colour", "true"})) == "setting-unknown");
}

TEST_CASE("TLS certificate: a new fingerprint is recorded, a known one is not recorded twice") {
    MemoryServer server;
    const RecordTlsCertificate command{ledger::default_suite().hash({})};
    CHECK(server.run(command).value().drafts.size() == 1);
    CHECK(server.run(command).value().drafts.empty());
    CHECK(server.run(RecordTlsCertificate{}).value().drafts.size() == 1);
}

TEST_CASE("erase: takes away a value that an event commits to, and repeats as a success") {
    MemoryServer server;
    ledger::Event event = server.events.back();
    event.commitments.push_back({ledger::AnnexField::device_name, {}});
    const std::vector<ledger::AnnexValue> present{annex_value(ledger::AnnexField::device_name, "PC")};
    const auto erase = prepare_erase(event, present, ledger::AnnexField::device_name, server.person).value();
    CHECK(server.run(erase).value().drafts.size() == 1);
    const auto again = prepare_erase(event, {}, ledger::AnnexField::device_name, server.person).value();
    CHECK(server.run(again).value().drafts.empty());
    CHECK(code_of(prepare_erase(event, present, ledger::AnnexField::device_address, server.person)) ==
          "annex-value-unknown");
    EraseAnnex beyond = erase;
    beyond.event = {1'000};
    CHECK(code_of(server.run(beyond)) == "event-unknown");
}

TEST_CASE("L11: people confirm time by the wall clock, and a wrong confirmation can be undone once") {
    MemoryServer server;
    CHECK(server.run(ConfirmTime{server.person}).value().drafts.empty());  // nothing is in doubt
    server.write({{}, ledger::TimePutInDoubt{}, {}});
    const ledger::Timestamp before = server.now;
    server.wall = server.now + ledger::day * 3'650;
    REQUIRE(server.run(ConfirmTime{server.person}));
    const auto confirmation = server.events.back().sequence_number;
    CHECK(server.moment().now == server.wall);
    CHECK(code_of(server.run(UndoTimeConfirmation{server.person, {0}})) == "confirmation-unknown");
    CHECK(server.run(UndoTimeConfirmation{server.person, confirmation}).value().drafts.size() == 1);
    CHECK(server.moment().judged == before);
    CHECK(server.run(UndoTimeConfirmation{server.person, confirmation}).value().drafts.empty());
}

TEST_CASE("start: each start is recorded with its version") {
    MemoryServer server;
    // An upgrade is one event, and a step back another; event 0 has the first version.
    CHECK(server.run(StartServer{"1.0"}).value().drafts.empty());
    CHECK(server.run(StartServer{"1.2.3"}).value().drafts.size() == 1);
    CHECK(std::get<ledger::ServerStarted>(server.events.back().body).software_version == "1.2.3");
    const auto recorded_by = server.events.back().sequence_number;
    const auto again = server.run(StartServer{"1.2.3"}).value();
    CHECK(again.drafts.empty());
    CHECK(again.rests_on == recorded_by);
    CHECK(server.run(StartServer{"1.0"}).value().drafts.size() == 1);
    CHECK(server.decider.state().identity().software().version == "1.0");
}

TEST_CASE("messages: every refusal has a sentence and a remedy in both languages, under a code of its own") {
    std::set<std::string_view> codes;
    for (const auto* category : {&api::commands::category(), &projections::category()}) {
        for (const ledger::Message& message : category->table()) {
            CAPTURE(message.code);
            CHECK(codes.insert(message.code).second);
            for (const auto language : {ledger::Language::english, ledger::Language::chinese}) {
                CHECK_FALSE(message.text(language).sentence.empty());
                CHECK_FALSE(message.text(language).remedy.empty());
            }
        }
    }
}
