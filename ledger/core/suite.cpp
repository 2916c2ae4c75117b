#include "ledger/core/suite.hpp"

// SHA256_Init and its kin are deprecated in favour of EVP_Digest*, which costs 120 ns more a call: a third of a leaf
// hash (ADR 0003). They need no set-up, no allocation and no lock.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>

#include "ledger/core/errc.hpp"
#include "ledger/core/openssl_pointer.hpp"
#include "ledger/core/sha256_lanes.hpp"

namespace ledger {
namespace {

/// DER SubjectPublicKeyInfo of id-ecPublicKey on prime256v1 up to and including the 0x04 of an uncompressed point.
/// There is no other canonical beginning, and the point's 64 bytes are all that follows.
constexpr std::array<std::uint8_t, 27> p256_spki_prefix{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                        0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr std::size_t p256_spki_bytes = p256_spki_prefix.size() + 64;
constexpr std::size_t p256_point_bytes = 65;  ///< From the 0x04 on.

/// SEQUENCE and two INTEGERs of at most 33 bytes, with their headers.
constexpr std::size_t p256_signature_bytes_max = 72;

using DigestContextPointer = OpenSslPointer<EVP_MD_CTX, EVP_MD_CTX_free>;

bool is_p256_spki(ByteView spki) {
    return spki.size() == p256_spki_bytes && std::ranges::equal(spki.first(p256_spki_prefix.size()), p256_spki_prefix);
}

class Sha256 {
 public:
    Sha256() { ACTLEDGER_ASSERT(SHA256_Init(&state_) == 1); }
    Sha256& add(ByteView bytes) {
        if (!bytes.empty()) ACTLEDGER_ASSERT(SHA256_Update(&state_, bytes.data(), bytes.size()) == 1);
        return *this;
    }
    Digest finish() {
        Digest digest;
        ACTLEDGER_ASSERT(SHA256_Final(digest.bytes.data(), &state_) == 1);
        return digest;
    }

 private:
    SHA256_CTX state_;
};

class P256Sha256 final : public Suite {
 public:
    [[nodiscard]] SuiteId id() const override { return SuiteId::p256_sha256; }
    [[nodiscard]] std::string_view name() const override { return "P256-SHA256"; }
    [[nodiscard]] Digest hash(ByteView first, ByteView more) const override {
        return Sha256().add(first).add(more).finish();
    }
    [[nodiscard]] Digest hash_leaf(ByteView event) const override {
        return Sha256().add({&leaf_prefix, 1}).add(event).finish();
    }
    [[nodiscard]] Digest hash_node(const Digest& left, const Digest& right) const override {
        return Sha256().add({&node_prefix, 1}).add(left.view()).add(right.view()).finish();
    }
    void hash_all(std::span<const ByteView> messages, std::span<Digest> digests) const override {
        ACTLEDGER_ASSERT(messages.size() == digests.size());
        const auto is_long = [](ByteView message) { return message.size() > sha256_lanes_bytes_max; };
        const bool fit = messages.size() >= sha256_lanes_messages_min && std::ranges::none_of(messages, is_long);
        if (fit && sha256_in_lanes(messages, digests)) return;
        for (std::size_t i = 0; i < messages.size(); ++i) digests[i] = Sha256().add(messages[i]).finish();
    }
    [[nodiscard]] Digest empty_root() const override { return Sha256().finish(); }
    [[nodiscard]] std::array<std::uint8_t, 4> note_key_id(std::string_view, const PublicKey& key) const override {
        const Digest digest = hash(key.spki(), {});
        std::array<std::uint8_t, 4> id{};
        std::copy_n(digest.bytes.begin(), id.size(), id.begin());
        return id;
    }
};

/// Random bytes in advance: a call of RAND_bytes costs more than a microsecond, however few it gives, and an activation
/// takes several. Each byte is handed out once and wiped. No program of ours forks without an exec.
class RandomStock {
 public:
    static constexpr std::size_t stock_bytes = 1'024;
    static constexpr std::size_t taken_bytes_max = 64;

    RandomStock() = default;
    ~RandomStock() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
    RandomStock(const RandomStock&) = delete;
    RandomStock& operator=(const RandomStock&) = delete;

    /// @return false for more than is worth keeping.
    bool take(std::span<std::uint8_t> into) {
        if (into.size() > taken_bytes_max) return false;
        if (into.size() > stock_bytes - next_) {
            make(bytes_);
            next_ = 0;
        }
        const auto taken = std::span(bytes_).subspan(next_, into.size());
        std::ranges::copy(taken, into.begin());
        OPENSSL_cleanse(taken.data(), taken.size());
        next_ += into.size();
        return true;
    }
    static void make(std::span<std::uint8_t> bytes) {
        ACTLEDGER_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    }

 private:
    std::array<std::uint8_t, stock_bytes> bytes_{};
    std::size_t next_ = stock_bytes;
};

}  // namespace

struct PublicKey::Parsed {
    Bytes spki;
    KeyPointer key;
};

Result<void> check_public_key(SuiteId suite, ByteView spki) {
    if (suite != SuiteId::p256_sha256) return Error{errc::certificate_malformed, "public key: unknown suite"};
    if (!is_p256_spki(spki)) {
        return Error{errc::certificate_malformed, "public key: not an uncompressed P-256 SubjectPublicKeyInfo"};
    }
    static const EC_GROUP* const p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);  // for the process's life
    ACTLEDGER_ASSERT(p256 != nullptr);
    // Used again and again by each thread: every activation comes with a key.
    thread_local const OpenSslPointer<EC_POINT, EC_POINT_free> point(EC_POINT_new(p256));
    thread_local const OpenSslPointer<BN_CTX, BN_CTX_free> scratch(BN_CTX_new());
    ACTLEDGER_ASSERT(point != nullptr && scratch != nullptr);
    const ByteView octets = spki.last(p256_point_bytes);
    // Checks that the point is on the curve.
    if (EC_POINT_oct2point(p256, point.get(), octets.data(), octets.size(), scratch.get()) == 1) return {};
    return Error{errc::certificate_malformed, "public key: the point is not on P-256: " + take_openssl_error()};
}

Result<PublicKey> PublicKey::from_spki(SuiteId suite, ByteView spki) {
    ACTLEDGER_CHECK(check_public_key(suite, spki));
    const std::uint8_t* at = spki.data();
    KeyPointer key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
    if (!key || at != spki.data() + spki.size()) {
        return Error{errc::certificate_malformed, "public key: the point is not on P-256"};
    }
    return PublicKey(std::make_shared<const Parsed>(Parsed{copy(spki), std::move(key)}));
}

Result<PublicKey> PublicKey::from_compressed(SuiteId suite, const CompressedKey& point) {
    if (suite != SuiteId::p256_sha256) return Error{errc::certificate_malformed, "public key: unknown suite"};
    const OpenSslPointer<EC_GROUP, EC_GROUP_free> p256(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    ACTLEDGER_ASSERT(p256 != nullptr);
    const OpenSslPointer<EC_POINT, EC_POINT_free> whole(EC_POINT_new(p256.get()));
    ACTLEDGER_ASSERT(whole != nullptr);
    if (EC_POINT_oct2point(p256.get(), whole.get(), point.data(), point.size(), nullptr) != 1) {
        return Error{errc::certificate_malformed, "public key: the point is not on P-256: " + take_openssl_error()};
    }
    Bytes spki(p256_spki_prefix.begin(), p256_spki_prefix.end() - 1);
    spki.resize(p256_spki_bytes);
    const std::size_t written =
        EC_POINT_point2oct(p256.get(), whole.get(), POINT_CONVERSION_UNCOMPRESSED,
                           spki.data() + p256_spki_bytes - p256_point_bytes, p256_point_bytes, nullptr);
    ACTLEDGER_ASSERT(written == p256_point_bytes);
    return from_spki(suite, spki);
}

const Bytes& PublicKey::spki() const { return parsed_->spki; }

CompressedKey PublicKey::compressed() const {
    CompressedKey point;
    const ByteView whole = ByteView(spki()).last(p256_point_bytes);
    point[0] = static_cast<std::uint8_t>(2 + (whole.back() & 1));  // the parity of y
    std::copy_n(whole.begin() + 1, point.size() - 1, point.begin() + 1);
    return point;
}

Result<void> PublicKey::verify(ByteView message, ByteView signature) const {
    const auto bad = [] { return Error{errc::bad_signature, "ECDSA over P-256 with SHA-256"}; };
    if (signature.empty() || signature.size() > p256_signature_bytes_max) return bad();
    const DigestContextPointer context(EVP_MD_CTX_new());
    ACTLEDGER_ASSERT(context != nullptr);
    ACTLEDGER_ASSERT(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, parsed_->key.get()) == 1);
    // OpenSSL encodes what it has read again and refuses anything but that very DER (ecdsa_verify); a test holds it.
    if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1) {
        return bad();
    }
    return {};
}

const Suite* find_suite(SuiteId id) {
    static const P256Sha256 p256_sha256;
    return id == SuiteId::p256_sha256 ? &p256_sha256 : nullptr;
}

const Suite* find_suite_of_key(ByteView spki) {
    return is_p256_spki(spki) ? find_suite(SuiteId::p256_sha256) : nullptr;
}

const Suite& default_suite() { return *find_suite(SuiteId::p256_sha256); }

void fill_random(std::span<std::uint8_t> bytes) {
    ACTLEDGER_ASSERT(bytes.size() <= INT32_MAX);
    thread_local RandomStock stock;
    if (!stock.take(bytes)) RandomStock::make(bytes);
}

}  // namespace ledger
