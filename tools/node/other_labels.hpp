#pragma once
// tools/node/other_labels.hpp: what the notes on a token say that stand under labels which the configuration does not
// name (`object=` in hsm.uri). Most are of other ledgers, and nobody's business here; but a server's key may have been
// given up for one of another name on the same token. Why: docs/adr/0027-key-epochs.md.

#include <optional>
#include <span>

#include "hsm/initialise.hpp"
#include "hsm/token.hpp"
#include "ledger/core/key_epochs.hpp"
#include "ledger/store_read/log_reader.hpp"

namespace node {

/// An anchor under another label.
struct OtherAnchor {
    std::string object;  ///< CKA_LABEL: what `object=` would have to say.
    ledger::Anchor anchor;
};

/// A key, and what is known of its ledger besides.
struct KnownHere {
    const ledger::Suite& suite;
    const ledger::PublicKey& key;
    const ledger::Anchor* anchor = nullptr;  ///< The newest that the key signed; null: there is none.
    const ledger::LogReader* log = nullptr;  ///< Null: it is lost.
};

/// The newest of the other notes which says that the server went on under a key of that name. Who signed it is not
/// known here: it is only ever a reason not to go on. An attempt, which names no head of its own yet, says nothing.
/// @return nothing: none says so; what reading the log returns
[[nodiscard]] ledger::Result<std::optional<OtherAnchor>> find_gone_on(const KnownHere& here,
                                                                      std::span<const hsm::LabelledNote> others);

/// There is none. @return errc::hand_over_missing; as find_gone_on
[[nodiscard]] ledger::Result<void> check_not_gone_on(const KnownHere& here, std::span<const hsm::LabelledNote> others);

/// The anchor of `key` among all notes on a token, if the key is there as well and nothing says that another one took
/// over from it: then it is not lost.
/// @param anchor_folder  as it is configured; empty: none. It is read if the rest says that the key is well.
/// @return what has_key and reading the folder return
[[nodiscard]] ledger::Result<std::optional<OtherAnchor>> find_well_key(const ledger::Suite& suite,
                                                                       const ledger::PublicKey& key,
                                                                       std::span<const hsm::LabelledNote> notes,
                                                                       const std::filesystem::path& anchor_folder,
                                                                       const hsm::HasKey& has_key);

/// The newest anchor of one of these servers under a label other than options.label() whose key is there as well.
/// Nothing also if the token cannot be read: whoever asks has an error to tell already.
[[nodiscard]] std::optional<OtherAnchor> find_key_elsewhere(const hsm::Options& options,
                                                            std::span<const std::string> server_ids);

/// Where the log is lost: a key before the one that signed `anchor` may have signed after it, because that is an
/// attempt which was given up, and the earlier key went on. @return errc::two_keys_signed
[[nodiscard]] ledger::Result<void> check_not_outlived(const ledger::Suite& suite, const ledger::Anchor& anchor,
                                                      std::span<const hsm::LabelledNote> others);

/// Destroys the notes of a server's given-up keys under other labels: nothing is to be found by them any more. Whoever
/// calls it has the hand-over in the log, durably. No other note is touched.
/// @param others  as the token gave them.
/// @return what the token returns
[[nodiscard]] ledger::Result<void> forget_given_up(const ledger::Suite& suite, const std::string& server_id,
                                                   std::span<const ledger::PublicKey> given_up,
                                                   std::span<const hsm::LabelledNote> others, hsm::Token& token);
/// All that a ledger had before its present one.
[[nodiscard]] std::vector<ledger::PublicKey> given_up_keys(const ledger::KeyEpochs& keys,
                                                           const ledger::PublicKey& present);

/// The key is here under another name. errc::key_of_other_object
[[nodiscard]] ledger::Error key_of_other_object(const OtherAnchor& found);
/// errc::key_well_on_token
[[nodiscard]] ledger::Error key_well_on_token(const OtherAnchor& found);

}  // namespace node
