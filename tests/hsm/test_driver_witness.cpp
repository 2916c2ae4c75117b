#include <catch2/catch.hpp>

#include "hsm/driver_witness.hpp"
#include "hsm/errc.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tests/support/result_text.hpp"

namespace {

/// What a check through a driver finds: a key and an anchor.
struct Card {
    ledger::PrivateKey key = ledger::PrivateKey::generate();
    std::string server_id = ledger::derive_server_id(ledger::default_suite(), key.public_key());
    std::uint64_t counter = 7;
    std::uint32_t incarnation = 1;
    ledger::TreeHead head{{100}, {}};

    [[nodiscard]] hsm::CheckReport checked(const std::array<std::uint8_t, 32>& nonce) {
        hsm::CheckReport report;
        report.module = "/usr/lib/softhsm/libsofthsm2.so";
        report.library = "SoftHSM \"2\"\n6.1";
        report.token_label = "activation-ledger";
        report.token_serial = "0123456789abcdef";
        report.public_key = key.public_key();
        report.nonce = nonce;
        report.nonce_signature = key.sign(hsm::driver_witness_message(nonce)).value();
        ledger::Anchor& anchor = report.anchor.emplace();
        anchor.origin = {server_id, incarnation};
        anchor.counter = counter;
        anchor.head = head;
        return report;
    }
    [[nodiscard]] hsm::DriverWitness witness() {
        std::array<std::uint8_t, 32> nonce{};
        nonce.fill(0x5a);
        return hsm::DriverWitness::of(checked(nonce));
    }
};

}  // namespace

TEST_CASE("driver witness: what was written is what is read, in one spelling") {
    Card card;
    const std::string text = card.witness().text();
    const auto read = hsm::DriverWitness::parse(text);
    REQUIRE(read);
    CHECK(read->text() == text);
    CHECK(read->key == card.key.public_key());
    CHECK(read->head == card.head);
    CHECK(read->origin == ledger::Origin{card.server_id, 1});
    CHECK(std::ranges::count(text, '\n') == 10);

    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char c : {'A', '\n', '0'}) {
            std::string bad = text;
            bad[at] = c;
            const auto parsed = hsm::DriverWitness::parse(bad);
            if (!parsed) {
                CHECK(parsed.error().code == hsm::errc::driver_witness_malformed);
                continue;
            }
            CHECK(parsed->text() == bad);  // names for people, and the anchor's numbers, are not signed
            CHECK(parsed->signature == read->signature);
        }
        CHECK_FALSE(hsm::DriverWitness::parse(text.substr(0, at)));
    }
    CHECK_FALSE(hsm::DriverWitness::parse(text + "\n"));
    CHECK_FALSE(hsm::DriverWitness::parse(std::string(hsm::driver_witness_bytes_max + 1, 'a')));
}

TEST_CASE("driver witness: the same key and an anchor that goes on are the same card") {
    Card card;
    const auto before = card.witness();
    CHECK(hsm::check_same(before, card.checked(before.nonce)));
    card.counter = 8;
    card.head.size = {150};
    CHECK(hsm::check_same(before, card.checked(before.nonce)));
    card.incarnation = 2;
    card.counter = 9;
    CHECK(hsm::check_same(before, card.checked(before.nonce)));
}

TEST_CASE("driver witness: another key, an older anchor and another history are told apart") {
    Card card;
    const auto before = card.witness();
    const auto refusal = [&](Card& other) {
        const auto same = hsm::check_same(before, other.checked(before.nonce));
        return same ? std::error_code() : same.error().code;
    };
    Card other;
    CHECK(refusal(other) == hsm::errc::driver_key_differs);
    card.counter = 6;
    CHECK(refusal(card) == hsm::errc::driver_anchor_differs);
    card.counter = 7;
    card.head.root.bytes[0] = 1;
    CHECK(refusal(card) == hsm::errc::driver_anchor_differs);
    card.head = before.head;
    CHECK_FALSE(refusal(card));
    card.server_id = std::string(32, 'a');
    CHECK(refusal(card) == hsm::errc::driver_anchor_differs);

    // A module that answers with an old signature proves nothing.
    Card again;
    auto report = again.checked(before.nonce);
    report.public_key = before.key;
    CHECK(hsm::check_same(before, report).error().code == hsm::errc::driver_key_differs);
}
