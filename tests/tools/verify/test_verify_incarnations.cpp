// Ledgers that went on under another incarnation after a loss: sound ones are, and what a forger would write is found.

#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "projections/state/errc.hpp"
#include "tests/tools/verify/verify_fixture.hpp"

using namespace verify;

namespace {

constexpr std::uint64_t kept = 8;  // events: 3 and 5 seats

struct Made {
    Made() : maker(temporary.path() / "ledger", vendor, {.seats = 20}) {
        for (std::uint64_t device = 0; maker.size() < kept; ++device) maker.append(maker.activation(device));
    }
    /// What a server of ours would write.
    [[nodiscard]] ledger::IncarnationOpened opening(std::uint32_t incarnation = 2) {
        return maker.opening(incarnation, 100, 15, 5);
    }
    void append(ledger::EventBody body) {
        maker.append(ledger::EventDraft{
            {ledger::Actor::Kind::operator_, ledger::Actor::Authority::hsm_pin_and_typed_confirmation, {}},
            std::move(body),
            {}});
    }
    void open(ledger::IncarnationOpened opened, std::uint32_t as = 2) {
        maker.go_on_as(as);
        append(std::move(opened));
    }
    [[nodiscard]] LedgerReport audited(std::vector<Witness> witnesses = {}) const {
        return verify_ledger({.folder = maker.folder(),
                              .root = vendor.root(),
                              .signatures = HeadSignatures::every,
                              .witnesses = std::move(witnesses),
                              .threads = 2,
                              .progress = {}})
            .value();
    }
    void expect(std::error_code code, std::uint64_t number) const {
        const auto report = audited();
        INFO(told(report));
        const Finding* finding = find(report, code);
        REQUIRE(finding != nullptr);
        CHECK(finding->events == EventRange{{number}, {number}});
        CHECK(report.findings.total() == 1);
    }

    support::TemporaryFolder temporary;
    support::Vendor vendor;
    support::LedgerMaker maker;
};

}  // namespace

TEST_CASE("verify: a ledger that went on twice after a loss is sound, and the report says what it kept", "[L3][L4]") {
    Made made;
    made.open(made.opening());
    for (std::uint64_t device = 5; device < 9; ++device) made.maker.append(made.maker.activation(device));
    made.open(made.maker.opening(3, 200, 19, 9), 3);
    made.maker.append(made.maker.activation(9));
    const auto report = made.audited();
    INFO(told(report));
    CHECK(report.findings.empty());
    CHECK(report.seats == 10);
    CHECK(report.unclaimed == 10);
    REQUIRE(report.incarnations.size() == 2);
    CHECK(report.incarnations[0].kept().value == kept);
    CHECK(report.incarnations[0].known->head.size.value == 100);
    CHECK(report.incarnations[1].number == 3);

    // A reader sees where it stands, and where it began.
    CHECK(report.origin == report.server_id + "/1");
    CHECK(report.present_origin == report.server_id + "/3");
    ReportContext context{.path = "ledger", .seconds = 0, .language = ledger::Language::english};
    const std::string text = ledger_text(report, context);
    CHECK(text.find(report.server_id + "/3  (P256-SHA256)") < text.find(report.server_id + "/1\n"));
    CHECK(text.find("First origin") != std::string::npos);
    context.language = ledger::Language::chinese;
    CHECK(ledger_text(report, context).find("最初的标识") != std::string::npos);
    CHECK(ledger_json(report, context).find("\"present_origin\":\"" + report.present_origin) != std::string::npos);
}

TEST_CASE("verify: a ledger that never lost anything has one origin, and it is told once") {
    Made made;
    const auto report = made.audited();
    CHECK(report.present_origin == report.origin);
    const std::string text =
        ledger_text(report, {.path = "ledger", .seconds = 0, .language = ledger::Language::english});
    CHECK(text.find(report.origin) == text.rfind(report.origin));
    CHECK(text.find("First origin") == std::string::npos);
}

TEST_CASE("verify: unclaimed seats count, and the seat beyond them is found", "[L4]") {
    Made made;
    made.open(made.opening());  // 5 held, 10 unclaimed, of 20
    for (std::uint64_t device = 5; device < 10; ++device) made.maker.append(made.maker.activation(device));
    CHECK(made.audited().findings.empty());
    made.maker.append(made.maker.activation(10));
    made.expect(projections::errc::seat_beyond_quota, kept + 6);
}

TEST_CASE("verify: unclaimed seats that do not follow from the anchor are found", "[L4]") {
    Made made;
    auto opened = made.opening();
    SECTION("fewer") { opened.unclaimed[0].seats = 9; }
    SECTION("none") { opened.unclaimed.clear(); }
    SECTION("of another licence") { opened.unclaimed.push_back({"L-9", 1}); }
    SECTION("without any anchor: all that is left would be unclaimed") { opened.known_head.clear(); }
    made.open(opened);
    made.expect(projections::errc::unclaimed_seats_wrong, kept);
}

