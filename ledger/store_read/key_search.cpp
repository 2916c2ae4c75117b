#include "ledger/store_read/key_search.hpp"

#include "ledger/core/checkpoint.hpp"
#include "ledger/core/errc.hpp"
#include "ledger/core/event_codec.hpp"

namespace ledger {
namespace {

/// So many heads in a row that cannot be read are passed over.
constexpr int unreadable_max = 16;

struct FoundHead {
    TreeSize size;
    std::uint32_t incarnation = 0;
};

/// The first head of at least `from` that can be read, and not beyond `size`.
Result<std::optional<FoundHead>> readable_head(const KeySearchSource& source, TreeSize from, TreeSize size) {
    for (int tried = 0; tried < unreadable_max && from <= size; ++tried) {
        ACTLEDGER_TRY(const auto head, source.head_from(from));
        if (!head || head->size > size) break;
        if (const auto parsed = SignedCheckpoint::parse(head->note)) {
            return std::optional(FoundHead{head->size, parsed->checkpoint.origin.incarnation});
        }
        from = {head->size.value + 1};
    }
    return std::optional<FoundHead>();
}

/// The first head of a later incarnation than `current`, in (current.size, size]; and the size before it.
struct Boundary {
    FoundHead head;
    TreeSize before;
};
Result<std::optional<Boundary>> next_boundary(const KeySearchSource& source, FoundHead current, TreeSize size) {
    std::uint64_t low = current.size.value + 1;  // all heads of a smaller size are of this incarnation
    std::uint64_t high = size.value + 1;         // the first head from here on is not, or there is none
    std::optional<FoundHead> found;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        ACTLEDGER_TRY(const auto head, readable_head(source, {middle}, size));
        if (!head) {
            high = middle;
        } else if (head->incarnation > current.incarnation) {
            found = head;
            high = middle;
        } else {
            low = head->size.value + 1;
        }
    }
    if (!found || found->size.value < low) return std::optional<Boundary>();
    return std::optional(Boundary{*found, {low - 1}});
}

Result<std::optional<Event>> readable_event(const KeySearchSource& source, SequenceNumber number) {
    auto stored = source.event(number);
    if (!stored && stored.error().code == errc::not_found) return std::optional<Event>();
    if (!stored) return stored.error();
    auto event = decode_event(*stored);
    if (!event) return std::optional<Event>();
    return std::optional(*std::move(event));
}

/// Folds an event that opens an incarnation, unless it hands over and is not genuine.
void apply_judged(KeyEpochs& epochs, const Event& event, const HandOverJudge& judge) {
    const auto* opened = std::get_if<IncarnationOpened>(&event.body);
    const bool hands_over = opened != nullptr && opened->hands_over() && !epochs.empty();
    if (!hands_over || judge(event, epochs)) epochs.apply(event);
}

}  // namespace

KeySearchSource key_search_in(const LogReader& log) {
    return {[&log](TreeSize size) -> Result<std::optional<ReleasedHead>> {
                std::optional<ReleasedHead> found;
                ACTLEDGER_CHECK(log.visit_heads(size, [&](const ReleasedHead& head) {
                    found = head;
                    return false;
                }));
                return found;
            },
            [&log](SequenceNumber number) { return log.event(number); }};
}

KeySearchSource key_search_in(const LogView& view) {
    return {
        [&view](TreeSize size) -> Result<std::optional<ReleasedHead>> {
            std::optional<ReleasedHead> found;
            ACTLEDGER_CHECK(view.visit(LogDatabase::heads, log_key(size.value), {}, [&](ByteView key, ByteView note) {
                const auto number = log_key_number(key);
                if (!number) return true;
                found = ReleasedHead{{*number}, std::string(as_text(note))};
                return false;
            }));
            return found;
        },
        [&view](SequenceNumber number) -> Result<Bytes> {
            Result<Bytes> found = Error{errc::not_found};
            ACTLEDGER_CHECK(view.visit(LogDatabase::events, log_key(number.value), log_key(number.value + 1),
                                       [&](ByteView, ByteView stored) {
                                           found = copy(stored);
                                           return false;
                                       }));
            return found;
        }};
}

Result<KeyEpochs> find_key_epochs(const KeySearchSource& source, TreeSize size, const HandOverJudge& judge) {
    KeyEpochs epochs;
    ACTLEDGER_TRY(const auto genesis, readable_event(source, {0}));
    if (genesis) epochs.apply(*genesis);
    // A log that begins under a later origin says in its second event what was lost; no head stands between the two.
    if (genesis && !genesis->origin.ends_with("/1")) {
        ACTLEDGER_TRY(const auto opening, readable_event(source, {1}));
        const auto* opened = opening ? std::get_if<IncarnationOpened>(&opening->body) : nullptr;
        if (opened != nullptr && begins_log(opened->reason)) apply_judged(epochs, *opening, judge);
    }
    ACTLEDGER_TRY(auto current, readable_head(source, {1}, size));
    while (current) {
        ACTLEDGER_TRY(const auto boundary, next_boundary(source, *current, size));
        if (!boundary) break;
        ACTLEDGER_TRY(const auto event, readable_event(source, {boundary->before.value}));
        if (event) apply_judged(epochs, *event, judge);
        current = boundary->head;
    }
    return epochs;
}

}  // namespace ledger
