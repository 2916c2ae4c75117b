#include "tests/api/commands/memory_server.hpp"

using namespace api::commands;
using support::code_of;
using support::MemoryLedger;
using support::MemoryServer;
using support::own_device;

namespace {

ledger::Bytes lic(const ledger::LicenseTerms& terms) {
    auto& vendor = MemoryLedger::vendor();
    return ledger::make_license(terms, {vendor.issuer}, vendor.issuer_key).value();
}

ImportRevocation revocation(const MemoryServer& server, const ledger::Revocation& content) {
    auto& vendor = MemoryLedger::vendor();
    const auto rev = ledger::make_revocation(content, {vendor.issuer}, vendor.issuer_key).value();
    return prepare_revocation(rev, server.preparation(), server.person).value();
}

}  // namespace

TEST_CASE("import: the first licence also certifies the server; the same licence again changes nothing") {
    MemoryServer server;
    const auto terms = MemoryLedger::terms("L", 10);
    const auto first = prepare_license(lic(terms), server.preparation(), server.person).value();
    CHECK(server.run(first).value().drafts.size() == 2);
    CHECK(server.events.size() == 3);
    CHECK(server.decider.state().identity().certificates().size() == 1);
    const auto imported = server.events.back().sequence_number;

    // Signed anew: other bytes, the same terms.
    const auto again = server.run(prepare_license(lic(terms), server.preparation(), server.person).value()).value();
    CHECK(again.drafts.empty());
    CHECK(again.rests_on == imported);
    CHECK(server.import(MemoryLedger::terms("M", 10)).value().drafts.size() == 1);
}

TEST_CASE("import: the same licence again succeeds also after it has ended; there is no import window") {
    MemoryServer server;
    ledger::LicenseTerms terms = MemoryLedger::terms("L", 10);
    terms.valid_to = terms.valid_from + ledger::day * 10;
    REQUIRE(server.import(terms));
    server.now = server.now + ledger::day * 100;
    CHECK(server.import(terms).value().drafts.empty());
    terms.license_id = "M";
    CHECK(code_of(server.import(terms)) == "license-expired");
    server.write({{}, ledger::TimePutInDoubt{}, {}});
    CHECK(server.import(terms));  // L11: no refusal for a date
}

TEST_CASE("import: another licence under a used id is a conflict") {
    MemoryServer server;
    REQUIRE(server.import(MemoryLedger::terms("L", 10)));
    CHECK(code_of(server.import(MemoryLedger::terms("L", 11))) == "license-id-conflict");
}

TEST_CASE("import: what is superseded or revoked here is refused, also when it was here before") {
    MemoryServer server;
    REQUIRE(server.import(MemoryLedger::terms("A", 10)));
    ledger::LicenseTerms newer = MemoryLedger::terms("B", 10);
    newer.supersedes = {"A", "NEVER-SEEN"};
    REQUIRE(server.import(newer));
    CHECK(code_of(server.import(MemoryLedger::terms("A", 10))) == "license-superseded");
    CHECK(code_of(server.import(MemoryLedger::terms("NEVER-SEEN", 10))) == "license-superseded");
    REQUIRE(server.run(revocation(server, {"R", support::license_made_at, std::nullopt, {"B", "C"}, {}, ""})));
    CHECK(code_of(server.import(newer)) == "license-revoked");
    CHECK(code_of(server.import(MemoryLedger::terms("C", 10))) == "license-revoked");
    server.open_enrolment();
    CHECK(code_of(server.activate(own_device(1))) == "no-valid-license");
}

TEST_CASE("import: a revoked issuer's licences are refused from then on, and those that are here stay") {
    MemoryServer server;
    REQUIRE(server.import(MemoryLedger::terms("A", 10)));
    const auto fingerprint = MemoryLedger::vendor().issuer.fingerprint();
    REQUIRE(server.run(revocation(server, {"R", support::license_made_at, std::nullopt, {}, {fingerprint}, ""})));
    CHECK(code_of(server.import(MemoryLedger::terms("B", 10))) == "license-certificate-revoked");
    server.open_enrolment();
    CHECK(server.activate(own_device(1)));
}

TEST_CASE("import: more licences than the anchor can keep are refused before anything is written") {
    MemoryServer server;
    // What counts is the number; folding them is quicker than signing so many.
    const auto bin = MemoryLedger::license(MemoryLedger::terms("L", 1)).license_bin;
    for (int i = 0; i < 96; ++i) {
        const std::string id = "L" + std::to_string(i);
        server.write(
            {{}, ledger::LicenseImported{id, MemoryLedger::license(MemoryLedger::terms(id, 1)).license_bin}, {}});
    }
    CHECK(code_of(server.import(MemoryLedger::terms("ONE-MORE", 1))) == "licenses-too-many");
    CHECK(server.import(MemoryLedger::terms("L7", 1)).value().drafts.empty());
}

TEST_CASE("import: the same revocation again changes nothing; another under its id is a conflict") {
    MemoryServer server;
    const ledger::Revocation content{"R", support::license_made_at, MemoryLedger::customer().server_id, {"B"}, {}, ""};
    CHECK(server.run(revocation(server, content)).value().drafts.size() == 1);
    CHECK(server.run(revocation(server, content)).value().drafts.empty());
    ledger::Revocation other = content;
    other.license_ids = {"C"};
    CHECK(code_of(server.run(revocation(server, other))) == "revocation-id-conflict");
    other.revocation_id = "S";
    other.server_id = std::string(32, 'a');
    CHECK(code_of(server.run(revocation(server, other))) == "revocation-other-server");
}

TEST_CASE("queries: licences, keys, seats and summary say what is so") {
    MemoryServer server;
    server.open_enrolment();
    ledger::LicenseTerms terms = MemoryLedger::terms("A", 10);
    terms.lease = MemoryLedger::leased(30, 20, 5);
    REQUIRE(server.import(terms));
    for (std::uint64_t i = 0; i < 7; ++i) REQUIRE(server.activate(own_device(i)));
    ledger::LicenseTerms newer = MemoryLedger::terms("B", 20);
    newer.supersedes = {"A"};
    REQUIRE(server.import(newer));
    const auto made = prepare_access_key(KeyUse::enrolment, ledger::default_suite(), server.person, "pool", {}).value();
    REQUIRE(server.run(made.command));

    const ledger::Moment moment = server.moment();
    const Context context = server.decider.context(moment);
    const auto licenses = list_licenses(context);
    REQUIRE(licenses.size() == 2);
    CHECK(licenses[0].superseded_by == "B");
    CHECK(licenses[0].used == 0);
    CHECK_FALSE(licenses[0].valid_now);
    CHECK(licenses[1].used == 7);
    CHECK(licenses[1].next_seat_free_at == server.now + ledger::day * 35);
    REQUIRE(list_access_keys(KeyUse::enrolment, context).size() == 1);
    CHECK(list_access_keys(KeyUse::enrolment, context)[0].usable);

    std::size_t seen = 0;
    std::optional<std::uint32_t> cursor = 0;
    while (cursor) {
        const SeatPage page = list_seats(context, *cursor, 3);
        CHECK(page.seats.size() <= 3);
        seen += page.seats.size();
        cursor = page.next;
    }
    CHECK(seen == 7);
    const StateSummary summary = summarise(context);
    CHECK(summary.seats_held == 7);
    CHECK(summary.seats_granted == 20);
    CHECK(summary.open_enrolment);
    CHECK(summary.events.value == server.events.size());
}
