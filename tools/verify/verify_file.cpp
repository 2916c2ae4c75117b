#include "tools/verify/verify_file.hpp"

#include <array>

#include "ledger/core/errc.hpp"
#include "ledger/core/time_text.hpp"
#include "tools/verify/errc.hpp"

namespace verify {
namespace {

LeaseState judge_lease(const ledger::Seat& seat, ledger::Timestamp at) {
    if (seat.lease_ends.us == 0) return LeaseState::perpetual;
    if (at < seat.lease_ends) return LeaseState::running;
    return at < seat.grace_ends ? LeaseState::in_grace : LeaseState::over;
}

}  // namespace

FindingKind kind_of_proof_error(const ledger::Error& error) {
    using ledger::errc;
    if (error.code == errc::commitment_mismatch || error.code == errc::malformed_annex) return FindingKind::annex;
    if (error.code == errc::not_included || error.code == errc::malformed_event ||
        error.code == errc::unknown_event_kind) {
        return FindingKind::history;
    }
    if (error.code == errc::bad_signature || error.code == errc::unknown_key ||
        error.code == errc::malformed_checkpoint || error.code == errc::malformed_note) {
        return FindingKind::head;
    }
    return FindingKind::certificate;
}

std::string_view lease_state_name(LeaseState state) {
    constexpr std::array<std::string_view, 4> names{"perpetual", "running", "in_grace", "over"};
    return names.at(static_cast<std::size_t>(state));
}

ledger::Result<FileReport> verify_file(std::string_view text, const ledger::Certificate& root,
                                       ledger::Timestamp judged_at) {
    ACTLEDGER_TRY(const auto file, ledger::ActivationFile::parse(text));
    FileReport report;
    report.index = file.index;
    report.judged_at = judged_at;
    const EventRange place{file.index, file.index};
    auto verified = ledger::verify_activation_file(file, root);
    if (!verified) {
        report.findings.add({kind_of_proof_error(verified.error()), verified.error(), place});
        return report;
    }
    report.activation = *std::move(verified);
    report.annex = file.annex;
    const ledger::Seat& seat = *report.activation->event.seat();
    report.lease = judge_lease(seat, judged_at);
    if (report.lease == LeaseState::over || report.lease == LeaseState::in_grace) {
        const errc code = report.lease == LeaseState::over ? errc::lease_over : errc::lease_grace;
        report.findings.add({FindingKind::lease,
                             ledger::Error{code,
                                           {},
                                           {{"lease_ends", ledger::time_text_seconds(seat.lease_ends)},
                                            {"grace_ends", ledger::time_text_seconds(seat.grace_ends)},
                                            {"judged_at", ledger::time_text_seconds(judged_at)}}},
                             std::nullopt});
    }
    return report;
}

}  // namespace verify
