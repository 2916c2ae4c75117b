#include "hsm/anchor_reading.hpp"
#include "hsm/check.hpp"
#include "hsm/errc.hpp"
#include "hsm/key_destruction.hpp"
#include "hsm/next_key.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tests/hsm/open_token.hpp"

using support::TokenFixture;
using support::TokenKind;

namespace {

TokenKind any_kind() { return GENERATE(TokenKind::softhsm, TokenKind::p11_kit_server, TokenKind::tpm); }

hsm::Initialised initialise_with_real_anchor(const TokenFixture& fixture) {
    const auto& suite = ledger::default_suite();
    return hsm::initialise(fixture.options(), fixture.officer(),
                           [&](ledger::Signer& signer) {
                               ledger::Anchor anchor;
                               anchor.origin = {ledger::derive_server_id(suite, signer.public_key()), 1};
                               anchor.head = {{0}, suite.empty_root()};
                               anchor.keys = {{1, 1, signer.public_key().compressed(), {}}};
                               return ledger::sign_anchor(suite, anchor, signer);
                           })
        .value();
}

}  // namespace

TEST_CASE("token: initialised once, it signs, and its public key verifies", "[hsm][token]") {
    const TokenFixture fixture(any_kind());
    CAPTURE(name_of(fixture.kind()));
    const auto made = fixture.initialise();
    CHECK(made.made_token);
    CHECK(made.made_key);
    CHECK(made.made_anchor);
    CHECK(made.files.has_value() == (fixture.kind() != TokenKind::tpm));

    const auto token = open_token(fixture.options());
    CHECK(token->public_key() == made.public_key);
    const auto signature = token->sign(message("a tree head"));
    REQUIRE(signature.has_value());
    CHECK(made.public_key.verify(message("a tree head"), *signature));
    CHECK_FALSE(made.public_key.verify(message("another"), *signature));
    const auto status = token->status();
    CHECK(status.state == hsm::State::ready);
    CHECK(status.signatures == 1);
    CHECK(status.token_label == "activation-ledger");
    CHECK(status.last_signature_us > 0);
    CHECK(token->random(64)->size() == 64);
    CHECK(token->random(64).value() != token->random(64).value());

    const auto again = fixture.initialise();
    CHECK_FALSE(again.made_token);
    CHECK_FALSE(again.made_key);
    CHECK_FALSE(again.made_anchor);
    CHECK(again.public_key == made.public_key);
    CHECK(again.anchors == made.anchors);
    if (fixture.kind() == TokenKind::tpm) {
        // Without a resource manager the second process took the TPM from the first; which notices, and recovers.
        (void)token->sign(message("lost"));
        CHECK(token->wait_ready(10s));
    }
    CHECK(token->sign(message("still")).has_value());
}

TEST_CASE("token: what stands under another label is read with it, and taken away alone", "[hsm][token]") {
    const TokenFixture fixture(any_kind());
    CAPTURE(name_of(fixture.kind()));
    const auto first = fixture.initialise();
    hsm::Options second = fixture.options();
    second.uri.object = "second";
    const auto first_of_second = [](ledger::Signer& signer) { return signer.sign(message("anchor of the second")); };
    std::vector<hsm::LabelledNote> judged;
    const auto made = hsm::initialise(second, fixture.officer(), first_of_second, {},
                                      [&](const auto& notes, const hsm::HasKey& has_key) -> ledger::Result<void> {
                                          judged = notes;
                                          CHECK_FALSE(has_key("second", 1, first.public_key).value());
                                          CHECK(has_key("actledger-1", 1, first.public_key).value());
                                          return {};
                                      });
    REQUIRE(made);
    REQUIRE(judged.size() == 1);
    CHECK(judged.front().label == "actledger-1");
    CHECK(judged.front().note == first.anchors.front());

    auto token = open_token(second);
    REQUIRE(token->add(message("a newer one")));
    token = open_token(fixture.options());
    const auto own = token->read().value();
    auto others = token->read_others().value();
    REQUIRE(others.size() == 2);
    for (const hsm::LabelledNote& other : others) CHECK(other.label == "second");
    CHECK(hsm::read_other_anchors(fixture.options())->size() == 2);

    const bool newer_first = others.front().note == ledger::copy(message("a newer one"));
    REQUIRE(token->remove_other(others.at(newer_first ? 1 : 0)));
    REQUIRE(token->remove_other(others.at(newer_first ? 1 : 0)));  // it is gone
    others = token->read_others().value();
    REQUIRE(others.size() == 1);
    CHECK(others.front().note == ledger::copy(message("a newer one")));
    CHECK(token->read().value() == own);
    token = open_token(second);
    CHECK(token->public_key() == made->public_key);
    CHECK(token->read()->size() == 1);
}

