#include <algorithm>
#include <future>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>

#include "ledger/core/errc.hpp"
#include "ledger/core/hash_batch.hpp"
#include "tests/ledger/core/sample_ledger.hpp"
#include "tests/support/result_text.hpp"

using namespace ledger;

namespace {

const Suite& suite = default_suite();

/// The r or s of a DER signature: its INTEGER's contents.
struct Signature {
    Bytes r;
    Bytes s;
};
Signature taken_apart(const Bytes& der) {
    const std::size_t r_size = der[3];
    return {Bytes(der.begin() + 4, der.begin() + 4 + static_cast<std::ptrdiff_t>(r_size)),
            Bytes(der.begin() + 6 + static_cast<std::ptrdiff_t>(r_size), der.end())};
}
Bytes put_together(const Bytes& r, const Bytes& s) {
    Bytes der{0x30, static_cast<std::uint8_t>(4 + r.size() + s.size()), 0x02, static_cast<std::uint8_t>(r.size())};
    der.insert(der.end(), r.begin(), r.end());
    der.insert(der.end(), {0x02, static_cast<std::uint8_t>(s.size())});
    der.insert(der.end(), s.begin(), s.end());
    return der;
}

}  // namespace

TEST_CASE("suite: hashes are SHA-256's, with RFC 6962's prefixes") {
    CHECK(suite.name() == "P256-SHA256");
    CHECK(hex_encode(suite.hash(as_bytes("abc")).view()) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
    CHECK(suite.hash(as_bytes("a"), as_bytes("bc")) == suite.hash(as_bytes("abc")));
    CHECK(suite.hash_leaf({}) == suite.hash(Bytes{0}));
    CHECK(suite.hash_leaf(as_bytes("x")) == suite.hash(Bytes{0, 'x'}));
    CHECK(suite.empty_root() == suite.hash({}));
    const Digest a = suite.hash(as_bytes("a"));
    const Digest b = suite.hash(as_bytes("b"));
    Bytes joined{1};
    joined.insert(joined.end(), a.bytes.begin(), a.bytes.end());
    joined.insert(joined.end(), b.bytes.begin(), b.bytes.end());
    CHECK(suite.hash_node(a, b) == suite.hash(joined));
}

TEST_CASE("suite: many messages have the hashes that each has alone, whatever their lengths, number and thread") {
    const auto check = [](const std::vector<std::size_t>& lengths) {
        HashBatch batch;
        batch.add_leaf(as_bytes("thrown away"));
        batch.clear();
        std::vector<Bytes> messages;
        for (const std::size_t length : lengths) {
            Bytes message(length);
            fill_random(message);
            batch.add(ByteView(message).first(length / 3), ByteView(message).subspan(length / 3));
            messages.push_back(std::move(message));
        }
        const auto digests = batch.digests(suite);
        REQUIRE(digests.size() == messages.size());
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < messages.size(); ++i) wrong += digests[i] == suite.hash(messages[i]) ? 0 : 1;
        return wrong == 0;
    };
    std::vector<std::size_t> around_blocks(300);
    std::iota(around_blocks.begin(), around_blocks.end(), 0);
    CHECK(check(around_blocks));
    std::ranges::reverse(around_blocks);
    CHECK(check(around_blocks));
    for (std::size_t count = 0; count <= 40; ++count) CHECK(check(std::vector<std::size_t>(count, 65)));
    CHECK(check({0, 65'536, 1, 32'767, 32'768, 32'769, 65'535, 2, 3, 4, 5, 6}));
    CHECK(check({32'768, 0, 32'768, 1, 32'768, 2, 600, 32'767, 3, 64, 55, 56}));
    std::vector<std::future<bool>> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) threads.push_back(std::async(std::launch::async, check, around_blocks));
    for (auto& thread : threads) CHECK(thread.get());
}

TEST_CASE("suite: leaves and nodes that are hashed together have their prefixes") {
    const Digest a = suite.hash(as_bytes("a"));
    HashBatch batch;
    for (int i = 0; i < 10; ++i) {
        batch.add_leaf(as_bytes("x"));
        batch.add_node(a, suite.empty_root());
    }
    const auto digests = batch.digests(suite);
    for (std::size_t i = 0; i < 20; i += 2) {
        CHECK(digests[i] == suite.hash_leaf(as_bytes("x")));
        CHECK(digests[i + 1] == suite.hash_node(a, suite.empty_root()));
    }
}

TEST_CASE("suite: only known suites are found") {
    CHECK(find_suite(SuiteId::p256_sha256) == &suite);
    CHECK(find_suite(SuiteId::unknown) == nullptr);
    CHECK(find_suite(static_cast<SuiteId>(2)) == nullptr);
}

TEST_CASE("public key: one spelling of a P-256 point is accepted") {
    const Bytes spki = PrivateKey::generate().public_key().spki();
    REQUIRE(spki.size() == 91);
    const auto is_refused = [](const Bytes& bytes) {
        return refused(PublicKey::from_spki(SuiteId::p256_sha256, bytes), errc::certificate_malformed) &&
               refused(check_public_key(SuiteId::p256_sha256, bytes), errc::certificate_malformed);
    };
    CHECK(check_public_key(SuiteId::p256_sha256, spki));
    CHECK(refused(check_public_key(SuiteId::unknown, spki), errc::certificate_malformed));
    CHECK(PublicKey::from_spki(SuiteId::p256_sha256, spki).value().spki() == spki);
    CHECK(find_suite_of_key(spki) == &suite);
    CHECK(refused(PublicKey::from_spki(SuiteId::unknown, spki), errc::certificate_malformed));
    CHECK(is_refused({}));
    for (std::size_t size = 0; size < spki.size(); ++size) {
        CHECK(is_refused(Bytes(spki.begin(), spki.begin() + static_cast<std::ptrdiff_t>(size))));
    }
    auto changed = spki;
    changed.push_back(0);
    CHECK(is_refused(changed));
    for (std::size_t i = 0; i < spki.size(); ++i) {  // a changed coordinate leaves the curve
        changed = spki;
        changed[i] ^= 1;
        CAPTURE(i);
        CHECK(is_refused(changed));
    }
    // The same point, compressed: 57 bytes that OpenSSL reads, and we do not.
    Bytes compressed(spki.begin(), spki.begin() + 27 + 32);
    compressed[1] = 0x39;
    compressed[24] = 0x22;
    compressed[26] = static_cast<std::uint8_t>(2 + spki.back() % 2);
    CHECK(is_refused(compressed));
}

TEST_CASE("public key: a compressed point is the same key, and what is no point is refused") {
    for (int i = 0; i < 20; ++i) {  // both parities
        const PublicKey key = PrivateKey::generate().public_key();
        const CompressedKey point = key.compressed();
        const auto read = PublicKey::from_compressed(SuiteId::p256_sha256, point);
        REQUIRE(read);
        CHECK(*read == key);
        CompressedKey other = point;
        other[0] ^= 1;  // the point with the other y
        CHECK_FALSE(PublicKey::from_compressed(SuiteId::p256_sha256, other).value() == key);
        CHECK(refused(PublicKey::from_compressed(SuiteId::unknown, point), errc::certificate_malformed));
    }
    for (const std::uint8_t first : std::initializer_list<std::uint8_t>{0x00, 0x01, 0x04, 0x06, 0xff}) {
        CompressedKey point = PrivateKey::generate().public_key().compressed();
        point[0] = first;
        CHECK(refused(PublicKey::from_compressed(SuiteId::p256_sha256, point), errc::certificate_malformed));
    }
    CompressedKey beyond{0x02};
    beyond.fill(0xff);
    beyond[0] = 0x02;  // x is not below the field's prime
    CHECK(refused(PublicKey::from_compressed(SuiteId::p256_sha256, beyond), errc::certificate_malformed));
}

TEST_CASE("signature: only strict DER of a right signature is accepted") {
    auto key = PrivateKey::generate();
    const Bytes message = copy(as_bytes("message"));
    for (int i = 0; i < 20; ++i) {
        const Bytes signature = key.sign(message).value();
        CAPTURE(hex_encode(signature));
        const auto is_refused = [&](const Bytes& other) {
            return refused(key.public_key().verify(message, other), errc::bad_signature);
        };
        REQUIRE(key.public_key().verify(message, signature));
        REQUIRE(refused(key.public_key().verify(as_bytes("messagf"), signature), errc::bad_signature));
        REQUIRE(refused(PrivateKey::generate().public_key().verify(message, signature), errc::bad_signature));

        auto [r, s] = taken_apart(signature);
        REQUIRE(put_together(r, s) == signature);
        Bytes padded = r;
        padded.insert(padded.begin(), 0);
        CHECK(is_refused(put_together(padded, s)));
        padded = s;
        padded.insert(padded.begin(), 0);
        CHECK(is_refused(put_together(r, padded)));
        CHECK(is_refused(put_together(s, r)));
        CHECK(is_refused(put_together({}, s)));
        CHECK(is_refused(put_together({0}, {0})));
        Bytes trailing = signature;
        trailing.push_back(0);
        CHECK(is_refused(trailing));
        Bytes long_form = signature;  // BER: the length in two bytes
        long_form.insert(long_form.begin() + 1, 0x81);
        CHECK(is_refused(long_form));
        Bytes indefinite = signature;
        indefinite[1] = 0x80;
        indefinite.insert(indefinite.end(), {0, 0});
        CHECK(is_refused(indefinite));
    }
    CHECK(refused(key.public_key().verify(message, {}), errc::bad_signature));
    CHECK(refused(key.public_key().verify(message, Bytes(73, 0x30)), errc::bad_signature));
}

TEST_CASE("suite: random bytes are not the same twice") {
    std::array<std::uint8_t, 32> a{};
    std::array<std::uint8_t, 32> b{};
    fill_random(a);
    fill_random(b);
    CHECK(a != b);
}

TEST_CASE("suite: many random numbers of any length are all different, on every thread") {
    constexpr int rounds = 500;
    std::mutex mutex;
    std::set<Bytes> seen;
    std::vector<std::jthread> threads;
    threads.reserve(3);
    for (int thread = 0; thread < 3; ++thread) {
        threads.emplace_back([&] {
            for (int round = 0; round < rounds; ++round) {
                Bytes bytes(16 + static_cast<std::size_t>(round % 80));  // 64 and less come from a stock
                fill_random(bytes);
                const std::lock_guard lock(mutex);
                seen.insert(Bytes(bytes.begin(), bytes.begin() + 16));
            }
        });
    }
    threads.clear();
    CHECK(seen.size() == 3 * rounds);
}
