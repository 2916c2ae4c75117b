#pragma once
// ledger/core/key_epochs.hpp: which of a server's keys signs which heads. A server id outlives its keys: each hand-over
// in the log begins a key epoch (invariant L7). Rules: docs/formats/event.md, "Incarnations"; why: ADR 27.

#include <vector>

#include "ledger/core/anchor.hpp"
#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "ledger/core/event.hpp"

namespace ledger {

/// The reign of one signing key.
struct KeyEpoch {
    std::uint32_t number = 1;
    /// LedgerCreated, or the IncarnationOpened that handed over to it; or that began the log anew, for all but the
    /// first of those that the anchor in it names.
    SequenceNumber begun_by;
    /// The first incarnation whose heads it can have signed: the one after the newest before the hand-over. A number
    /// between that and `incarnation` was used up by attempts, under this key or the one before.
    /// Of the first key of a log this says nothing: it can have signed all that is earlier than the next key's.
    std::uint32_t from_incarnation = 1;
    std::uint32_t incarnation = 1;  ///< That the event bears; from here on only this key signs.
    PublicKey key;
    /// DER, of the event that began it; empty for the first key, which is certified later, and for those between it and
    /// the last one that an anchor names.
    Bytes certificate;
};

/// All key epochs of a log, folded from its events in order; or only from those that begin one. Total: an event that
/// cannot be read begins none. Says nothing of whether a hand-over is genuine: whoever folds has judged it.
class KeyEpochs {
 public:
    void apply(const Event& event);
    /// The same as after the events that gave these: from a stored state.
    /// @param newest_incarnation  of the events so far.
    [[nodiscard]] static KeyEpochs restored(std::vector<KeyEpoch> epochs, std::uint32_t newest_incarnation);
    [[nodiscard]] const std::vector<KeyEpoch>& all() const { return epochs_; }
    [[nodiscard]] bool empty() const { return epochs_.empty(); }
    /// The one that signs now. @pre !empty() (asserted), as of first().
    [[nodiscard]] const KeyEpoch& present() const;
    [[nodiscard]] const KeyEpoch& first() const;
    /// DER SubjectPublicKeyInfo of each, the present one last.
    [[nodiscard]] std::vector<Bytes> spkis() const;
    /// As an anchor names them.
    void name_in(Anchor& anchor) const;

    /// A note under this origin's name is signed by the key that could sign for its incarnation.
    /// @return errc::unknown_key (also when there is no epoch), errc::bad_signature
    [[nodiscard]] Result<void> verify(const Suite& suite, const SignedNote& note, const Origin& origin) const;
    /// The same for a head beyond the events that are known, which a later key may have signed: wrong is only what a
    /// known key is said to have signed and has not.
    /// @return errc::bad_signature
    [[nodiscard]] Result<void> verify_later(const Suite& suite, const SignedNote& note, const Origin& origin) const;
    /// Whether the key id of a signature line is that of a key which could sign under this origin.
    [[nodiscard]] bool is_key_id(const Suite& suite, const Origin& origin,
                                 const std::array<std::uint8_t, 4>& key_id) const;

 private:
    void take_from_anchor(const Event& event, const IncarnationOpened& opened);
    [[nodiscard]] bool can_sign(std::size_t index, std::uint32_t incarnation) const;

    std::vector<KeyEpoch> epochs_;
    std::uint32_t newest_incarnation_ = 0;  ///< Of the events so far.
};

}  // namespace ledger