TEST_CASE("token: keeps one anchor, the newest, whatever its size", "[hsm][token]") {
    const TokenFixture fixture(any_kind());
    CAPTURE(name_of(fixture.kind()));
    const auto made = fixture.initialise();
    auto token = open_token(fixture.options());
    CHECK(token->read().value() == made.anchors);
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1'000}, std::size_t{16 * 1024}}) {
        CAPTURE(bytes);
        ledger::Bytes note(bytes);
        ledger::fill_random(note);
        REQUIRE(token->replace(note));
        CHECK(token->read().value() == std::vector<ledger::Bytes>{note});
        token = open_token(fixture.options());  // by another process, too
        CHECK(token->read().value() == std::vector<ledger::Bytes>{note});
    }
    const auto too_large = token->replace(ledger::Bytes(16 * 1024 + 1));
    REQUIRE_FALSE(too_large);
    CHECK(too_large.error().code == hsm::errc::anchor_too_large);
    CHECK(token->status().state == hsm::State::ready);
}

TEST_CASE("token: the check finds module, token, key, signature, latency and anchor", "[hsm][token]") {
    const TokenFixture fixture(any_kind());
    CAPTURE(name_of(fixture.kind()));
    const auto made = initialise_with_real_anchor(fixture);
    const auto report = hsm::check(fixture.options(), fixture.folder().path());
    for (const auto& step : report.steps) {
        INFO(step.name << ": " << step.detail);
        CHECK(step.outcome != hsm::CheckStep::Outcome::failed);
    }
    CHECK(report.passed());
    CHECK(report.steps.size() == 8);
    CHECK(report.public_key == made.public_key);
    CHECK(report.latencies_us.size() == 20);
    CHECK(std::ranges::find(report.mechanisms, "CKM_ECDSA") != report.mechanisms.end());
    REQUIRE(report.anchor);
    CHECK(report.anchor->origin.server_id == ledger::derive_server_id(ledger::default_suite(), made.public_key));
    if (fixture.kind() != TokenKind::tpm) {
        CHECK(report.token_files == fixture.folder().path() / "tokens");
        CHECK(report.same_disk_as_ledger);
    } else {
        CHECK_FALSE(report.token_files);
    }
}

TEST_CASE("token: a key is destroyed with its anchor, and another one of the token stays", "[hsm][token]") {
    const TokenFixture fixture(any_kind());
    CAPTURE(name_of(fixture.kind()));
    const auto made = initialise_with_real_anchor(fixture);
    auto other_options = fixture.options();
    other_options.uri.object = "other";
    const auto other = hsm::initialise(other_options, fixture.officer(), [](ledger::Signer&) {
                           return ledger::Result<ledger::Bytes>(ledger::copy(ledger::as_bytes("other anchor")));
                       }).value();

    const auto destroy = [&](const ledger::PublicKey& key) {
        return hsm::destroy_all_keys(fixture.options(), std::span(&key, 1));
    };
    CHECK(destroy(other.public_key).error().code == hsm::errc::wrong_key);
    CHECK(hsm::check(fixture.options(), {}).passed());
    REQUIRE(destroy(made.public_key));
    CHECK(hsm::check(fixture.options(), {}).steps.back().error->code == hsm::errc::key_not_found);
    REQUIRE(destroy(made.public_key));  // what is gone is gone

    const auto still = hsm::check(other_options, {});
    CHECK(still.public_key == other.public_key);
    CHECK(still.anchors_found == 1);
    // The label is free for a new key, with an anchor of its own.
    const auto again = fixture.initialise();
    CHECK(again.made_key);
    CHECK(again.made_anchor);
    CHECK_FALSE(again.public_key == made.public_key);
}

