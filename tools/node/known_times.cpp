#include "tools/node/known_times.hpp"

#include "ledger/core/time_text.hpp"
#include "tools/node/errc.hpp"

namespace node {

void KnownTimes::add(const std::string& file, ledger::Timestamp at) {
    if (at <= newest_) return;
    newest_ = at;
    file_ = file;
}

ledger::Result<void> KnownTimes::check(ledger::Timestamp now) const {
    if (newest_ <= now) return {};
    return ledger::Error{errc::clock_behind,
                         {},
                         {{"now", ledger::time_text(now)}, {"at_least", ledger::time_text(newest_)}, {"file", file_}}};
}

}  // namespace node
