#pragma once
// hsm/initialise.hpp: makes a token with the ledger's key and its first anchor, once. Repeating it is safe: nothing
// that exists is changed, and what was interrupted is finished.

#include <filesystem>
#include <functional>
#include <optional>

#include "hsm/anchor_reading.hpp"
#include "hsm/options.hpp"
#include "ledger/core/signer.hpp"

namespace hsm {

/// The label of a token that we initialise ourselves, unless the URI names one.
inline constexpr std::string_view default_token_label = "activation-ledger";

struct Initialised {
    ledger::PublicKey public_key;
    bool made_token = false;  ///< False: it was there, and was left as it is.
    bool made_key = false;    ///< False: it was there.
    bool made_anchor = false;
    std::vector<ledger::Bytes> anchors;  ///< All anchor notes on the token; at least one.
    std::string token_label;
    std::string token_serial;
    std::string key_label;
    /// Where the token keeps its files on this machine, if it is known to (SoftHSM): it proves nothing about rollback,
    /// and goes down with that disk. The CLI says so, and offers a second anchor folder.
    std::optional<std::filesystem::path> files;
};

/// Makes the first anchor note of a new key (ledger::sign_anchor: incarnation 1, the empty tree).
using MakeFirstAnchor = std::function<ledger::Result<ledger::Bytes>(ledger::Signer&)>;

/// Judges the anchors under the label of a key that is not there, before a new one is made beside them.
using JudgeOrphans = std::function<ledger::Result<void>(const std::vector<ledger::Bytes>& anchors)>;

/// Whether the token has this key, as the first one of a label or as that of an epoch of it.
using HasKey =
    std::function<ledger::Result<bool>(const std::string& label, std::uint32_t epoch, const ledger::PublicKey& key)>;
/// Judges all notes on the token, before anything is made on it; none for a token that had to be made.
using JudgeNotes = std::function<ledger::Result<void>(const std::vector<LabelledNote>& notes, const HasKey& has_key)>;

/// Finds the token, or initialises a free slot (C_InitToken, C_InitPIN); finds the key, or generates it (P-256, not
/// extractable, sensitive) and makes its first anchor. An initialised token is never initialised again, whatever it
/// holds. Key and anchor come into being together: a marker object on the token tells an interrupted initialisation
/// from a used key whose anchor is lost. Runs the child on the calling thread.
/// @param options  with a public_key, that key must be there: none is made.
/// @param so_pin  for a token that has to be initialised; read only then.
/// @param judge_orphans  empty: the new key goes on beside them.
/// @param judge_notes    empty: whatever there is is none of its business.
/// @return errc::no_free_slot, pin_wrong, anchor_lost (facts: token, key), …; what judge_orphans and judge_notes return
[[nodiscard]] ledger::Result<Initialised> initialise(const Options& options, const PinSource& so_pin,
                                                     const MakeFirstAnchor& make_first_anchor,
                                                     const JudgeOrphans& judge_orphans = {},
                                                     const JudgeNotes& judge_notes = {});

}  // namespace hsm
