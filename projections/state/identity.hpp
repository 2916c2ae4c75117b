#pragma once
// projections/state/identity.hpp: who this ledger is: what event 0 said, the certificates of its key, and
// its incarnations.

#include <map>
#include <memory>
#include <optional>

#include "ledger/core/incarnation.hpp"
#include "ledger/license_file/license_terms.hpp"

namespace projections {

class StateReader;
class StateWriter;

/// Certificates of the server's key, leaf first, without the root; never changed once made, so any thread may read it.
using CertificateChain = std::shared_ptr<const std::vector<ledger::Bytes>>;

/// Empty until event 0 is folded.
class Identity {
 public:
    /// What event 0 said, or nullptr before it.
    [[nodiscard]] const ledger::LedgerCreated* genesis() const { return genesis_ ? &*genesis_ : nullptr; }
    /// The newest chain over the server's key; empty until the first licence.
    [[nodiscard]] const std::vector<ledger::Bytes>& certificates() const;
    /// The newest chain recorded before event `index`, or by it if it hands over to another key, which then signs its
    /// head: what its activation file bears for ever, also when the vendor has issued another chain since. nullptr:
    /// there was none.
    [[nodiscard]] CertificateChain chain_for(ledger::SequenceNumber index) const;
    /// The first one that was recorded, or nullptr.
    [[nodiscard]] CertificateChain first_chain() const { return chains_.empty() ? nullptr : chains_.begin()->second; }
    /// Where the newest was recorded; meaningless while certificates() is empty.
    [[nodiscard]] ledger::SequenceNumber certified_at() const;
    /// The server's keys, the present one last.
    [[nodiscard]] const ledger::KeyEpochs& keys() const { return keys_; }
    /// The version of the software that writes, as event 0 or the newest ServerStarted has it; empty before event 0.
    struct Software {
        std::string version;
        ledger::SequenceNumber recorded_by;
    };
    [[nodiscard]] const Software& software() const { return software_; }
    /// The origin of the newest event, "<server id>/<incarnation>".
    [[nodiscard]] const std::string& origin() const { return origin_; }

    /// What opened the incarnations since the first.
    [[nodiscard]] const ledger::Incarnations& incarnations() const { return incarnations_; }

    /// What the vendor said was live when log and key were lost together; nothing if they never were.
    [[nodiscard]] const std::optional<ledger::VouchedLicenses>& vouched() const { return vouched_; }

    /// Terms, by their digests, of the licences that were live in a log which was lost under a later key than the
    /// server's first: they were this server's, whichever key they name.
    [[nodiscard]] const std::vector<ledger::Digest>& anchored() const { return anchored_; }

    void apply(const ledger::Event& event);
    void write(StateWriter& out) const;
    void read(StateReader& in);  ///< @pre nothing was folded

 private:
    void remember_licenses(const ledger::IncarnationOpened& opened);
    void read_incarnations(StateReader& in);
    void read_keys(StateReader& in);
    void write_vouched(StateWriter& out) const;
    void read_vouched(StateReader& in);
    [[nodiscard]] bool hands_over(ledger::SequenceNumber index) const;

    std::optional<ledger::LedgerCreated> genesis_;
    std::map<ledger::SequenceNumber, CertificateChain> chains_;  // by ServerCertified, or a hand-over
    ledger::KeyEpochs keys_;
    Software software_;
    std::string origin_;
    ledger::Incarnations incarnations_;
    std::optional<ledger::VouchedLicenses> vouched_;
    std::vector<ledger::Digest> anchored_;
};

}  // namespace projections
