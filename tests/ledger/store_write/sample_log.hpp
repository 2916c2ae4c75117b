#pragma once
// tests/ledger/store_write/sample_log.hpp: a ledger in a folder of its own, drafts to write into it, and a slow check
// of the whole that shares no code with the tail check.

#include "ledger/core/checkpoint.hpp"
#include "ledger/store_write/log_engine.hpp"
#include "tests/support/software_signer.hpp"
#include "tests/support/temporary_folder.hpp"

namespace ledger {

constexpr Timestamp sample_start{1'767'225'600'000'000};  ///< 2026-01-01T00:00:00Z

[[nodiscard]] Origin sample_origin(const Signer& signer);
[[nodiscard]] EventDraft genesis_draft(const Signer& signer);
/// A seat of about `event_bytes` bytes, different for each number.
[[nodiscard]] EventDraft seat_draft(std::uint64_t number, std::size_t event_bytes = 600);
[[nodiscard]] AnnexValue annex_value(AnnexField field, std::string value);

/// A new ledger with event 0 in `folder`.
void make_log(const std::filesystem::path& folder, Signer& signer, Timestamp time = sample_start);
/// Small steps, so that test folders stay small.
[[nodiscard]] EngineOptions sample_engine_options();

/// Every event, node, head and annex value of a log, against a tree of its own: the root by the RFC's recursive
/// definition.
/// @return what is wrong first; empty: nothing. @param every_signature  of all heads, or of the last one.
[[nodiscard]] std::string find_fault(const LogReader& log, const PublicKey& key, bool every_signature = true);

}  // namespace ledger
