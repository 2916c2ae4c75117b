// What a server makes of heads that clients show: part of its history, of an incarnation that was closed, or evidence,
// also where it does not know the key that signed them.

#include "api/errc.hpp"
#include "api/witness.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/certificate_issue.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/set_back_ledger.hpp"

namespace fs = std::filesystem;
using api::Witness;
using Chain = std::vector<ledger::Bytes>;

namespace {

/// A server over a ledger that was set back to before its key was rotated.
struct Server : support::SetBackLedger {
    Server() { start(); }
    /// As at the start of a program.
    void start() {
        witness.reset();
        log.reset();
        maker.close();
        log = ledger::open_log_reader(maker.folder()).value();
        ledger::KeyEpochs keys;
        ledger::Incarnations incarnations;
        for (std::uint64_t i = 0; i < log->size().value().value; ++i) {
            const auto event = ledger::decode_event(log->event({i}).value()).value();
            keys.apply(event);
            incarnations.apply(event);
        }
        witness = std::make_unique<Witness>(Witness::Parts{.suite = ledger::default_suite(),
                                                           .log = *log,
                                                           .origin = maker.origin(),
                                                           .incarnations = incarnations,
                                                           .keys = keys,
                                                           .root = vendor.root(),
                                                           .retired = retired,
                                                           .clock = clock,
                                                           .evidence_folder = evidence()});
    }
    [[nodiscard]] fs::path evidence() const { return folder.path() / "evidence"; }
    [[nodiscard]] std::size_t files(std::string_view ending) const {
        if (!fs::exists(evidence())) return 0;
        return static_cast<std::size_t>(std::ranges::count_if(
            fs::directory_iterator(evidence()), [&](const auto& entry) { return entry.path().extension() == ending; }));
    }
    [[nodiscard]] std::string code_of(const std::string& note, const Chain& certificates) const {
        const auto known = witness->check(note, certificates);
        return known ? "" : std::string(known.error().stable_code());
    }

    ledger::RetiredKeys retired;
    support::ManualClock clock{support::Vendor::began};
    std::unique_ptr<ledger::LogReader> log;
    std::unique_ptr<Witness> witness;
};

}  // namespace

TEST_CASE_METHOD(Server, "witness: a head of the log is known, whatever stands beside it", "[L8]") {
    CHECK(witness->check(before, {})->size.value == kept);
    CHECK(witness->check(newest, Chain{{0x30}})->size.value == kept + 1);
    CHECK_FALSE(witness->alarmed());
}

TEST_CASE_METHOD(Server, "witness: a head by a later key of the server's is evidence, also after a restart", "[L8]") {
    CHECK(code_of(shown, {}) == "key-unknown");
    CHECK_FALSE(witness->alarmed());
    CHECK(files(".note") == 0);

    CHECK(code_of(shown, chain) == "checkpoint-unknown");
    CHECK(witness->alarmed());
    REQUIRE(files(".note") == 1);
    REQUIRE(files(".pem") == 1);
    const fs::path note = witness->alarm()->evidence;
    CHECK(folder.read("evidence/" + note.filename().string()) == shown);
    CHECK(folder.read("evidence/" + note.stem().string() + ".pem") == ledger::chain_pem(chain));

    start();
    CHECK(witness->alarmed());
    CHECK(witness->alarm()->size.value == kept + 3);
    CHECK(files(".note") == 1);
    SECTION("without the certificates the note proves nothing") {
        fs::remove(evidence() / (note.stem().string() + ".pem"));
        start();
        CHECK_FALSE(witness->alarmed());
        CHECK(code_of(shown, chain) == "checkpoint-unknown");
        CHECK(files(".pem") == 1);
        start();
        CHECK(witness->alarmed());
    }
    SECTION("the newer ledger, brought back, has that head") {
        maker.set_back(folder.path() / "newer");
        maker.go_on_as(2);
        start();
        CHECK_FALSE(witness->alarmed());
        CHECK(witness->check(shown, {})->size.value == kept + 3);
        CHECK(files(".note") == 1);  // it stays, and says nothing any more
    }
    SECTION("a writer that was stopped leaves what is not read") {
        fs::rename(note, evidence() / (note.filename().string() + ".new"));
        start();
        CHECK_FALSE(witness->alarmed());
        CHECK(code_of(shown, chain) == "checkpoint-unknown");
        CHECK(files(".note") == 1);
        CHECK(files(".new") == 0);
    }
}

TEST_CASE_METHOD(Server, "witness: certificates that do not say it raise no alarm, and say why", "[L10]") {
    const support::Vendor stranger;
    const auto& next = next_key.public_key();
    CHECK(code_of(shown, {stranger.certify_server(next, maker.origin().server_id).der()}) == "certificate-untrusted");
    CHECK(code_of(shown, {vendor.certify_server(next, std::string(32, 'a')).der()}) == "origin-wrong");
    CHECK(code_of(shown, {vendor.root().der()}) == "certificate-untrusted");
    CHECK(code_of(shown, {chain[0], chain[0]}) == "certificate-untrusted");
    CHECK(code_of(shown, Chain(5, chain[0])) == "certificate-untrusted");
    CHECK(code_of(shown, {{0x30, 0x00}}) == "certificate-malformed");
    const auto other = ledger::PrivateKey::generate();
    CHECK(code_of(shown, {vendor.certify_server(other.public_key(), maker.origin().server_id).der()}) == "key-unknown");
    std::string forged = shown;
    forged.replace(forged.find("/2\n") + 3, 2, "99");
    CHECK(code_of(forged, chain) == "signature-bad");
    // The server's certificates over its own key say nothing new: that key cannot sign what a later one has to.
    CHECK(code_of(head_of(maker.server_key(), 2, 50), {maker.server_certificate().der()}) == "checkpoint-unknown");
    CHECK(files(".pem") == 0);
    fs::remove_all(evidence());
    start();
    CHECK_FALSE(witness->alarmed());
}

