// What a server of ours would never have written, signed all the same: certificates, licences and the rules of the
// seat book.

#include <thread>

#include "ledger/core/errc.hpp"
#include "ledger/license_file/errc.hpp"
#include "projections/state/errc.hpp"
#include "tests/tools/verify/verify_fixture.hpp"

using namespace verify;
using support::LedgerMaker;
using support::Vendor;

namespace {

struct Made {
    explicit Made(support::LedgerOptions options = {}) : maker(temporary.path() / "ledger", vendor, options) {}
    support::TemporaryFolder temporary;
    Vendor vendor;
    LedgerMaker maker;

    [[nodiscard]] LedgerReport audited() const { return audit_under(vendor.root(), maker.folder()); }
};

ledger::EventDraft by_operator(ledger::EventBody body) {
    return {{ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}}, std::move(body), {}};
}

void expect(const LedgerReport& report, std::error_code code, std::uint64_t number, terminal::Exit exit) {
    INFO(told(report));
    const Finding* finding = find(report, code);
    REQUIRE(finding != nullptr);
    CHECK(finding->events == EventRange{{number}, {number}});
    CHECK(exit_of(report.findings) == exit);
}

}  // namespace

TEST_CASE("verify: another root certificate than the pinned one is found") {
    const Made made;
    const Vendor stranger;
    const auto report = audit_under(stranger.root(), made.maker.folder());
    expect(report, errc::root_differs, 0, terminal::Exit::audit_certificate);
    CHECK(find(report, errc::server_not_certified) != nullptr);
}

TEST_CASE("verify: a ledger that no vendor has certified is not taken for good") {
    const Made made({.with_license = false});
    const auto report = made.audited();
    CHECK(find(report, errc::server_not_certified) != nullptr);
    CHECK(exit_of(report.findings) == terminal::Exit::audit_certificate);
}

TEST_CASE("verify: server certificates of strangers, for other servers and over other keys are found") {
    Made made;
    const Vendor stranger;
    const auto other_key = ledger::PrivateKey::generate();
    const std::string id = made.maker.origin().server_id;
    const std::string other_id = ledger::derive_server_id(ledger::default_suite(), other_key.public_key());
    const auto& key = made.maker.server_key().public_key();
    made.maker.append(by_operator(ledger::ServerCertified{{stranger.certify_server(key, id).der()}}));
    made.maker.append(by_operator(ledger::ServerCertified{{made.vendor.certify_server(key, other_id).der()}}));
    made.maker.append(
        by_operator(ledger::ServerCertified{{made.vendor.certify_server(other_key.public_key(), id).der()}}));
    const auto report = made.audited();
    expect(report, ledger::errc::certificate_untrusted, 3, terminal::Exit::audit_certificate);
    expect(report, errc::server_id_differs, 4, terminal::Exit::audit_certificate);
    expect(report, errc::server_key_differs, 5, terminal::Exit::audit_certificate);
}