TEST_CASE("verify: an opening that does not follow from what lies before it is found where it is", "[L3]") {
    Made made;
    auto opened = made.opening();
    std::uint32_t as = 2;
    SECTION("its number is not its origin's") { opened.incarnation = 3; }
    SECTION("its number does not follow the anchor's") { opened.incarnation = as = 3; }
    SECTION("what was kept is of another size") {
        opened.kept_head = made.maker.sign_head({{kept - 1}, made.maker.tree_head().root});
    }
    SECTION("what was kept is another tree") { opened.kept_head = made.maker.sign_head({{kept}, {}}); }
    SECTION("what was kept is no checkpoint") { opened.kept_head = "kept\n"; }
    SECTION("what was kept is signed by somebody else") {
        auto stranger = ledger::PrivateKey::generate();
        const ledger::Checkpoint head{made.maker.origin(), made.maker.tree_head()};
        opened.kept_head =
            ledger::sign_note(ledger::default_suite(), head.body(), head.origin.text(), stranger).value();
    }
    SECTION("what was known is signed by somebody else") {
        auto stranger = ledger::PrivateKey::generate();
        auto anchor = made.maker.anchor({{100}, {}}, 15);
        anchor.keys[0].key = stranger.public_key().compressed();
        opened.known_head = ledger::as_text(ledger::sign_anchor(ledger::default_suite(), anchor, stranger).value());
    }
    made.open(opened, as);
    made.expect(ledger::errc::incarnation_wrong, kept);
}

TEST_CASE("verify: an opening that does not raise the number is found", "[L3]") {
    Made made;
    made.open(made.opening());
    made.open(made.maker.opening(2, 200, 15, 5));
    made.expect(ledger::errc::incarnation_wrong, kept + 1);
}

TEST_CASE("verify: events and heads of a closed origin after the hand-over are found", "[L3]") {
    Made made;
    made.open(made.opening());
    made.maker.append(made.maker.activation(5));
    made.maker.go_on_as(1);
    made.maker.append(made.maker.activation(6));
    made.maker.go_on_as(2);
    made.maker.append(made.maker.activation(7));
    const auto report = made.audited();
    INFO(told(report));
    const Finding* event = find(report, errc::origin_differs);
    REQUIRE(event != nullptr);
    CHECK(event->events == EventRange{{kept + 2}, {kept + 2}});
    const Finding* head = find(report, ledger::errc::wrong_origin);
    REQUIRE(head != nullptr);
    CHECK(head->events == EventRange{{kept + 2}, {kept + 2}});
    CHECK(report.findings.total() == 2);
}

TEST_CASE("verify: an origin that changes without an opening is found at every event", "[L3]") {
    Made made;
    made.maker.go_on_as(2);
    made.maker.append(made.maker.activation(5));
    made.maker.append(made.maker.activation(6));
    const auto report = made.audited();
    INFO(told(report));
    const Finding* finding = find(report, errc::origin_differs);
    REQUIRE(finding != nullptr);
    CHECK(finding->events == EventRange{{kept}, {kept + 1}});
}

TEST_CASE("verify: a witness of a closed incarnation is explained beyond what was kept, and not within it", "[L3]") {
    Made made;
    const std::string within = made.maker.sign_head({{kept - 2}, {}});
    const std::string beyond = made.maker.sign_head({{kept + 20}, {}});
    const std::string good = made.maker.last_head();
    made.open(made.opening());
    made.maker.append(made.maker.activation(5));
    auto report = made.audited({{"good", good}, {"beyond", beyond}});
    INFO(told(report));
    CHECK(report.findings.empty());
    CHECK(report.witnesses == 1);
    CHECK(report.witnesses_closed == 1);
    CHECK(find(made.audited({{"within", within}}), errc::witness_differs) != nullptr);
    const std::string ahead = made.maker.sign_head({{kept + 20}, {}});  // of the present one
    CHECK(find(made.audited({{"ahead", ahead}}), errc::witness_ahead) != nullptr);
}

TEST_CASE("verify: a forged adoption is found where it stands, and so is one without its proof", "[L4][L5]") {
    Made made;
    const std::string head = made.maker.last_head();  // genuine, and of a tree without the seat
    made.open(made.opening());
    ledger::Event forged;
    forged.sequence_number = {3};
    forged.origin = ledger::SignedCheckpoint::parse(head).value().checkpoint.origin.text();
    forged.body = made.maker.activation(50).body;
    const bool with_proof = GENERATE(true, false);
    if (with_proof) {
        made.append(ledger::AdoptionProven{{3}, ledger::encode_event(forged).value(), {}, head});
        made.expect(projections::errc::adoption_proof_wrong, kept + 1);
    } else {
        made.append(ledger::SeatAdopted{*forged.seat(), {3}});
        made.expect(projections::errc::adoption_without_proof, kept + 1);
    }
}