TEST_CASE_METHOD(Server, "witness: a certificate for another purpose is none of a server's", "[L10]") {
    const auto root_key = ledger::PrivateKey::generate();
    const auto root = ledger::make_root_certificate(root_key, "Test Root", {support::Vendor::began});
    const auto issuer = ledger::issue_purpose_certificate(root, root_key, ledger::Purpose::license_issuer,
                                                          next_key.public_key(), "Issuer", {support::Vendor::began});
    const auto key = ledger::certified_key(ledger::default_suite(), Chain{issuer.der()}, root, "a");
    CHECK(key.error().stable_code() == "certificate-wrong-purpose");
    CHECK_FALSE(ledger::certified_key(ledger::default_suite(), {}, root, "a"));
}

TEST_CASE_METHOD(Server, "witness: a key that was replaced raises no alarm by its certificate", "[L8]") {
    // The ledger as it goes on: its first key, which may have been stolen since, signs under the next origin.
    maker.set_back(folder.path() / "old");
    auto opened = maker.rotation(2, next_key.public_key(), vendor);
    const Chain first{maker.server_certificate().der()};
    const std::string stolen = head_of(maker.server_key(), 3, 900);
    append(std::move(opened), std::move(next_key));
    start();
    CHECK(code_of(stolen, first) == "key-unknown");
    CHECK_FALSE(witness->alarmed());
}

TEST_CASE_METHOD(Server, "witness: a head by a later key is let go of once its incarnation is closed", "[L8]") {
    CHECK(code_of(shown, chain) == "checkpoint-unknown");
    // Nobody had the newer ledger: a third key goes on from what is there, and leaves room for the numbers of the
    // second.
    maker.set_back(folder.path() / "old");
    auto third = ledger::PrivateKey::generate();
    auto opened = maker.hand_over(1002, maker.reendorsement(third.public_key(), vendor), vendor);
    opened.known_head = maker.last_head();
    append(std::move(opened), std::move(third));
    start();
    CHECK_FALSE(witness->alarmed());
    const auto known = witness->check(shown, chain);
    REQUIRE(known);
    REQUIRE(known->closed);
    CHECK(known->closed->incarnation == 2);
    CHECK(known->size.value == kept + 1);
    CHECK(code_of(shown, {}) == "key-unknown");
    // Also where that key is known to be of the past.
    retired.given_up = {ledger::default_suite().hash(next_key.public_key().spki())};
    start();
    CHECK(witness->check(shown, chain)->closed);
    CHECK(code_of(head_of(next_key, 1003, 900), chain) == "key-unknown");
    CHECK_FALSE(witness->alarmed());
}

TEST_CASE_METHOD(Server,
                 "witness: evidence of either sort is kept up to a limit, and one sort leaves room for the other",
                 "[L10]") {
    for (std::uint64_t size = 100; size < 100 + Witness::evidence_files_max + 5; ++size) {
        CHECK(code_of(head_of(maker.server_key(), 1, size), {}) == "checkpoint-unknown");
    }
    CHECK(files(".note") == Witness::evidence_files_max);
    CHECK(code_of(shown, chain) == "checkpoint-unknown");
    CHECK(files(".note") == Witness::evidence_files_max + 1);
    CHECK(files(".pem") == 1);
}

TEST_CASE_METHOD(Server, "witness: a key that was given up, or whose certificate is revoked, raises no alarm", "[L8]") {
    const auto fingerprint = ledger::Certificate::from_der(chain.front())->fingerprint();
    SECTION("given up") {
        retired.given_up = {ledger::default_suite().hash(next_key.public_key().spki())};
        start();
        CHECK(code_of(shown, chain) == "key-unknown");
    }
    SECTION("revoked, once the alarm was raised") {
        CHECK(code_of(shown, chain) == "checkpoint-unknown");
        CHECK(witness->alarmed());
        retired.revoked_certificates = {fingerprint};
        start();
        CHECK(code_of(shown, chain) == "key-unknown");
        CHECK(files(".note") == 1);
    }
    CHECK_FALSE(witness->alarmed());
    // The log's own key says what it did.
    CHECK(code_of(head_of(maker.server_key(), 1, 500), {}) == "checkpoint-unknown");
    CHECK(witness->alarmed());
}

TEST_CASE_METHOD(Server, "witness: evidence of a retired key takes the place of no other", "[L8]") {
    for (std::uint64_t size = 0; size < Witness::evidence_files_max + 3; ++size) {
        CHECK(code_of(head_of(next_key, 2, 1'000 + size), chain) == "checkpoint-unknown");
    }
    CHECK(files(".note") == Witness::evidence_files_max);
    retired.revoked_certificates = {ledger::Certificate::from_der(chain.front())->fingerprint()};
    start();
    CHECK_FALSE(witness->alarmed());
    auto third = ledger::PrivateKey::generate();
    const Chain of_third{vendor.certify_server(third.public_key(), maker.origin().server_id).der()};
    CHECK(code_of(head_of(third, 3, 40), of_third) == "checkpoint-unknown");
    CHECK(files(".note") == Witness::evidence_files_max + 1);
    start();
    CHECK(witness->alarmed());
}