TEST_CASE("verify: a licence that the server's own key signed is found") {
    Made made;
    const auto forged = Vendor::license_bin_of(made.maker.terms("L-2", 9'999), made.maker.server_certificate(),
                                               made.maker.server_key());
    made.maker.append(by_operator(ledger::LicenseImported{"L-2", forged}));
    expect(made.audited(), ledger::license_file::errc::license_issuer_wrong_purpose, 3, terminal::Exit::audit_license);
}

TEST_CASE("verify: a licence of another vendor, or for another server, is found") {
    Made made;
    Vendor stranger;
    made.maker.append(by_operator(ledger::LicenseImported{"L-2", stranger.license_bin(made.maker.terms("L-2", 10))}));
    expect(made.audited(), ledger::license_file::errc::license_issuer_unknown, 3, terminal::Exit::audit_license);
}

TEST_CASE("verify: a seat beyond the licence's quantity is found", "[L4]") {
    Made made({.seats = 3});
    for (std::uint64_t device = 0; device < 3; ++device) made.maker.append(made.maker.activation(device));
    CHECK(made.audited().findings.empty());
    made.maker.append(made.maker.activation(3));
    expect(made.audited(), projections::errc::seat_beyond_quota, 6, terminal::Exit::audit_rule);
}

TEST_CASE("verify: a second seat of one device is found", "[L5]") {
    Made made;
    made.maker.append(made.maker.activation(0));
    auto again = made.maker.activation(0);
    std::get<ledger::SeatActivated>(again.body).activation_id = LedgerMaker::activation_id(1);
    made.maker.append(again);
    expect(made.audited(), projections::errc::seat_twice, 4, terminal::Exit::audit_rule);
}

TEST_CASE("verify: time that goes back is found", "[L11]") {
    Made made;
    const std::vector<ledger::EventDraft> first{made.maker.activation(0)};
    const std::vector<ledger::EventDraft> second{made.maker.activation(1)};
    made.maker.append(first);
    made.maker.append_at(second, Vendor::began);
    expect(made.audited(), projections::errc::time_went_back, 4, terminal::Exit::audit_rule);
}

TEST_CASE("verify: a lease that is not the licence's, and one that ends too early, are found", "[L4]") {
    Made made({.lease = {.perpetual = false, .days = 30, .renew_after_days = 20, .grace_days = 5}});
    made.maker.append(made.maker.activation(0));
    CHECK(made.audited().findings.empty());
    made.maker.append(by_operator(ledger::SeatExpired{LedgerMaker::activation_id(0)}));
    expect(made.audited(), projections::errc::expired_too_early, 4, terminal::Exit::audit_rule);
}

TEST_CASE("verify: an erased annex value may be missing, and must be") {
    Made made;
    made.maker.append(made.maker.activation(0));
    made.maker.append(by_operator(ledger::AnnexErased{{3}, ledger::AnnexField::device_name}));
    auto report = made.audited();
    INFO(told(report));
    CHECK(report.findings.empty());
    CHECK(report.erased == 1);
    made.maker.close();
    support::LogTampering(made.maker.folder())
        .put(ledger::LogDatabase::annex, 3, ledger::encode_annex(made.maker.activation(0).annex));
    expect(made.audited(), errc::annex_not_erased, 3, terminal::Exit::audit_annex);
}

TEST_CASE("verify: a ledger verifies while its server writes to it", "[L1]") {
    Made made({.seats = 10'000});
    std::jthread writer([&](const std::stop_token& stop) {
        for (std::uint64_t device = 0; !stop.stop_requested() && device < 5'000; device += 10) {
            std::vector<ledger::EventDraft> group;
            for (std::uint64_t i = 0; i < 10; ++i) group.push_back(made.maker.activation(device + i));
            made.maker.append(group);
        }
    });
    std::uint64_t last_size = 0;
    for (int i = 0; i < 10; ++i) {
        const auto report = made.audited();
        INFO(told(report));
        REQUIRE(report.findings.empty());
        CHECK(report.size >= last_size);
        last_size = report.size;
    }
}

namespace {

/// A seat kept for device `n`, as a server of ours would write it.
ledger::EventDraft kept_for(const LedgerMaker& maker, std::uint64_t n) {
    const auto like = std::get<ledger::SeatActivated>(maker.activation(n).body);
    ledger::LegacySeatReserved reserved{like.activation_id, like.license_id, like.product, like.components, {}, {}, {}};
    reserved.record = ledger::default_suite().hash(ledger::as_bytes(std::to_string(n)));
    return {{ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}},
            std::move(reserved),
            {}};
}

}  // namespace

TEST_CASE("verify: seats kept for the previous product's desktops and claimed by them are sound, and counted", "[L4]") {
    Made made({.seats = 3});
    for (std::uint64_t n = 0; n < 3; ++n) made.maker.append(kept_for(made.maker, n));
    made.maker.append(made.maker.activation(1));
    const auto report = made.audited();
    INFO(told(report));
    CHECK(report.findings.empty());
    CHECK(report.seats == 1);
    CHECK(report.kept == 2);
}

TEST_CASE("verify: a seat kept beyond the quota, and one claimed by another device, are found where they are", "[L4]") {
    SECTION("beyond the quota") {
        Made made({.seats = 2});
        for (std::uint64_t n = 0; n < 3; ++n) made.maker.append(kept_for(made.maker, n));
        expect(made.audited(), projections::errc::seat_beyond_quota, 5, terminal::Exit::audit_rule);
    }
    SECTION("by another device") {
        Made made({.seats = 5});
        made.maker.append(kept_for(made.maker, 0));
        ledger::EventDraft claim = made.maker.activation(9);
        std::get<ledger::SeatActivated>(claim.body).activation_id = LedgerMaker::activation_id(0);
        made.maker.append(claim);
        expect(made.audited(), projections::errc::legacy_claim_wrong, 4, terminal::Exit::audit_rule);
    }
    SECTION("passed over") {
        Made made({.seats = 5});
        made.maker.append(kept_for(made.maker, 0));
        ledger::EventDraft other = made.maker.activation(0);
        std::get<ledger::SeatActivated>(other.body).activation_id = LedgerMaker::activation_id(77);
        made.maker.append(other);
        expect(made.audited(), projections::errc::legacy_seat_passed_over, 4, terminal::Exit::audit_rule);
    }
}
