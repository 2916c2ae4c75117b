#pragma once
// hsm/p256_encoding.hpp: P-256 between PKCS#11's forms and X.509's: the part of suite P256-SHA256 that this folder has.
// Everything taken in comes from a card and is not trusted.

#include <array>
#include <optional>

#include "ledger/core/bytes.hpp"

namespace hsm {

/// CKA_EC_PARAMS of P-256: the DER object identifier 1.2.840.10045.3.1.7.
inline constexpr std::array<std::uint8_t, 10> p256_parameters{0x06, 0x08, 0x2a, 0x86, 0x48,
                                                              0xce, 0x3d, 0x03, 0x01, 0x07};

/// DER SubjectPublicKeyInfo of a CKA_EC_POINT: an uncompressed point of 65 bytes, bare or in a DER OCTET STRING (cards
/// do both). Nothing for anything else; whether the point is on the curve is checked by whoever parses the key.
[[nodiscard]] std::optional<ledger::Bytes> p256_spki(ledger::ByteView parameters, ledger::ByteView point);

/// Strict DER ECDSA-Sig-Value of PKCS#11's r || s of 32 bytes each. Nothing if the length is another, or r or s is 0.
[[nodiscard]] std::optional<ledger::Bytes> p256_signature(ledger::ByteView raw);

}  // namespace hsm
