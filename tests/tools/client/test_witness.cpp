// What a desktop makes of a server that lost events: believed if its ledger says so, evidence if it does not.

#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"
#include "tools/client/witness.hpp"

using namespace client;
using Kind = WitnessVerdict::Kind;
using ledger::IncarnationOpened;

namespace {

constexpr std::uint64_t kept = 4;

/// Four events as incarnation 1, then the next one.
struct Fixture {
    Fixture() {
        ledger.grow(kept);
        opened.incarnation = 2;
        opened.kept_head = ledger.checkpoint();
        within = ledger.checkpoint();
        lost = head_of(10);
    }
    /// A head of incarnation 1 that the ledger does not have.
    std::string head_of(std::uint64_t size) {
        const ledger::Checkpoint head{{ledger.origin.server_id, 1}, {{size}, {}}};
        return ledger::sign_note(ledger.suite, head.body(), head.origin.text(), ledger.server_key).value();
    }
    void open() {
        ledger.origin.incarnation = opened.incarnation;
        event = ledger.append(opened);
        ledger.grow(2);
    }
    Consistency answer(std::uint64_t from) {
        return {{from}, ledger.size(), ledger.checkpoint(), ledger.consistency({from}), {}, {}};
    }
    Consistency closed() {
        Consistency found = answer(kept);
        found.closed_by = ledger.file(event).text();
        return found;
    }
    WitnessVerdict judge(const std::string& remembered, const Consistency& given) {
        return judge_consistency(remembered, given, ledger.origin.server_id, ledger.server_key.public_key(),
                                 ledger.root)
            .value();
    }

    ledger::SampleLedger ledger{1};
    IncarnationOpened opened;
    ledger::SequenceNumber event;
    std::string within;
    std::string lost;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "client: a head that was kept goes on into the next incarnation without a word") {
    open();
    const auto verdict = judge(within, answer(kept));
    CHECK(verdict.kind == Kind::advanced);
    CHECK_FALSE(verdict.notice);
}

TEST_CASE_METHOD(Fixture,
                 "client: a head beyond what was kept is let go of for the proof that its incarnation was closed") {
    open();
    const auto verdict = judge(lost, closed());
    CHECK(verdict.kind == Kind::advanced);
    REQUIRE(verdict.notice);
    CHECK(verdict.notice->stable_code() == "incarnation-closed");
    CHECK(verdict.notice->sentence(ledger::Language::english).find("kept 4") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "client: without a proof that fits, what the server lost is evidence against it", "[L3]") {
    std::string remembered = lost;
    SECTION("no proof") {
        open();
        CHECK(judge(remembered, answer(kept)).kind == Kind::contradiction);
        return;
    }
    SECTION("a proof of another event") {
        open();
        event = {0};
    }
    SECTION("an incarnation that was opened before") {
        open();
        remembered = head_of(3);  // within what was kept: it must be there
    }
    SECTION("what was kept is not what the event stands on") {
        opened.kept_head = head_of(3);
        open();
    }
    SECTION("signed by another vendor's server") {
        open();
        ledger::SampleLedger stranger(2);
        stranger.grow(kept);
        stranger.origin.incarnation = 2;
        const auto there = stranger.append(opened);
        Consistency given = answer(kept);
        given.closed_by = stranger.file(there).text();
        CHECK(judge(remembered, given).kind == Kind::contradiction);
        return;
    }
    SECTION("the newest tree does not continue what was kept") {
        open();
        Consistency given = closed();
        given.proof[0] = {};
        CHECK(judge(remembered, given).kind == Kind::contradiction);
        return;
    }
    CHECK(judge(remembered, closed()).kind == Kind::contradiction);
}

TEST_CASE_METHOD(Fixture, "client: an incarnation that is over is not gone back to", "[L3]") {
    open();
    const std::string newest = ledger.checkpoint();
    ledger.grow(1);
    ledger.origin.incarnation = 1;
    CHECK(judge(newest, answer(kept + 3)).kind == Kind::contradiction);
}

TEST_CASE_METHOD(Fixture, "client: a file of a later incarnation asks for a proof, however small its tree is") {
    open();
    CHECK(judge_lone_head(lost, ledger.checkpoint()).value().kind == Kind::unproven);
    CHECK(judge_lone_head(ledger.checkpoint(), within).value().kind == Kind::unchanged);
}

TEST_CASE_METHOD(Fixture, "client: a head that another key signed needs the vendor's certificate over that key",
                 "[L7]") {
    auto old_key = ledger::PrivateKey::generate();
    std::swap(old_key, ledger.server_key);  // from now on the new one signs
    ledger.grow(1);
    const std::string& server_id = ledger.origin.server_id;
    const auto certified = [&](const ledger::PublicKey& key, std::string_view id) {
        return ledger::issue_server_certificate(ledger.root, ledger.root_key, key, std::string(id)).der();
    };
    const auto judged = [&](const Consistency& given) {
        return judge_consistency(within, given, server_id, old_key.public_key(), ledger.root);
    };
    Consistency given = answer(kept);
    CHECK(judged(given).error().code == ledger::errc::unknown_key);
    given.certificates = {certified(ledger.server_key.public_key(), server_id)};
    const auto verdict = judged(given);
    REQUIRE(verdict);
    CHECK(verdict->kind == Kind::advanced);

    given.certificates = {certified(ledger.server_key.public_key(), std::string(32, 'a'))};
    CHECK(judged(given).error().code == ledger::errc::wrong_origin);
    given.certificates = {certified(old_key.public_key(), server_id)};
    CHECK(judged(given).error().code == ledger::errc::unknown_key);
    ledger::SampleLedger stranger(2);
    given.certificates = {
        ledger::issue_server_certificate(stranger.root, stranger.root_key, ledger.server_key.public_key(), server_id)
            .der()};
    CHECK(judged(given).error().code == ledger::errc::certificate_untrusted);
    given.certificates = {
        ledger::issue_purpose_certificate(ledger.root, ledger.root_key, ledger::Purpose::license_issuer,
                                          ledger.server_key.public_key(), "no server", {ledger.root.not_before()})
            .der()};
    CHECK(judged(given).error().code == ledger::errc::certificate_wrong_purpose);
    given.certificates = {{1, 2, 3}};
    CHECK(judged(given).error().code == ledger::errc::certificate_malformed);
}
