#pragma once
// ledger/license_file/private_key.hpp: a vendor's private key in software: P-256, kept as encrypted PKCS#8 PEM. The
// server's key is never one of these: it lives in the HSM.

#include <memory>

#include "ledger/core/signer.hpp"

struct evp_pkey_st;

namespace ledger {

constexpr std::size_t passphrase_bytes_min = 8;
constexpr std::size_t passphrase_bytes_max = 1'024;

/// Movable, one owner, one thread at a time.
class PrivateKey final : public Signer {
 public:
    [[nodiscard]] static PrivateKey generate();
    /// @param pem  one PKCS#8 block, encrypted. @return license_file::errc::key_malformed, key_passphrase_wrong
    [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem, std::string_view passphrase);
    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey() override;

    /// PKCS#8, PBES2 with scrypt and AES-256-CBC. @pre a passphrase within the limits above (asserted).
    [[nodiscard]] std::string pem(std::string_view passphrase) const;
    [[nodiscard]] const PublicKey& public_key() const override { return public_key_; }
    [[nodiscard]] Result<Bytes> sign(ByteView message) override;
    [[nodiscard]] evp_pkey_st* handle() const { return key_.get(); }

 private:
    struct Free {
        void operator()(evp_pkey_st* key) const;
    };
    PrivateKey(std::unique_ptr<evp_pkey_st, Free> key, PublicKey public_key);

    std::unique_ptr<evp_pkey_st, Free> key_;
    PublicKey public_key_;
};

}  // namespace ledger
