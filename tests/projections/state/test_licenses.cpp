#include "ledger/license_file/license_file.hpp"
#include "tests/projections/memory_ledger.hpp"

using namespace projections;
using support::MemoryLedger;
using support::own_device;

namespace {

ledger::LicenseTerms until(std::string id, ledger::Timestamp end, std::uint64_t quantity = 10) {
    ledger::LicenseTerms terms = MemoryLedger::terms(std::move(id), quantity);
    terms.valid_to = end;
    return terms;
}

std::vector<std::string> order(const Licenses& licenses, std::string_view product) {
    std::vector<std::string> ids;
    for (const LicenseIndex index : licenses.of_product(licenses.find_product(product).value())) {
        ids.push_back(licenses.at(index).terms.license_id);
    }
    return ids;
}

const License& named(const MemoryLedger& book, std::string_view id) {
    return book.state.licenses().at(book.state.licenses().find(id).value());
}

void revoke(MemoryLedger& book, const ledger::Revocation& revocation) {
    auto& vendor = MemoryLedger::vendor();
    const auto bin = ledger::make_revocation(revocation, {vendor.issuer}, vendor.issuer_key).value();
    REQUIRE(book.append(ledger::RevocationImported{revocation.revocation_id, bin}).empty());
}

}  // namespace

TEST_CASE("licences: those of a product stack, the one that ends first before the others, ties by id") {
    MemoryLedger book;
    const auto later = book.now + ledger::day * 100;
    const auto soon = ledger::Timestamp{(book.now + ledger::day * 10).us / 1'000'000 * 1'000'000};
    book.import(until("C", ledger::no_end));
    book.import(until("B", {later.us / 1'000'000 * 1'000'000}));
    book.import(until("Z", soon));
    book.import(until("A", soon));
    ledger::LicenseTerms other = until("O", soon);
    other.product = "other";
    book.import(other);
    CHECK(order(book.state.licenses(), "vdi-desktop") == std::vector<std::string>{"A", "Z", "B", "C"});
    CHECK(order(book.state.licenses(), "other") == std::vector<std::string>{"O"});
    CHECK_FALSE(book.state.licenses().find_product("none"));
    const auto a = book.state.licenses().find("A").value();
    CHECK(book.state.licenses().valid_at(a, soon - ledger::microsecond));
    CHECK_FALSE(book.state.licenses().valid_at(a, soon));
    CHECK_FALSE(book.state.licenses().valid_at(a, support::license_made_at - ledger::microsecond));
}

TEST_CASE("licences: one that supersedes others answers for their seats, also over several steps") {
    MemoryLedger book;
    book.import(MemoryLedger::terms("A", 10));
    book.import(MemoryLedger::terms("B", 10));
    for (std::uint64_t i = 0; i < 3; ++i) book.append(ledger::SeatActivated{book.seat("A", own_device(i))});
    for (std::uint64_t i = 3; i < 5; ++i) book.append(ledger::SeatActivated{book.seat("B", own_device(i))});
    ledger::LicenseTerms newer = MemoryLedger::terms("C", 30);
    newer.supersedes = {"A"};
    book.import(newer);
    ledger::LicenseTerms newest = MemoryLedger::terms("D", 30);
    newest.supersedes = {"C", "B", "NEVER-SEEN"};
    book.import(newest);

    const auto& licenses = book.state.licenses();
    const auto d = licenses.find("D").value();
    CHECK(named(book, "A").status == LicenseStatus::superseded);
    CHECK(licenses.holder(licenses.find("A").value()) == d);
    CHECK(licenses.holder(licenses.find("B").value()) == d);
    CHECK(book.state.seats().used(d) == 5);
    CHECK(book.state.seats().used(licenses.find("C").value()) == 0);

    ledger::LicenseFacts facts;
    licenses.add_facts(facts);
    CHECK(facts.superseded.size() == 4);
    // Imported after it was superseded: dead on arrival, whoever wrote that log.
    book.import(MemoryLedger::terms("NEVER-SEEN", 10));
    CHECK(named(book, "NEVER-SEEN").status == LicenseStatus::superseded);
}

TEST_CASE("licences: two that name each other keep their own seats, and one of another product inherits none") {
    MemoryLedger book;
    ledger::LicenseTerms a = MemoryLedger::terms("A", 10);
    a.supersedes = {"B"};
    ledger::LicenseTerms b = MemoryLedger::terms("B", 10);
    b.supersedes = {"A"};
    book.import(a);
    book.append(ledger::SeatActivated{book.seat("A", own_device(1))});
    book.import(b);
    const auto& licenses = book.state.licenses();
    CHECK(licenses.holder(licenses.find("A").value()) == licenses.find("B").value());
    CHECK(licenses.holder(licenses.find("B").value()) == licenses.find("B").value());
    CHECK(book.state.seats().used(licenses.find("B").value()) == 1);

    ledger::LicenseTerms other = MemoryLedger::terms("O", 10);
    other.product = "other";
    other.supersedes = {"B"};
    book.import(other);
    CHECK(named(book, "B").status == LicenseStatus::superseded);
    CHECK(book.state.seats().used(licenses.find("O").value()) == 0);
    CHECK(book.state.seats().used(licenses.find("B").value()) == 1);
}

TEST_CASE("licences: a revocation ends licences that are here and those that never were, and bars certificates") {
    MemoryLedger book;
    book.import(MemoryLedger::terms("A", 10));
    const auto fingerprint = MemoryLedger::vendor().issuer.fingerprint();
    revoke(book, {"R1", support::license_made_at, std::nullopt, {"A", "GHOST"}, {fingerprint}, "sold twice"});
    CHECK(named(book, "A").status == LicenseStatus::revoked);
    CHECK(*book.state.licenses().revocation_of("GHOST") == "R1");
    CHECK(*book.state.licenses().revocation_of(fingerprint) == "R1");
    CHECK(book.state.licenses().revocation_of("B") == nullptr);
    CHECK(book.state.licenses().find_revocation("R1")->revocation.reason == "sold twice");
    book.import(MemoryLedger::terms("GHOST", 10));
    CHECK(named(book, "GHOST").status == LicenseStatus::revoked);
    CHECK_FALSE(book.state.licenses().valid_at(book.state.licenses().find("A").value(), book.now));
}

TEST_CASE("licences: bytes that are no licence are passed over, and judged") {
    MemoryLedger book;
    CHECK(book.append(ledger::LicenseImported{"A", {1, 2, 3}}) == support::Codes{"license-unreadable"});
    CHECK(book.append(ledger::RevocationImported{"R", {1, 2, 3}}) == support::Codes{"license-unreadable"});
    CHECK(book.state.licenses().size() == 0);
}