TEST_CASE("token: the check names the first step that fails", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    const auto last = [](const hsm::CheckReport& report) { return report.steps.back(); };

    auto options = fixture.options();
    auto report = hsm::check(options, {});
    CHECK(last(report).name == "token");
    CHECK(last(report).error->code == hsm::errc::token_not_found);

    const auto made = fixture.initialise();  // with an anchor that is none
    report = hsm::check(options, {});
    CHECK(last(report).name == "anchor");
    CHECK(last(report).error->code == hsm::errc::anchor_lost);
    CHECK_FALSE(report.passed());

    options.module = "/usr/lib/none.so";
    report = hsm::check(options, {});
    CHECK(last(report).name == "module");
    CHECK(last(report).error->code == hsm::errc::module_not_loaded);

    options = fixture.options();
    options.uri.object = "actledger-2";
    report = hsm::check(options, {});
    CHECK(last(report).name == "key");
    CHECK(last(report).error->code == hsm::errc::key_not_found);

    options.worker_program = "/usr/lib/none";
    report = hsm::check(options, {});
    CHECK(last(report).error->code == hsm::errc::worker_not_started);
}

TEST_CASE("token: one that the URI does not name is left alone, also when it is the only one", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    auto options = fixture.options();
    options.uri.serial = "none";
    const auto token = hsm::Token::open(options);
    REQUIRE_FALSE(token);
    CHECK(token.error().code == hsm::errc::token_not_found);
    CHECK(token.error().sentence(ledger::Language::english).find("serial=none") != std::string::npos);
}

TEST_CASE("token: two that match are not chosen between", "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    (void)fixture.initialise();
    support::run(
        {"softhsm2-util", "--init-token", "--free", "--label", "other", "--so-pin", "87654321", "--pin", "1234"},
        fixture.options().environment);
    auto options = fixture.options();
    options.uri = {};
    const auto token = hsm::Token::open(options);
    REQUIRE_FALSE(token);
    CHECK(token.error().code == hsm::errc::token_ambiguous);
}

TEST_CASE("token: a key that is not the ledger's is refused", "[hsm][token]") {
    const TokenFixture ours(TokenKind::softhsm);
    const TokenFixture other(TokenKind::softhsm);
    (void)ours.initialise();
    auto options = ours.options();
    options.public_key = other.initialise().public_key;
    const auto token = open_token(options);
    eventually([&] { return token->status().state == hsm::State::no_key; });
    CHECK(token->status().why->code == hsm::errc::wrong_key);
    CHECK(token->sign(message("x")).error().code == hsm::errc::wrong_key);
}

