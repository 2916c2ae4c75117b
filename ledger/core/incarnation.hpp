#pragma once
// ledger/core/incarnation.hpp: the stretches of a history under one origin each, and what must be true where one ends
// and the next begins (invariant L3). Rules: docs/formats/event.md, "Incarnations"; why: docs/adr/0026-incarnations.md.

#include <optional>
#include <span>
#include <vector>

#include "ledger/core/anchor.hpp"
#include "ledger/core/event.hpp"
#include "ledger/core/key_epochs.hpp"

namespace ledger {

/// A note that names the newest head that was known before a loss. Parsed, not verified.
struct KnownHead {
    SignedNote note;
    Checkpoint checkpoint;         ///< Of the anchor: its origin and head.
    std::optional<Anchor> anchor;  ///< If it is one.
    /// @return errc::malformed_note, malformed_checkpoint, malformed_anchor, too_large
    [[nodiscard]] static Result<KnownHead> parse(std::string_view note);
};

/// Whether events are missing, or may be: everywhere but where the key alone changed. A log that is as long as the
/// newest head that is known, or longer, may lack its end as well: a restored copy, or one from before a later
/// incarnation.
/// @param knows_head  whether a head is named that was known before
[[nodiscard]] constexpr bool may_miss_events(IncarnationOpened::Reason reason, bool knows_head) {
    using Reason = IncarnationOpened::Reason;
    return reason != Reason::rotated && (reason != Reason::reendorsed || knows_head);
}

/// What an IncarnationOpened says, its notes taken apart.
struct Incarnation {
    std::uint32_t number = 0;
    SequenceNumber opened_by;  ///< The event; what was kept are all events before it, or nothing (begins_log).
    IncarnationOpened::Reason reason{};
    std::optional<Checkpoint> known;  ///< The newest head known before.
    [[nodiscard]] TreeSize kept() const { return {begins_log(reason) ? 0 : opened_by.value}; }
    [[nodiscard]] bool may_miss_events() const { return ledger::may_miss_events(reason, known.has_value()); }
    /// Events may be missing, and nothing says how far the lost part went.
    [[nodiscard]] bool end_unknown() const {
        const bool told = known && known->head.size > kept() && reason != IncarnationOpened::Reason::log_and_key_lost;
        return may_miss_events() && !told;
    }
};

/// All incarnations of a log, folded from its events in order. Total: what cannot be read is taken as far as it can be.
class Incarnations {
 public:
    void apply(const Event& event);
    /// The same as after the events that gave these two: from a stored state.
    [[nodiscard]] static Incarnations restored(std::uint32_t first, std::vector<Incarnation> opened);
    [[nodiscard]] std::uint32_t first() const { return first_; }
    /// Those that an event opened, in order; the first one of a ledger is not among them.
    [[nodiscard]] const std::vector<Incarnation>& opened() const { return opened_; }
    /// Of the newest event; 0 before any.
    [[nodiscard]] std::uint32_t present() const { return present_; }
    /// What ended the incarnation `number`; nullptr while it is the present one, or a later one.
    [[nodiscard]] const Incarnation* end_of(std::uint32_t number) const;
    /// Whether the log must have a head that was signed under this origin. False: its incarnation was closed before it,
    /// because of it, or was lost whole. A head of an incarnation that is not open yet must be there, too.
    [[nodiscard]] bool must_have(const Checkpoint& head) const;
    /// Whether the log has kept event `index` of this incarnation, or another one in its place if two histories were
    /// under its origin.
    [[nodiscard]] bool has_kept(std::uint32_t number, SequenceNumber index) const;
    /// That an event of the log is of. @pre there is such an event
    [[nodiscard]] std::uint32_t number_of(SequenceNumber index) const;

 private:
    std::uint32_t first_ = 0;
    std::uint32_t present_ = 0;
    std::vector<Incarnation> opened_;
};

/// Judges origins in order, as rules 1 to 3 and 8 have them: each event, and each head after the last event that it
/// covers.
class OriginOrder {
 public:
    /// @param keys  of all of the log; outlive this. nullptr: signatures are not judged.
    OriginOrder(const Suite& suite, const KeyEpochs* keys) : suite_(suite), keys_(keys) {}

    /// The next event. @return errc::wrong_origin (facts: origin, expected); errc::incarnation_wrong (detail). In both
    /// cases an IncarnationOpened is followed all the same, so that what comes after it is not found wrong as well.
    [[nodiscard]] Result<void> add(const Event& event);
    /// A released head over all events so far. @return errc::wrong_origin (facts: origin, expected)
    [[nodiscard]] Result<void> add(const Checkpoint& head);
    /// An event that cannot be read: whatever origin the next one has may follow from it.
    void skip() { unknown_ = true; }

 private:
    [[nodiscard]] Result<void> check_opening(const Event& event, const IncarnationOpened& opened) const;
    [[nodiscard]] Result<void> check_kept(const Event& event, const IncarnationOpened& opened) const;
    [[nodiscard]] Result<void> check_known(const Origin& origin, const IncarnationOpened& opened) const;

    const Suite& suite_;
    const KeyEpochs* keys_;
    std::string origin_;  ///< Of the newest event; empty before the first.
    bool unknown_ = false;
    bool cleared_ = false;  ///< The newest event says that the key is destroyed.
    std::optional<Checkpoint> last_head_;
};

}  // namespace ledger
