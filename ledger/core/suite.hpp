#pragma once
// ledger/core/suite.hpp: the seam between the ledger and its algorithms. Nothing outside may assume P-256 or SHA-256.
// Event 0 names the suite. ADR: docs/adr/0003-suite-seam.md.

#include <memory>
#include <span>

#include "ledger/core/bytes.hpp"

namespace ledger {

enum class SuiteId : std::uint16_t { unknown = 0, p256_sha256 = 1 };

/// A public key as a compressed point (SEC 1, section 2.3.3): 33 bytes, 0x02 or 0x03 and the x-coordinate.
using CompressedKey = std::array<std::uint8_t, 33>;

/// A public key as DER SubjectPublicKeyInfo, parsed once and then good for many verifications. Cheap to copy,
/// immutable, usable from several threads.
class PublicKey {
 public:
    /// @param spki  DER SubjectPublicKeyInfo, canonical, at most 256 bytes; for P-256 the point is uncompressed.
    /// @return errc::certificate_malformed if it is not a key of the suite.
    [[nodiscard]] static Result<PublicKey> from_spki(SuiteId suite, ByteView spki);
    /// @return errc::certificate_malformed if it is no point of the suite's curve.
    [[nodiscard]] static Result<PublicKey> from_compressed(SuiteId suite, const CompressedKey& point);
    [[nodiscard]] const Bytes& spki() const;
    [[nodiscard]] CompressedKey compressed() const;
    /// @param signature  as in a note: DER ECDSA-Sig-Value for P-256, strict DER. Hashes `message` itself.
    /// @return errc::bad_signature
    [[nodiscard]] Result<void> verify(ByteView message, ByteView signature) const;
    [[nodiscard]] bool operator==(const PublicKey& other) const { return spki() == other.spki(); }

    struct Parsed;

 private:
    explicit PublicKey(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
    std::shared_ptr<const Parsed> parsed_;
};

/// Whether `spki` is a key of the suite, for those who only keep it: what PublicKey::from_spki says, at 2 us instead of
/// the 300 that OpenSSL's decoders take. @return errc::certificate_malformed
[[nodiscard]] Result<void> check_public_key(SuiteId suite, ByteView spki);

/// Hashes of one suite. Stateless; static instances; usable from several threads.
class Suite {
 public:
    static constexpr std::uint8_t leaf_prefix = 0x00;  ///< RFC 6962 section 2.1
    static constexpr std::uint8_t node_prefix = 0x01;

    virtual ~Suite() = default;
    [[nodiscard]] virtual SuiteId id() const = 0;
    /// "P256-SHA256"
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Digest hash(ByteView first, ByteView more = {}) const = 0;  ///< over first || more
    [[nodiscard]] virtual Digest hash_leaf(ByteView event) const = 0;                 ///< RFC 6962: 0x00 || event
    [[nodiscard]] virtual Digest hash_node(const Digest& left, const Digest& right) const = 0;  ///< 0x01 || l || r
    /// hash() of each message, at a third of the cost where there are many (HashBatch).
    /// @param digests  as many as there are messages.
    virtual void hash_all(std::span<const ByteView> messages, std::span<Digest> digests) const = 0;
    [[nodiscard]] virtual Digest empty_root() const = 0;

    /// C2SP signed-note: the signature type byte (ECDSA: 0x02) and the key id.
    /// For P-256 the first four bytes of SHA-256 over the DER SubjectPublicKeyInfo, without the name.
    [[nodiscard]] virtual std::array<std::uint8_t, 4> note_key_id(std::string_view key_name,
                                                                  const PublicKey& key) const = 0;
};

/// @return nullptr for a suite that this program does not know.
[[nodiscard]] const Suite* find_suite(SuiteId id);
/// The suite that a DER SubjectPublicKeyInfo is a key of; nullptr if none is known.
[[nodiscard]] const Suite* find_suite_of_key(ByteView spki);
/// The suite of new ledgers.
[[nodiscard]] const Suite& default_suite();

/// Cryptographically random bytes; the process ends when the system has none.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace ledger
