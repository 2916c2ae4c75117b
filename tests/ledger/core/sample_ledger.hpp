#pragma once
// tests/ledger/core/sample_ledger.hpp: a vendor's root, a server with a software key, and a ledger of some events with
// their tree: what an activation file is made of.

#include "ledger/core/activation_file.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"
#include "ledger/license_file/certificate_issue.hpp"
#include "tests/ledger/core/memory_nodes.hpp"
#include "tests/ledger/core/random_event.hpp"

namespace ledger {

class SampleLedger {
 public:
    explicit SampleLedger(std::uint64_t seed)
        : root_key(PrivateKey::generate()),
          server_key(PrivateKey::generate()),
          root(make_root_certificate(root_key, "Sample vendor root", {{1'600'000'000'000'000}})),
          origin{derive_server_id(suite, server_key.public_key()), 1},
          server_certificate(issue_server_certificate(root, root_key, server_key.public_key(), origin.server_id)),
          events_(seed),
          frontier_(suite) {}

    /// Appends an event with this body and annex, as the sequencer would.
    SequenceNumber append(EventBody body, std::vector<AnnexValue> annex = {}) {
        Event event;
        event.sequence_number = next_of(frontier_.size());
        event.time = {1'700'000'000'000'000 + static_cast<std::int64_t>(event.sequence_number.value)};
        event.origin = origin.text();
        event.body = std::move(body);
        for (const auto& value : annex) event.commitments.push_back({value.field, commitment_digest(suite, value)});
        return append_stored(encode_event(event).value(), std::move(annex));
    }
    SequenceNumber append_stored(Bytes event, std::vector<AnnexValue> annex = {}) {
        nodes_.append(frontier_, suite.hash_leaf(event));
        stored_.push_back(std::move(event));
        annexes_.push_back(std::move(annex));
        return {stored_.size() - 1};
    }
    void grow(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) append(ServerStarted{"1.0"});
    }
    SequenceNumber append_seat() { return append(SeatActivated{events_.seat()}, events_.annex()); }

    [[nodiscard]] std::string checkpoint() {
        return sign_note(suite, Checkpoint{origin, frontier_.head()}.body(), origin.text(), server_key).value();
    }
    [[nodiscard]] TreeSize size() const { return frontier_.size(); }
    /// That the newest tree continues the tree of `older`.
    [[nodiscard]] std::vector<Digest> consistency(TreeSize older) {
        return consistency_proof(suite, older, frontier_.size(), nodes_).value();
    }
    /// The file of an event under the newest head.
    [[nodiscard]] ActivationFile file(SequenceNumber index) {
        ActivationFile file;
        file.event = stored_[index.value];
        file.certificates = {server_certificate.der()};
        file.annex = annexes_[index.value];
        const auto event = decode_event(file.event);
        if (event && event->seat() != nullptr) file.device_salt.emplace().fill(0x5a);
        file.index = index;
        file.proof = inclusion_proof(suite, index, frontier_.size(), nodes_).value();
        file.checkpoint = checkpoint();
        return file;
    }

    const Suite& suite = default_suite();
    PrivateKey root_key;
    PrivateKey server_key;
    Certificate root;
    Origin origin;
    Certificate server_certificate;

 private:
    RandomEvents events_;
    Frontier frontier_;
    MemoryNodes nodes_;
    std::vector<Bytes> stored_;
    std::vector<std::vector<AnnexValue>> annexes_;
};

template <class T>
bool refused(const Result<T>& result, errc code) {
    return !result && result.error().code == code;
}

}  // namespace ledger
