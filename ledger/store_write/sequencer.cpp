#include "ledger/store_write/sequencer.hpp"

#include "ledger/core/errc.hpp"
#include "ledger/store_write/sequencing.hpp"

namespace ledger {

Result<std::unique_ptr<Sequencer>> Sequencer::start(SequencerParts parts, SequencerOptions options) {
    const PublicKey key = parts.last_head_key ? *parts.last_head_key : parts.signer.public_key();
    ACTLEDGER_TRY(LogTail tail, check_tail(parts.engine, parts.origin, key));
    if (parts.time.not_before < tail.last_event_time) {
        return Error{errc::log_moved, "the state was folded over fewer events than the log has"};
    }
    return std::unique_ptr<Sequencer>(
        new Sequencer(std::make_unique<Impl>(std::move(parts), std::move(options), std::move(tail))));
}

Sequencer::Sequencer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sequencer::~Sequencer() = default;

void Sequencer::submit(std::unique_ptr<Task> task) { impl_->submit(std::move(task)); }
void Sequencer::stop() { impl_->stop(); }
SequencerStats Sequencer::stats() const { return impl_->stats(); }

}  // namespace ledger
