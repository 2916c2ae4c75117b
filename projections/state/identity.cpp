#include "projections/state/identity.hpp"

#include "projections/state/state_hash.hpp"

namespace projections {

void Identity::apply(const ledger::Event& event) {
    if (event.origin != origin_) origin_ = event.origin;
    if (const auto* created = std::get_if<ledger::LedgerCreated>(&event.body)) {
        if (!genesis_) genesis_ = *created;
    } else if (const auto* certified = std::get_if<ledger::ServerCertified>(&event.body)) {
        certificates_ = certified->certificates;
        certified_at_ = event.sequence_number;
    }
}

void Identity::hash_into(StateHash& hash) const {
    hash.text(origin_).number(key_epoch_).number(genesis_.has_value());
    if (genesis_) {
        hash.number(static_cast<std::uint64_t>(genesis_->suite)).text(genesis_->server_id);
        hash.bytes(genesis_->public_key).bytes(genesis_->vendor_root).bytes(genesis_->device_salt);
        hash.text(genesis_->software_version);
    }
    hash.number(certificates_.size());
    for (const ledger::Bytes& certificate : certificates_) hash.bytes(certificate);
    hash.number(certified_at_.value);
}

}  // namespace projections
