#include "ledger/core/anchor.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

const Suite& suite = default_suite();

Anchor sample_anchor(const PublicKey& key) {
    Anchor anchor;
    anchor.origin = {derive_server_id(suite, key), 2};
    anchor.counter = 17;
    anchor.head = {{1'234}, suite.hash(as_bytes("root"))};
    anchor.device_salt.fill(0x5a);
    anchor.keys = {{1, 1, CompressedKey{0x02, 0x11}, {}}, {3, 2, key.compressed(), {}}};
    anchor.licenses = {{"LIC-1", AnchorLicense::State::superseded, suite.hash(as_bytes("terms 1")), 40},
                       {"LIC-2", AnchorLicense::State::live, suite.hash(as_bytes("terms 2")), 200},
                       {"lic-3", AnchorLicense::State::revoked, suite.hash(as_bytes("terms 3")), 0}};
    return anchor;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("anchor: what is signed is read back, and only with the key that signed", "[ledger][anchor]") {
    PrivateKey key = PrivateKey::generate();
    const Anchor anchor = sample_anchor(key.public_key());
    const auto note = sign_anchor(suite, anchor, key);
    REQUIRE(note);
    const auto read = verify_anchor(suite, *note, key.public_key());
    REQUIRE(read);
    CHECK(*read == anchor);
    CHECK(read->find("LIC-2")->reserved == 200);
    CHECK(read->find("LIC-4") == nullptr);

    const auto other = verify_anchor(suite, *note, PrivateKey::generate().public_key());
    REQUIRE_FALSE(other);
    CHECK(other.error().code == errc::unknown_key);
}

TEST_CASE("anchor: one changed character is noticed", "[ledger][anchor]") {
    PrivateKey key = PrivateKey::generate();
    const Bytes note = sign_anchor(suite, sample_anchor(key.public_key()), key).value();
    for (std::size_t i = 0; i < note.size(); ++i) {
        Bytes edited = note;
        edited[i] ^= 1;
        CAPTURE(i);
        CHECK_FALSE(verify_anchor(suite, edited, key.public_key()));
    }
}

TEST_CASE("anchor: a signed checkpoint is no anchor", "[ledger][anchor]") {
    PrivateKey key = PrivateKey::generate();
    const Origin origin{derive_server_id(suite, key.public_key()), 1};
    const auto note =
        sign_note(suite, Checkpoint{origin, {{1}, suite.empty_root()}}.body(), origin.text(), key).value();
    CHECK(verify_anchor(suite, as_bytes(note), key.public_key()).error().code == errc::malformed_anchor);
    CHECK_FALSE(Checkpoint::parse_body(sample_anchor(key.public_key()).body()));
}

TEST_CASE("anchor: a body has one spelling", "[ledger][anchor]") {
    const std::string good = sample_anchor(PrivateKey::generate().public_key()).body();
    REQUIRE(Anchor::parse_body(good));
    const auto refused = [](const std::string& body) {
        CAPTURE(body);
        const auto parsed = Anchor::parse_body(body);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == errc::malformed_anchor);
    };
    refused("");
    refused(good.substr(0, good.size() - 1));
    refused(good + "\n");
    refused(good + "extra 1\n");
    refused(replaced(good, "actledger-anchor/2", "actledger-anchor/3"));
    refused(replaced(good, "counter 17", "counter 017"));
    refused(replaced(good, "counter 17", "counter 0"));
    refused(replaced(good, "counter 17\n", ""));
    refused(replaced(good, "counter 17\n", "counter 17\ncounter 17\n"));
    refused(replaced(good, "head 1234 ", "head  1234 "));
    refused(replaced(good, "key 3 ", "key 1 "));
    refused(replaced(good, "key 1 ", "key 4 "));
    refused(replaced(good, "key 1 ", "key 0 "));
    refused(replaced(good, "key 1 ", "key 4294967296 "));
    refused(replaced(good, "key 1 1 ", "key 1 0 "));
    refused(replaced(good, "key 1 1 ", "key 1 2 "));
    refused(replaced(good, "key 1 1 ", "key 1 "));
    refused(replaced(good, "key 1 1 ", "key 1 1 1 "));
    refused(replaced(good, "license live LIC-2", "license lively LIC-2"));
    refused(replaced(good, "license live LIC-2", "license live LIC-0"));
    refused(replaced(good, "license live LIC-2", "license live LIC/2"));
    refused(replaced(good, " 200\n", " 18446744073709551616\n"));
    refused(replaced(good, " 200\n", " 200 \n"));
    refused(replaced(good, "=\n", "\n"));
}

TEST_CASE("anchor: with every limit reached it still fits, and one more is refused", "[ledger][anchor]") {
    PrivateKey key = PrivateKey::generate();
    Anchor anchor = sample_anchor(key.public_key());
    anchor.origin.incarnation = UINT32_MAX;
    anchor.counter = anchor.head.size.value = UINT64_MAX;
    anchor.keys.clear();
    for (std::uint32_t i = anchor_keys_max; i > 0; --i) {
        anchor.keys.push_back({UINT32_MAX - i, UINT32_MAX - i, key.public_key().compressed(), {}});
    }
    anchor.licenses.clear();
    for (std::size_t i = 0; i < anchor_licenses_max; ++i) {
        std::string id = std::to_string(1000 + i);
        id.resize(64, 'x');
        anchor.licenses.push_back({id, AnchorLicense::State::superseded, Digest{}, UINT64_MAX});
    }
    const auto note = sign_anchor(suite, anchor, key);
    REQUIRE(note);
    CHECK(note->size() <= anchor_bytes_max);
    CHECK(verify_anchor(suite, *note, key.public_key()));

    const std::string body = anchor.body();
    const auto last = body.rfind("license ");
    CHECK_FALSE(Anchor::parse_body(body + replaced(body.substr(last), "1095", "1096")));
    CHECK_FALSE(Anchor::parse_body(std::string(anchor_bytes_max + 1, 'x')));
}

TEST_CASE("anchor: one of the first version of the format, with digests of its keys, is read and verified",
          "[ledger][anchor]") {
    PrivateKey key = PrivateKey::generate();
    Anchor anchor = sample_anchor(key.public_key());
    anchor.keys = {{1, 1, {}, suite.hash(as_bytes("first key"))}, {3, 1, {}, suite.hash(key.public_key().spki())}};
    const std::string body = anchor.body();
    CHECK(body.starts_with("actledger-anchor/1\n"));
    CHECK(Anchor::is_body(body));
    const auto note = sign_anchor(suite, anchor, key);
    REQUIRE(note);
    const auto read = verify_anchor(suite, *note, key.public_key());
    REQUIRE(read);
    CHECK(*read == anchor);
    CHECK(read->names(suite, key.public_key()));
    CHECK_FALSE(read->names(suite, PrivateKey::generate().public_key()));
    // No mixture of the two.
    CHECK_FALSE(Anchor::parse_body(replaced(body, "anchor/1", "anchor/2")));
    CHECK_FALSE(Anchor::parse_body(replaced(sample_anchor(key.public_key()).body(), "anchor/2", "anchor/1")));
}

TEST_CASE("anchor: a form of a later version is told from what is none", "[ledger][anchor]") {
    CHECK(Anchor::unknown_version("actledger-anchor/3\norigin x\n") == "3");
    CHECK(Anchor::unknown_version("actledger-anchor/20\n") == "20");
    for (const char* known : {"actledger-anchor/1\n", "actledger-anchor/2\n", "actledger-anchor/x\n",
                              "actledger-anchor/\n", "actledger-anchor/03\n", "", "example.org/log\n3\n"}) {
        CHECK_FALSE(Anchor::unknown_version(known));
    }
}

TEST_CASE("anchor: of more keys than it can name the first and the newest stay", "[ledger][anchor]") {
    Anchor anchor = sample_anchor(PrivateKey::generate().public_key());
    anchor.keys.clear();
    for (std::uint32_t i = 1; i <= anchor_keys_max + 2; ++i) anchor.add_key({i, i, CompressedKey{0x02}, {}});
    REQUIRE(anchor.keys.size() == anchor_keys_max);
    CHECK(anchor.keys[0].epoch == 1);
    CHECK(anchor.keys[1].epoch == 4);
    CHECK(anchor.keys.back().epoch == anchor_keys_max + 2);
}

TEST_CASE("anchor: the highest valid one wins, whatever lies beside it", "[ledger][anchor]") {
    PrivateKey key = PrivateKey::generate();
    PrivateKey stranger = PrivateKey::generate();
    const Anchor base = sample_anchor(key.public_key());
    const auto note = [&](std::uint32_t incarnation, std::uint64_t counter, Signer& signer) {
        Anchor anchor = base;
        anchor.origin.incarnation = incarnation;
        anchor.counter = counter;
        anchor.keys.back().key = signer.public_key().compressed();
        return sign_anchor(suite, anchor, signer).value();
    };
    Bytes damaged = note(9, 9, key);
    damaged[40] ^= 1;
    const std::vector<Bytes> notes{note(1, 90, key), note(2, 18, key), note(2, 17, key), note(3, 99, stranger),
                                   damaged,          Bytes{},          Bytes(20, 'x')};
    const std::array keys{key.public_key()};
    const auto chosen = choose_anchor(suite, notes, keys);
    REQUIRE(chosen);
    CHECK(chosen->origin.incarnation == 2);
    CHECK(chosen->counter == 18);
    CHECK_FALSE(choose_anchor(suite, std::span(notes).last(3), keys));
    CHECK_FALSE(choose_anchor(suite, {}, keys));
}
