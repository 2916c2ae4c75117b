#pragma once
// tools/client/witness.hpp: this desktop remembers the largest tree head that its server signed, and holds every later
// one against it. A server that was set back, or shows two histories, is caught here. Pure.

#include <optional>
#include <string>

#include "ledger/core/certificate.hpp"
#include "ledger/core/checkpoint.hpp"
#include "tools/client/activation_answer.hpp"

namespace client {

/// What holding a head against the remembered one found.
struct WitnessFinding {
    std::string evidence;  ///< File of a contradiction; empty: none.
    /// ledger::errc::incarnation_closed: the server lost events that it had signed, and says so. No fault, but news.
    std::optional<ledger::Error> notice;

    [[nodiscard]] bool contradicted() const { return !evidence.empty(); }
    /// errc::history_contradiction. @pre contradicted() (asserted).
    [[nodiscard]] ledger::Error contradiction() const;
};

/// What became of a new head.
struct WitnessVerdict {
    enum class Kind {
        unchanged,      ///< Nothing newer.
        advanced,       ///< `remember` is the new largest one.
        unproven,       ///< Newer, but nothing proves that it continues the old one: ask for a consistency proof.
        contradiction,  ///< Evidence.
    };
    Kind kind = Kind::unchanged;
    std::string remember;                 ///< advanced: signed note.
    std::string evidence;                 ///< contradiction: text for people and tools, with both notes and the proof.
    std::optional<ledger::Error> notice;  ///< advanced: as in WitnessFinding.
};

/// The server's answer to the remembered head, which was handed in.
/// @param remembered  signed note, kept since it was verified; empty: none.
/// @param key         the server's, under the vendor's root; verifies the new note, unless the answer brings the
///                    certificates of another one for the same server.
/// @param root        the vendor's: a server that says that it lost the remembered head has to prove that it said so in
///                    its ledger.
/// @return ledger::errc::bad_signature, … if the new note is not the server's: that is no evidence, but a bad answer.
[[nodiscard]] ledger::Result<WitnessVerdict> judge_consistency(const std::string& remembered, const Consistency& answer,
                                                               const std::string& server_id,
                                                               const ledger::PublicKey& key,
                                                               const ledger::Certificate& root);

/// A verified note that came without a proof (an activation file's).
[[nodiscard]] ledger::Result<WitnessVerdict> judge_lone_head(const std::string& remembered,
                                                             const std::string& verified_note);

/// Whether these are the certificates of the key that signed a head, under the vendor's root.
/// @param certificates  DER, leaf first; may be none.
[[nodiscard]] bool is_signed_under(const std::string& note, std::span<const ledger::Bytes> certificates,
                                   const ledger::Certificate& root);

/// What is kept as evidence: what happened, then each document under a line "== name".
[[nodiscard]] std::string evidence_text(std::string_view what,
                                        std::initializer_list<std::pair<std::string_view, std::string_view>> documents);

}  // namespace client
