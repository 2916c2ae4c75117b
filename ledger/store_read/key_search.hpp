#pragma once
// ledger/store_read/key_search.hpp: finds the events that hand a ledger over to another key, by halving over its heads:
// before anything else is read, because whoever judges heads must know the keys. Format: docs/formats/log.md.

#include <functional>

#include "ledger/core/key_epochs.hpp"
#include "ledger/store_read/log_reader.hpp"
#include "ledger/store_read/log_scan.hpp"

namespace ledger {

/// What the search asks for. Nothing is assumed of what is found.
struct KeySearchSource {
    /// The smallest stored head of at least `size`; nothing if there is none.
    std::function<Result<std::optional<ReleasedHead>>(TreeSize size)> head_from;
    std::function<Result<Bytes>(SequenceNumber)> event;
};
/// `log` and `view` outlive the source.
[[nodiscard]] KeySearchSource key_search_in(const LogReader& log);
[[nodiscard]] KeySearchSource key_search_in(const LogView& view);

/// Whether a hand-over is genuine. @param before  the key epochs before it.
using HandOverJudge = std::function<Result<void>(const Event& event, const KeyEpochs& before)>;

/// The key epochs of a log whose newest head is of `size`: event 0, and each event that opens an incarnation. What
/// `judge` refuses begins no epoch; so does what cannot be read, or what heads that are out of order hide: then the
/// heads after it are of no known key, which is for whoever judges them to say.
/// @return what the source returns
[[nodiscard]] Result<KeyEpochs> find_key_epochs(const KeySearchSource& source, TreeSize size,
                                                const HandOverJudge& judge);

}  // namespace ledger
