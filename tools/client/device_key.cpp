#include "tools/client/device_key.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "ledger/core/suite.hpp"
#include "tools/client/errc.hpp"

namespace client {

struct DeviceKey::Parsed {
    explicit Parsed(EVP_PKEY* key) : pkey(key) {}
    ~Parsed() { EVP_PKEY_free(pkey); }
    Parsed(const Parsed&) = delete;
    Parsed& operator=(const Parsed&) = delete;
    EVP_PKEY* pkey;
};

namespace {

struct BioFree {
    void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;

ledger::Error damaged(const std::string& file) { return {errc::key_damaged, "", {{"file", file}}}; }

int no_passphrase(char*, int, int, void*) { return -1; }  // never asks on the terminal

}  // namespace

DeviceKey::DeviceKey(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(parsed_->pkey, &der);
    ACTLEDGER_ASSERT(size > 0);
    spki_.assign(der, der + size);
    OPENSSL_free(der);
}

DeviceKey DeviceKey::generate() {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    ACTLEDGER_ASSERT(key != nullptr);
    return DeviceKey(std::make_shared<const Parsed>(key));
}

ledger::Result<DeviceKey> DeviceKey::from_pem(std::string_view pem, const std::string& file) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr);
    if (key == nullptr) return damaged(file);
    auto parsed = std::make_shared<const Parsed>(key);
    char group[32] = {};
    std::size_t size = 0;
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1 ||
        std::string_view(group) != "prime256v1") {
        return damaged(file);
    }
    return DeviceKey(std::move(parsed));
}

std::string DeviceKey::pem() const {
    const Bio bio(BIO_new(BIO_s_secmem()));
    const int written = PEM_write_bio_PKCS8PrivateKey(bio.get(), parsed_->pkey, nullptr, nullptr, 0, nullptr, nullptr);
    ACTLEDGER_ASSERT(written == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

ledger::Bytes DeviceKey::sign(std::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const auto bytes = ledger::as_bytes(message);
    std::size_t size = 0;
    bool made = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, parsed_->pkey) == 1 &&
                EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) == 1;
    ledger::Bytes signature(size);
    made = made && EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) == 1;
    ACTLEDGER_ASSERT(made);
    signature.resize(size);
    return signature;
}

std::string device_proof_text(const DeviceProof& proof) {
    const auto digest = ledger::default_suite().hash(ledger::as_bytes(proof.body));
    std::string text = "actledger-device-proof/1\n";
    for (const auto part : {proof.method, proof.path, proof.origin, proof.challenge}) text.append(part) += '\n';
    return text += ledger::hex_encode(digest.view()) + "\n";
}

}  // namespace client
