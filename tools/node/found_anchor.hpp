#pragma once
// tools/node/found_anchor.hpp: the anchor that holds, out of all places where one is kept, and what a log is to it.

#include "hsm/folder_anchor_store.hpp"
#include "hsm/token.hpp"
#include "ledger/store_read/anchor_check.hpp"

namespace node {

struct FoundAnchor {
    ledger::Anchor anchor;
    ledger::Bytes note;  ///< It, as it was signed.
    /// Each place has it and no other one of its server, as a replacement that was not stopped leaves it.
    bool settled = true;
    std::vector<hsm::LabelledNote> others;  ///< What the token has under other labels.
};

/// Nothing among the notes calls itself an anchor whose keys go on after `key`, other than to `expected`. Who signed it
/// is not known here: it is only ever a reason not to go on. @return errc::hand_over_missing
[[nodiscard]] ledger::Result<void> check_no_successor(const ledger::Suite& suite, std::span<const ledger::Bytes> notes,
                                                      const ledger::PublicKey& key,
                                                      const ledger::PublicKey* expected = nullptr);

/// The key has not handed over, by what is there: on the token an attempt stands beside the anchor that holds, and
/// alone it is the one that holds; the second place is told of a hand-over once that is in the log.
/// @return errc::hand_over_missing
[[nodiscard]] ledger::Result<void> check_not_handed_over(const ledger::Suite& suite,
                                                         std::span<const ledger::Bytes> on_token,
                                                         std::span<const ledger::Bytes> in_folder,
                                                         const ledger::PublicKey& key);

/// Why the token does not have options.public_key: errc::key_of_other_object if it has it under another label;
/// errc::hand_over_missing if it, or the second place, has an anchor of a key to which that one handed over; else
/// `missing`.
/// @param second  may be null.
[[nodiscard]] ledger::Error explain_missing_key(ledger::Error missing, const hsm::Options& options,
                                                hsm::FolderAnchorStore* second);
/// The token with the key that a log names, ready to sign. @return also as explain_missing_key has it
[[nodiscard]] ledger::Result<std::unique_ptr<hsm::Token>> open_ledger_token(const hsm::Options& options,
                                                                            hsm::FolderAnchorStore* second);

/// @param second  may be null; a second place for the anchor.
/// @param log     the ledger's; null: it is lost.
/// @return hsm::errc::anchor_lost, anchor_version_unknown; errc::hand_over_missing: there is one of a later key, to
///         which the token's has handed over, under whatever label; what reading returns
[[nodiscard]] ledger::Result<FoundAnchor> find_anchor(const ledger::Suite& suite, hsm::Token& token,
                                                      hsm::FolderAnchorStore* second, const ledger::LogReader* log);

/// A log that was restored is not the whole before somebody said what became of the rest. Needs no token.
/// @return errc::restored_unconfirmed; what reading the ledger's folder returns
[[nodiscard]] ledger::Result<void> check_confirmed(const std::filesystem::path& folder, ledger::TreeSize log_size);
/// Whether a log may be served, handed over or ended as the whole: the anchor says nothing against it, and it is
/// confirmed.
/// @param folder  the ledger's.
/// @return what check_standing and check_confirmed return; what reading the log returns
[[nodiscard]] ledger::Result<void> check_whole(const ledger::Suite& suite, const ledger::LogReader& log,
                                               const std::filesystem::path& folder, const ledger::Origin& origin,
                                               const ledger::Incarnations& incarnations, const ledger::Anchor& anchor);
/// Whether a ledger may be served that stands so to its anchor.
/// @return errc::log_behind_anchor, recovery_unfinished, log_contradicts_anchor, anchor_foreign
[[nodiscard]] ledger::Result<void> check_standing(ledger::AnchorStanding standing, const ledger::Anchor& anchor,
                                                  const ledger::Origin& origin, ledger::TreeSize log_size);

}  // namespace node
