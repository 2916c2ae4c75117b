#pragma once
// tools/verify/verify_file.hpp: the audit of one activation file, with nothing but the vendor's root.

#include "ledger/core/activation_file.hpp"
#include "tools/verify/finding.hpp"

namespace verify {

enum class LeaseState { perpetual, running, in_grace, over };
[[nodiscard]] std::string_view lease_state_name(LeaseState state);  ///< "in_grace", as JSON has it.

struct FileReport {
    ledger::SequenceNumber index;
    std::optional<ledger::VerifiedEvent> activation;  ///< Empty if the file does not verify.
    std::vector<ledger::AnnexValue> annex;            ///< Of a file that verifies.
    LeaseState lease = LeaseState::perpetual;
    ledger::Timestamp judged_at;
    FindingList findings{1};
};

/// What an error of ledger::verify_logged_event is about.
[[nodiscard]] FindingKind kind_of_proof_error(const ledger::Error& error);

/// @param text       the file.
/// @param judged_at  when the lease is held against: today, or when somebody says it was used.
/// @return errc::malformed_activation_file, too_large; a well-formed file that does not verify, or whose lease is over,
///         has its finding in the report.
[[nodiscard]] ledger::Result<FileReport> verify_file(std::string_view text, const ledger::Certificate& root,
                                                     ledger::Timestamp judged_at);

}  // namespace verify
