#pragma once
// tools/verify/trust.hpp: what an audit starts from: the vendor's root as given, and what event 0 says of suite, key
// and origin; then the keys that the vendor handed the ledger over to. Nothing here is believed because it is stored:
// the first key must give the server id, a certificate under the root must be over it (rules_fold.hpp), and a hand-over
// is signed under the root.

#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "ledger/license_file/key_change.hpp"
#include "ledger/store_read/log_scan.hpp"
#include "tools/verify/finding.hpp"

namespace verify {

/// What the vendor vouched for when the ledger was handed over to another key.
struct VouchedHead {
    ledger::SequenceNumber event;  ///< The hand-over.
    ledger::Reendorsement reendorsement;
};

/// Immutable once made; shared by the threads of an audit.
struct Trust {
    ledger::Certificate root;    ///< As given.
    const ledger::Suite* suite;  ///< Of event 0; the default suite if that cannot be read.
    ledger::KeyEpochs keys;      ///< The first as event 0 has it, if it can be read; the others under the root.
    std::vector<VouchedHead> vouched;
    std::vector<ledger::SequenceNumber> refused;  ///< Hand-overs that are not genuine, and have been found.
    ledger::Origin origin;                        ///< Of event 0.
    std::string origin_text;                      ///< Empty if event 0 cannot be read.
    std::array<std::uint8_t, 4> key_id{};         ///< As in signature lines under that origin.
};

/// Judges event 0: that it creates a ledger, that its root is the one given and that its server id follows from its
/// key.
/// @param genesis  stored bytes of event 0; empty: there is none.
[[nodiscard]] Trust establish_trust(const ledger::Certificate& root, ledger::ByteView genesis, FindingList& findings);
/// Adds the keys that the ledger was handed over to. A hand-over that is not genuine adds none, and is a finding: the
/// heads after it are of no known key, so that it may lie behind the last good one.
/// @return what reading the log returns
[[nodiscard]] ledger::Result<void> add_hand_overs(Trust& trust, const ledger::LogView& view, FindingList& findings);

/// A stored head: well formed, for the size it is stored under, of an origin of this ledger, with one signature line of
/// the ledger's key. The signature itself is checked by verify_head.
/// @return errc::malformed_checkpoint, head_misplaced, wrong_origin, unknown_key
[[nodiscard]] ledger::Result<ledger::SignedCheckpoint> read_head(const Trust& trust, std::uint64_t size,
                                                                 std::string_view note);
/// @return ledger::errc::bad_signature, unknown_key
[[nodiscard]] ledger::Result<void> verify_head(const Trust& trust, const ledger::SignedCheckpoint& head);

/// A finding about a head: its place are the events up to it, and it has the fact "size".
[[nodiscard]] Finding head_finding(ledger::Error error, std::uint64_t size);

}  // namespace verify