TEST_CASE("token: the next key is made beside the present one, once, and each is found by its value", "[hsm][token]") {
    const TokenFixture fixture(any_kind());
    CAPTURE(name_of(fixture.kind()));
    const auto made = initialise_with_real_anchor(fixture);
    hsm::Options present = fixture.options();
    present.public_key = made.public_key;
    std::vector<ledger::Bytes> signatures;
    const auto sign = [&](ledger::Signer& before, ledger::Signer& after) -> ledger::Result<void> {
        for (ledger::Signer* signer : {&after, &before, &after}) {
            ACTLEDGER_TRY(const ledger::Bytes signature, signer->sign(message("both")));
            CHECK(signer->public_key().verify(message("both"), signature));
            signatures.push_back(signature);
        }
        return {};
    };
    const auto next = hsm::prepare_next_key(present, sign);
    REQUIRE(next);
    CHECK(next->made);
    CHECK(signatures.size() == 3);
    CHECK_FALSE(next->public_key == made.public_key);
    const auto again = hsm::prepare_next_key(present, sign);
    REQUIRE(again);
    CHECK_FALSE(again->made);
    CHECK(again->public_key == next->public_key);

    hsm::Options second = present;
    second.epoch = 2;
    second.public_key = next->public_key;
    {
        const auto before = open_token(present);
        REQUIRE(before->wait_ready(10s));
        CHECK(before->read().value() == made.anchors);
        REQUIRE(before->add(message("another note")));
        CHECK(before->read()->size() == 2);
    }
    {
        // The anchors are in one place, whichever key is asked for.
        const auto after = open_token(second);
        REQUIRE(after->wait_ready(10s));
        CHECK(after->read()->size() == 2);
        REQUIRE(after->replace(message("the one that holds")));
        CHECK(after->read()->size() == 1);
        const auto signature = after->sign(message("a head"));
        REQUIRE(signature);
        CHECK(next->public_key.verify(message("a head"), *signature));
    }
    // A third epoch whose key is the token's first one, as after a card was replaced; and one that is not there.
    hsm::Options third = present;
    third.epoch = 3;
    CHECK(hsm::check(third, {}).public_key == made.public_key);
    hsm::Options strange = second;
    strange.epoch = 7;
    CHECK(hsm::check(strange, {}).steps.back().error->code == hsm::errc::wrong_key);

    // The keys before are destroyed, and the present one and the anchor stay; in the end everything goes.
    const std::vector<ledger::PublicKey> keys{made.public_key, next->public_key};
    CHECK(hsm::destroy_replaced_keys(second, keys).value() == 1);
    CHECK(hsm::destroy_replaced_keys(second, keys).value() == 0);
    CHECK(hsm::check(present, {}).steps.back().error->code == hsm::errc::key_not_found);
    const auto still = open_token(second);
    REQUIRE(still->wait_ready(10s));
    CHECK(still->read()->size() == 1);
    REQUIRE(hsm::prepare_next_key(second, sign));
    REQUIRE(hsm::destroy_all_keys(second, keys));
    CHECK(hsm::check(second, {}).steps.back().error->code == hsm::errc::key_not_found);
    const auto anew = fixture.initialise();
    CHECK(anew.made_key);
    CHECK(anew.made_anchor);
}

TEST_CASE("token: keys of epochs that the ledger does not know any more are destroyed by their labels",
          "[hsm][token]") {
    const TokenFixture fixture(TokenKind::softhsm);
    const auto made = initialise_with_real_anchor(fixture);
    hsm::Options present = fixture.options();
    present.public_key = made.public_key;
    std::vector<ledger::PublicKey> keys{made.public_key};
    const auto sign = [](ledger::Signer&, ledger::Signer&) -> ledger::Result<void> { return {}; };
    for (std::uint32_t epoch = 2; epoch <= 5; ++epoch) {
        keys.push_back(hsm::prepare_next_key(present, sign)->public_key);
        present.epoch = epoch;
        present.public_key = keys.back();
    }
    const auto there = [&](std::uint32_t epoch) {
        hsm::Options of_epoch = present;
        of_epoch.epoch = epoch;
        of_epoch.public_key = keys[epoch - 1];
        return hsm::check_key(of_epoch).has_value();
    };
    // One that the ledger would have to know is another one's, and nothing goes.
    const std::vector<ledger::PublicKey> strange{keys[0], keys[1], keys[3], keys[2], keys[4]};
    auto of_other = strange;
    of_other[3] = ledger::PrivateKey::generate().public_key();
    CHECK(hsm::destroy_replaced_keys(present, of_other).error().code == hsm::errc::wrong_key);
    const std::vector<ledger::PublicKey> without_fourth{keys[0], keys[2], keys[4]};
    CHECK(hsm::destroy_replaced_keys(present, without_fourth).error().code == hsm::errc::wrong_key);
    for (std::uint32_t epoch = 1; epoch <= 5; ++epoch) CHECK(there(epoch));

    const std::vector<ledger::PublicKey> known{keys[0], keys[3], keys[4]};  // as an anchor drops them
    SECTION("the present one stays") {
        CHECK(hsm::destroy_replaced_keys(present, known).value() == 4);
        CHECK(there(5));
    }
    SECTION("and with it in the end") {
        REQUIRE(hsm::destroy_all_keys(present, known));
        CHECK_FALSE(there(5));
    }
    for (std::uint32_t epoch = 1; epoch <= 4; ++epoch) CHECK_FALSE(there(epoch));
}
