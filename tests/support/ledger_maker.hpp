#pragma once
// tests/support/ledger_maker.hpp: makes real ledgers on disk through the store's writer: a vendor with root and issuer,
// a server with a key in software, a licence, and whatever events a test wants, also such as no server would decide.

#include <filesystem>

#include "ledger/core/activation_file.hpp"
#include "ledger/core/anchor.hpp"
#include "ledger/license_file/license_terms.hpp"
#include "ledger/license_file/private_key.hpp"
#include "ledger/license_file/reendorsement.hpp"
#include "ledger/license_file/revocation.hpp"
#include "ledger/license_file/rotation.hpp"
#include "ledger/store_write/log_engine.hpp"

namespace support {

/// A certificate and its key.
struct Identity {
    ledger::PrivateKey key;
    ledger::Certificate certificate;
};

class Vendor {
 public:
    Vendor();
    [[nodiscard]] const ledger::Certificate& root() const { return root_.certificate; }
    [[nodiscard]] ledger::Certificate certify_server(const ledger::PublicKey& key, std::string_view server_id) const;
    /// license.bin
    [[nodiscard]] ledger::Bytes license_bin(const ledger::LicenseTerms& terms);
    [[nodiscard]] ledger::Bytes revocation_bin(const ledger::Revocation& revocation);
    /// The same, signed with a key and a chain of somebody else's.
    [[nodiscard]] static ledger::Bytes license_bin_of(const ledger::LicenseTerms& terms,
                                                      const ledger::Certificate& issuer, ledger::Signer& key);
    /// A .ree file.
    [[nodiscard]] ledger::Bytes reendorsement_bin(const ledger::Reendorsement& reendorsement);
    static constexpr ledger::Timestamp began{1'767'225'600'000'000};  ///< 2026-01-01T00:00:00Z

 private:
    Identity root_;
    Identity issuer_;
    Identity recovery_signer_;
};

struct LedgerOptions {
    std::uint64_t seats = 1'000;
    ledger::LeaseTerms lease = {};
    bool with_license = true;
};

/// One ledger in one folder. One thread.
class LedgerMaker {
 public:
    /// Makes the ledger: LedgerCreated, ServerCertified and LicenseImported, as one group.
    LedgerMaker(std::filesystem::path folder, Vendor& vendor, LedgerOptions options = {});

    /// One group, each event a millisecond after the one before.
    void append(std::span<const ledger::EventDraft> drafts);
    void append(ledger::EventDraft draft) { append(std::span(&draft, 1)); }
    /// Also with a time of its own.
    void append_at(std::span<const ledger::EventDraft> drafts, ledger::Timestamp first);

    /// Device `n` activates: five components and a device name that follow from n alone. Its lease begins at the event.
    [[nodiscard]] ledger::EventDraft activation(std::uint64_t n) const;
    [[nodiscard]] static ledger::ActivationId activation_id(std::uint64_t n);
    [[nodiscard]] ledger::LicenseTerms terms(std::string license_id, std::uint64_t quantity) const;

    /// What a desktop would be given for this event.
    [[nodiscard]] std::string activation_file(ledger::SequenceNumber index) const;
    [[nodiscard]] std::string last_head() const;
    [[nodiscard]] std::size_t event_bytes(ledger::SequenceNumber index) const;
    [[nodiscard]] const ledger::Origin& origin() const { return origin_; }
    [[nodiscard]] const ledger::Certificate& server_certificate() const { return certificate_; }
    [[nodiscard]] ledger::PrivateKey& server_key() { return key_; }
    [[nodiscard]] std::uint64_t size() const { return frontier_.size().value; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    /// A head signed by the server's key, for any tree.
    [[nodiscard]] std::string sign_head(const ledger::TreeHead& head);
    /// From now on events and heads bear this incarnation; nothing is appended for it.
    void go_on_as(std::uint32_t incarnation) { origin_.incarnation = incarnation; }
    /// What the next event must say to open `incarnation`, with an anchor of the incarnation before it that knew
    /// `known_size` events and had reserved `reserved` seats of L-1. Nothing is appended.
    [[nodiscard]] ledger::IncarnationOpened opening(std::uint32_t incarnation, std::uint64_t known_size,
                                                    std::uint64_t reserved, std::uint64_t held);
    /// What the vendor says of the ledger as it is, to hand it over to `key`.
    [[nodiscard]] ledger::Reendorsement reendorsement(const ledger::PublicKey& key, const Vendor& vendor) const;
    /// What the next event must say to hand over so, under `incarnation`. Nothing is appended.
    [[nodiscard]] ledger::IncarnationOpened hand_over(std::uint32_t incarnation,
                                                      const ledger::Reendorsement& reendorsement, Vendor& vendor) const;
    /// What the next event must say to hand over to a key that is there, under `incarnation`. Nothing is appended.
    [[nodiscard]] ledger::IncarnationOpened rotation(std::uint32_t incarnation, const ledger::PublicKey& next,
                                                     const Vendor& vendor);
    /// From now on this key signs.
    void go_on_with(ledger::PrivateKey key, const Vendor& vendor);
    /// An anchor of the present incarnation.
    [[nodiscard]] ledger::Anchor anchor(const ledger::TreeHead& head, std::uint64_t reserved) const;
    /// Puts a copy of the folder, made before, in its place, and goes on from there.
    void set_back(const std::filesystem::path& copy);
    [[nodiscard]] ledger::TreeHead tree_head() const { return frontier_.head(); }
    /// Lets go of the log, so that others may open it for writing. Nothing is appended after that.
    void close() { engine_.reset(); }

 private:
    [[nodiscard]] ledger::StoredEvent store(const ledger::EventDraft& draft, ledger::Timestamp at);

    std::filesystem::path folder_;
    LedgerOptions options_;
    ledger::PrivateKey key_;
    ledger::Origin origin_;
    ledger::Certificate certificate_;
    ledger::Frontier frontier_;
    ledger::Timestamp last_{Vendor::began.us + ledger::day.us};
    std::unique_ptr<ledger::LogEngine> engine_;
};

}  // namespace support
