#pragma once
// hsm/object_limits.hpp: how large and how many the data objects are that this program keeps on a token, for the
// program and its worker alike.

#include "ledger/core/result.hpp"

namespace hsm {

/// CKA_APPLICATION of all of them; CKA_LABEL is the key's label, so that two ledgers on one token keep apart.
inline constexpr std::string_view object_application = "activation-ledger";
inline constexpr std::size_t object_bytes_max = 16 * 1024;
/// An interrupted replacement leaves two; more than this is not ours.
inline constexpr std::size_t objects_max = 8;
/// Of all labels together: several ledgers may have their keys on one token.
inline constexpr std::size_t objects_of_all_labels_max = 512;
inline constexpr std::size_t label_bytes_max = 96;  ///< The URI's 64 and an ending of ours.
inline constexpr std::size_t random_bytes_max = 1024;

/// errc::anchor_too_large with its facts.
[[nodiscard]] ledger::Error too_large_object(std::size_t bytes);

}  // namespace hsm
