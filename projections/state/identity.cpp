#include "projections/state/identity.hpp"

#include "projections/state/state_hash.hpp"

namespace projections {

void Identity::apply(const ledger::Event& event) {
    if (event.origin != origin_) origin_ = event.origin;
    if (const auto* created = std::get_if<ledger::LedgerCreated>(&event.body)) {
        if (!genesis_) genesis_ = *created;
    } else if (const auto* certified = std::get_if<ledger::ServerCertified>(&event.body)) {
        chains_[event.sequence_number] = std::make_shared<const std::vector<ledger::Bytes>>(certified->certificates);
    }
}

const std::vector<ledger::Bytes>& Identity::certificates() const {
    static const std::vector<ledger::Bytes> none;
    return chains_.empty() ? none : *chains_.rbegin()->second;
}

CertificateChain Identity::chain_before(ledger::SequenceNumber index) const {
    const auto after = chains_.lower_bound(index);
    return after == chains_.begin() ? nullptr : std::prev(after)->second;
}

ledger::SequenceNumber Identity::certified_at() const {
    return chains_.empty() ? ledger::SequenceNumber{} : chains_.rbegin()->first;
}

void Identity::hash_into(StateHash& hash) const {
    hash.text(origin_).number(key_epoch_).number(genesis_.has_value());
    if (genesis_) {
        hash.number(static_cast<std::uint64_t>(genesis_->suite)).text(genesis_->server_id);
        hash.bytes(genesis_->public_key).bytes(genesis_->vendor_root).bytes(genesis_->device_salt);
        hash.text(genesis_->software_version);
    }
    hash.number(chains_.size());
    for (const auto& [recorded_at, chain] : chains_) {
        hash.number(recorded_at.value).number(chain->size());
        for (const ledger::Bytes& certificate : *chain) hash.bytes(certificate);
    }
}

}  // namespace projections
