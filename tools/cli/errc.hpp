#pragma once
// tools/cli/errc.hpp: what the operator's command line itself can find wrong. Messages: errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace cli {

enum class errc {
    server_unreachable = 1,      ///< facts: socket, reason
    bad_answer,                  ///< facts: socket
    server_running,              ///< the act needs the ledger to itself; facts: folder
    server_not_running,          ///< facts: socket
    person_needed,               ///< a PIN and a sentence that only a person gives, and no terminal
    clear_export_unsound,        ///< facts: folder, finding
    clear_export_behind,         ///< facts: folder, size, log_size
    clear_export_other,          ///< as long or longer, and another history; facts: folder
    clear_export_without_annex,  ///< facts: folder
    recover_files_unnamed,       ///< log and HSM are lost, and the command line does not name what there is
    recover_log_there,           ///< facts: folder
    recover_log_lost,            ///< the HSM has a ledger and there is none here; facts: folder
    recover_files_unread,        ///< some of the collected files were refused; facts: refused, files
    recover_no_files,            ///< folders without any were named
    recover_log_damaged,    ///< what is there is damaged, and a lost log was to be made again; facts: folder, finding
    recover_log_unsound,    ///< what survived does not verify; facts: folder, finding
    mapping_malformed,      ///< of the previous product's table; facts: file, problem
    legacy_rows_refused,    ///< facts: count
    legacy_interrupted,     ///< facts: done, count
    report_time_malformed,  ///< facts: value
    file_of_other_kind,     ///< a file that is not of ours would be replaced; facts: path

    // Secrets outside the ledger.
    passphrase_short,  ///< facts: minimum
    passphrases_differ,
    passphrase_file,  ///< not one line; facts: path
    secrets_foreign,  ///< no file of ours
    secrets_passphrase_wrong,
    secrets_altered,
    secrets_malformed,      ///< decrypted, and not what we write
    secrets_other_server,   ///< facts: found, here
    secrets_place_taken,    ///< facts: path
    secrets_backup_there,   ///< facts: path
    secrets_keys_too_many,  ///< facts: count, maximum
    secrets_key_unknown,    ///< named on the command line, and not in the backup; facts: key
    secrets_nothing,        ///< facts: roles
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace cli

template <>
struct std::is_error_code_enum<cli::errc> : std::true_type {};
