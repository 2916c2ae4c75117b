#pragma once
// tools/node/errc.hpp: why a ledger cannot be made or put into service. Messages: errc.cpp.

#include <system_error>

#include "ledger/core/message.hpp"

namespace node {

enum class errc {
    log_behind_anchor = 1,   ///< facts: log_size, anchor_size
    log_contradicts_anchor,  ///< facts: anchor_size
    anchor_foreign,          ///< facts: anchor_origin, log_origin
    anchor_salt_differs,
    anchor_unchecked,      ///< the token has not been there since the start
    key_of_other_ledger,   ///< facts: folder
    hsm_in_use,            ///< the key has a history, and there is no log; facts: server_id, anchor_size
    anchor_folder_in_use,  ///< it remembers a server, and there is no log; facts: folder, server_id, anchor_size
    software_too_old,
    recovery_unfinished,   ///< facts: origin
    nothing_to_recover,    ///< facts: log_size, anchor_size
    restored_unconfirmed,  ///< nobody has said yet whether the restored log has all; facts: log_size
    hand_over_wrong,       ///< an event hands over to another key, and the vendor did not; facts: at
    key_not_lost,          ///< the token has the ledger's own key; facts: token
    key_cleared,           ///< people had the key destroyed; facts: server_id
    hand_over_missing,     ///< an anchor, or a head that a client has shown, is of a key that took over, and the log
                           ///< lacks the hand-over; facts: origin, size
    recover_first,         ///< a client has shown a head that the log lacks; facts: origin, size
    next_key_missing,      ///< the token lacks the key of the certificate; facts: key, file_key
    rotation_unfinished,   ///< the anchor does not know the key that took over yet; facts: origin
    token_has_old_key,     ///< facts: token
    token_of_other_file,   ///< the token's key is not the one that the re-endorsement names; facts: token_key, file_key
    vendor_needed,         ///< the log is lost, and the key that signed last is not there; facts: origin
    certificate_needed,    ///< no file has the one of the HSM's later key; facts: key
    certificate_unread,    ///< a file holds none; facts: file
    clock_behind,          ///< the new log would begin before what is known; facts: now, at_least, file
    lost_log_without_key,  ///< the log is lost, and the token has no key of this name; facts: token, key
    key_took_over,      ///< the new key has signed for the server, and that log is lost; facts: server_id, anchor_size
    old_key_unknown,    ///< no file has the key that the re-endorsement names; facts: old_key
    file_of_other_key,  ///< an activation file is signed by another key; facts: file, file_key, old_key
    file_of_other_server,  ///< facts: file, file_server, server_id
    file_without_salt,     ///< facts: file
    device_salts_differ,   ///< facts: file
    other_account,         ///< root would write what is another account's; facts: folder, account, command
    key_of_other_object,   ///< the key that signed last is on the token under another name; facts: object, origin, size
    two_keys_signed,       ///< no log, and an earlier key may have signed after this one; facts: object, origin, size
    key_well_on_token,     ///< the key that is to be given up is there, with its anchor; facts: object, origin, size
};

const ledger::MessageCategory& category();
std::error_code make_error_code(errc value);

}  // namespace node

template <>
struct std::is_error_code_enum<node::errc> : std::true_type {};
