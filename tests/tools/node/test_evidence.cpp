// What clients have shown, for whoever decides how a ledger goes on: also what a key signed that the log does not know.

#include "tests/support/result_text.hpp"
#include "tests/support/set_back_ledger.hpp"
#include "tools/node/evidence.hpp"

namespace {

struct Shown : support::SetBackLedger {
    /// @param chain  none: nothing is kept beside it.
    void keep(const std::string& name, const std::string& note, const std::vector<ledger::Bytes>& certificates = {}) {
        std::filesystem::create_directories(evidence());
        folder.write("evidence/" + name + ".note", note);
        if (!certificates.empty()) folder.write("evidence/" + name + ".pem", ledger::chain_pem(certificates));
    }
    [[nodiscard]] std::filesystem::path evidence() const { return folder.path() / "evidence"; }
    [[nodiscard]] node::ShownHeads found(const ledger::PublicKey* expected = nullptr) {
        maker.close();
        const auto log = ledger::open_log_reader(maker.folder()).value();
        auto facts = node::read_facts(*log).value();
        facts.retired = retired;
        ledger::Incarnations incarnations;
        for (std::uint64_t i = 0; i < log->size().value().value; ++i) {
            incarnations.apply(ledger::decode_event(log->event({i}).value()).value());
        }
        return node::newest_evidence(evidence(), *log, facts, incarnations, expected).value();
    }
    ledger::RetiredKeys retired;
};

}  // namespace

TEST_CASE_METHOD(Shown, "evidence: a head that the log has, or that is none of ours, proves nothing") {
    CHECK(found().note.empty());  // there is no folder
    keep("a", before);
    keep("b", "no note");
    keep("c", shown);  // nobody says whose key that is
    keep("d", shown, {vendor.certify_server(next_key.public_key(), std::string(32, 'a')).der()});
    keep("e", shown, {support::Vendor().certify_server(next_key.public_key(), maker.origin().server_id).der()});
    folder.write("evidence/f.note.new", head_of(maker.server_key(), 1, 500));
    const auto none = found();
    CHECK(none.note.empty());
    CHECK_FALSE(none.of_later_key);
    CHECK(node::check_no_later_key(none));
}

TEST_CASE_METHOD(Shown, "evidence: the greatest head is found for keys of the log and for later ones apart", "[L8]") {
    const std::string lost = head_of(maker.server_key(), 1, 900);
    keep("a", head_of(maker.server_key(), 1, 500));
    keep("b", lost);
    keep("c", head_of(next_key, 2, 5), chain);
    keep("d", shown, chain);
    keep("e", head_of(maker.server_key(), 3, 2));  // a recovery of the same copy on another machine: greater than all
    const auto both = found();
    CHECK(ledger::SignedCheckpoint::parse(both.note)->checkpoint.origin.incarnation == 3);
    REQUIRE(both.of_later_key);
    CHECK(*both.of_later_key == ledger::SignedCheckpoint::parse(shown)->checkpoint);
    const auto refused = node::check_no_later_key(both);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().stable_code() == "hand-over-missing");
    CHECK(refused.error().sentence(ledger::Language::english).find(maker.origin().server_id + "/2 with at least 11") !=
          std::string::npos);

    // For a hand-over to that very key it is a key like the log's own.
    std::filesystem::remove(evidence() / "e.note");
    const auto expected = found(&next_key.public_key());
    CHECK(expected.note == shown);
    CHECK_FALSE(expected.of_later_key);
}

TEST_CASE_METHOD(Shown, "evidence: what an incarnation that was opened since explains is none", "[L8]") {
    keep("a", shown, chain);
    auto third = ledger::PrivateKey::generate();
    maker.set_back(folder.path() / "old");
    auto opened = maker.hand_over(1002, maker.reendorsement(third.public_key(), vendor), vendor);
    opened.known_head = maker.last_head();
    append(std::move(opened), std::move(third));
    const auto none = found();
    CHECK(none.note.empty());
    CHECK_FALSE(none.of_later_key);
}

TEST_CASE_METHOD(Shown, "evidence: heads of retired keys are none", "[L8]") {
    keep("a", shown, chain);
    REQUIRE(found().of_later_key);
    SECTION("given up") { retired.given_up = {ledger::default_suite().hash(next_key.public_key().spki())}; }
    SECTION("revoked") { retired.revoked_certificates = {ledger::Certificate::from_der(chain.front())->fingerprint()}; }
    CHECK_FALSE(found().of_later_key);
    CHECK(found().note.empty());
}
