#include "ledger/license_file/private_key.hpp"

#include <openssl/pkcs12.h>

#include "ledger/core/openssl_pointer.hpp"
#include "ledger/license_file/errc.hpp"

namespace ledger {
namespace {

using license_file::errc;
using EncryptedKeyPointer = OpenSslPointer<X509_SIG, X509_SIG_free>;
using KeyInfoPointer = OpenSslPointer<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using DigestContextPointer = OpenSslPointer<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr std::size_t pem_bytes_max = 16 * 1024;
constexpr std::size_t salt_bytes = 16;
// What `openssl pkcs8 -scrypt` uses, and the most that OpenSSL's own memory limit lets it read again.
constexpr std::uint64_t scrypt_n = 16'384;
constexpr std::uint64_t scrypt_r = 8;
constexpr std::uint64_t scrypt_p = 1;

Error malformed() { return {errc::key_malformed, take_openssl_error()}; }

PublicKey read_public_key(EVP_PKEY* key) {
    return PublicKey::from_spki(default_suite().id(), encode_der(i2d_PUBKEY, key)).value();
}

}  // namespace

void PrivateKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

PrivateKey::PrivateKey(std::unique_ptr<evp_pkey_st, Free> key, PublicKey public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::generate() {
    std::unique_ptr<evp_pkey_st, Free> key(EVP_EC_gen("P-256"));
    ACTLEDGER_ASSERT(key != nullptr);
    PublicKey public_key = read_public_key(key.get());
    return {std::move(key), std::move(public_key)};
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, std::string_view passphrase) {
    if (pem.size() > pem_bytes_max) return malformed();
    if (passphrase.empty() || passphrase.size() > passphrase_bytes_max) return Error{errc::key_passphrase_wrong};
    const BioPointer in = read_only_bio(as_bytes(pem));
    const EncryptedKeyPointer encrypted(PEM_read_bio_PKCS8(in.get(), nullptr, nullptr, nullptr));
    if (encrypted == nullptr) return malformed();
    const KeyInfoPointer info(PKCS8_decrypt(encrypted.get(), passphrase.data(), static_cast<int>(passphrase.size())));
    if (info == nullptr) return Error{errc::key_passphrase_wrong, take_openssl_error()};
    std::unique_ptr<evp_pkey_st, Free> key(EVP_PKCS82PKEY(info.get()));
    if (key == nullptr) return malformed();
    auto public_key = PublicKey::from_spki(default_suite().id(), encode_der(i2d_PUBKEY, key.get()));
    if (!public_key) return Error{errc::key_malformed, "not a P-256 key"};
    return PrivateKey(std::move(key), *std::move(public_key));
}

std::string PrivateKey::pem(std::string_view passphrase) const {
    ACTLEDGER_ASSERT(passphrase.size() >= passphrase_bytes_min && passphrase.size() <= passphrase_bytes_max);
    const KeyInfoPointer info(EVP_PKEY2PKCS8(key_.get()));
    ACTLEDGER_ASSERT(info != nullptr);
    std::array<std::uint8_t, salt_bytes> salt{};
    fill_random(salt);
    X509_ALGOR* scheme = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt.data(), static_cast<int>(salt.size()), nullptr,
                                               scrypt_n, scrypt_r, scrypt_p);
    ACTLEDGER_ASSERT(scheme != nullptr);
    const EncryptedKeyPointer encrypted(
        PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), info.get(), scheme));
    ACTLEDGER_ASSERT(encrypted != nullptr);
    const BioPointer out(BIO_new(BIO_s_mem()));
    ACTLEDGER_ASSERT(out != nullptr && PEM_write_bio_PKCS8(out.get(), encrypted.get()) == 1);
    return std::string(as_text(bio_contents(out.get())));
}

Result<Bytes> PrivateKey::sign(ByteView message) {
    const DigestContextPointer context(EVP_MD_CTX_new());
    ACTLEDGER_ASSERT(context != nullptr);
    std::size_t length = 0;
    ACTLEDGER_ASSERT(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
    ACTLEDGER_ASSERT(EVP_DigestSign(context.get(), nullptr, &length, message.data(), message.size()) == 1);
    Bytes signature(length);
    ACTLEDGER_ASSERT(EVP_DigestSign(context.get(), signature.data(), &length, message.data(), message.size()) == 1);
    signature.resize(length);
    return signature;
}

}  // namespace ledger
