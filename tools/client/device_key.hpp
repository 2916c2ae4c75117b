#pragma once
// tools/client/device_key.hpp: the desktop's own key (P-256), made at its first activation. Its public half stands in
// the event; renewal, release and adoption are signed with it (docs/adr/0019-device-keys-and-challenges.md).

#include <memory>
#include <string>

#include "ledger/core/bytes.hpp"

namespace client {

/// Immutable; movable. The private key is wiped when it is destroyed.
class DeviceKey {
 public:
    [[nodiscard]] static DeviceKey generate();
    /// PKCS#8 in PEM, unencrypted, P-256. @return errc::key_damaged (facts: file), named `file` in the message.
    [[nodiscard]] static ledger::Result<DeviceKey> from_pem(std::string_view pem, const std::string& file);
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] const ledger::Bytes& spki() const { return spki_; }  ///< DER SubjectPublicKeyInfo.
    /// Strict-DER ECDSA-Sig-Value over SHA-256 of `message`.
    [[nodiscard]] ledger::Bytes sign(std::string_view message) const;

    struct Parsed;

 private:
    explicit DeviceKey(std::shared_ptr<const Parsed> parsed);
    std::shared_ptr<const Parsed> parsed_;
    ledger::Bytes spki_;
};

/// What is signed to prove the device key for one request.
struct DeviceProof {
    std::string_view method;
    std::string_view path;
    std::string_view origin;  ///< "<server id>/<incarnation>"
    std::string_view challenge;
    std::string_view body;
};

/// The text under the signature:
/// "actledger-device-proof/1\n" METHOD "\n" path "\n" origin "\n" challenge "\n" hex(sha256(body)) "\n"
[[nodiscard]] std::string device_proof_text(const DeviceProof& proof);

}  // namespace client
