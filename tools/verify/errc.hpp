#pragma once
// tools/verify/errc.hpp: what an audit can find that no other folder has a name for. Messages: errc.cpp. Every code
// is explained in docs/manual/en/verify.md.

#include <system_error>

#include "ledger/core/message.hpp"

namespace verify {

enum class errc {
    // History. Facts: at (sequence number or range).
    event_missing = 1,
    event_misplaced,  ///< facts: found
    event_changed,    ///< its bytes are not those that the tree and the heads hold
    event_unsigned,   ///< behind the last head
    history_differs,  ///< the events up to a head do not give its root; facts: size
    node_changed,     ///< a stored hash, while the events are good
    node_missing,
    entry_stray,        ///< facts: database, key
    origin_differs,     ///< facts: origin, expected
    genesis_misplaced,  ///< event 0 is not LedgerCreated, or another event is
    witness_differs,    ///< facts: witness, size
    witness_ahead,      ///< facts: witness, size, ledger_size

    // Heads. Facts: size.
    head_misplaced,  ///< facts: found
    head_missing,    ///< the log has events and no head

    // Certificates.
    root_differs,        ///< facts: pinned, given
    server_id_differs,   ///< facts: found, expected
    server_key_differs,  ///< a certificate over another key
    server_not_certified,

    // Licences and revocations. Facts: at, found, expected.
    document_id_differs,

    // Annex. Facts: at, field.
    annex_missing,
    annex_not_erased,
    annex_orphaned,

    // Copies.
    copy_ends_early,  ///< whole files are missing at its end; facts: size, stated

    // Activation files.
    lease_over,   ///< facts: lease_ends, grace_ends, judged_at
    lease_grace,  ///< the same

    // Statements of seats.
    statement_altered,          ///< not the bytes that were signed. facts: found, signed
    statement_proof_malformed,  ///< facts: path
    statement_proof_other,      ///< the proof is of another kind of event. facts: kind
    statement_head_differs,     ///< what the statement says of itself is not what was signed. facts: member
    statement_cut,              ///< it does not end with its totals
    statement_line_differs,     ///< against the events. facts: line
    statement_seat_missing,     ///< the events have it, the statement has not. facts: activation
    statement_seat_extra,       ///< facts: activation
    statement_seat_differs,     ///< facts: activation
    statement_ledger_other,     ///< the ledger to compare with is another server's, or ends before. facts: problem
    personal_malformed,         ///< facts: line
    personal_other,             ///< the values are of another statement
    personal_differs,           ///< a value that no line of the statement commits to. facts: activation, field
    personal_cut,

    option_misplaced,  ///< of the command line: it says nothing of such a subject; facts: option, path
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace verify

template <>
struct std::is_error_code_enum<verify::errc> : std::true_type {};
