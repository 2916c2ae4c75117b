#pragma once
// tools/verify/documents_fold.hpp: the part of an audit that holds what came from the vendor against the vendor's root:
// the server's certificates, licences, revocations and re-endorsements, each as it was when its event was written.

#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/revocation.hpp"
#include "tools/verify/trust.hpp"

namespace verify {

/// One thread at a time; events in order.
class DocumentsFold {
 public:
    /// Both outlive this.
    DocumentsFold(const Trust& trust, FindingList& findings);

    /// @param judged  the time at which dates are judged for this event; nothing while time is in doubt.
    void add(const ledger::Event& event, std::optional<ledger::Timestamp> judged);
    /// After the last event.
    void finish();

    [[nodiscard]] std::uint64_t licenses() const { return licenses_; }

 private:
    /// One overload a kind of event that brings a document, and one that passes over all others.
    void check(const ledger::Event& event, const ledger::ServerCertified& certified);
    /// What an anchor knew to be revoked is not imported again.
    void remember(const ledger::IncarnationOpened& opened);
    void check(const ledger::Event& event, const ledger::LicenseImported& imported);
    void check(const ledger::Event& event, const ledger::RevocationImported& imported);
    void check(const ledger::Event& event, const ledger::IncarnationOpened& opened);
    /// A hand-over that is genuine rests on nothing that had been revoked. @param file  the vendor's, if it needed one.
    [[nodiscard]] ledger::Result<void> check_not_revoked(
        const ledger::Event& event, const ledger::IncarnationOpened& opened,
        const std::optional<ledger::VerifiedReendorsement>& file) const;
    [[nodiscard]] ledger::Result<void> check_server_chain(const ledger::Event& event,
                                                          const std::vector<ledger::Bytes>& ders) const;
    void add(FindingKind kind, ledger::Error error, const ledger::Event& event);

    const Trust& trust_;
    FindingList& findings_;
    ledger::LicenseFacts facts_;            ///< Of the events before; `now` is each event's.
    ledger::KeyEpochs keys_;                ///< Of the events before; without hand-overs that are not genuine.
    std::vector<ledger::Digest> given_up_;  ///< Keys, by the vendor's file for a log that was lost.
    bool certified_ = false;
    std::uint64_t licenses_ = 0;
};

}  // namespace verify
