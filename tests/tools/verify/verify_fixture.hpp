#pragma once
// tests/tools/verify/verify_fixture.hpp: one ledger that all tests of the verifier copy before they spoil it.

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/ledger_maker.hpp"
#include "tests/support/log_tampering.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/verify/errc.hpp"
#include "tools/verify/report.hpp"

namespace verify {

/// 2,603 events (three chunks, the last one partial) in groups of 1 to 99: three at the beginning, then activations of
/// devices 0, 1, 2, …; made once, and closed.
class SoundLedger {
 public:
    static constexpr std::uint64_t size = 2'603;
    static constexpr std::uint64_t first_activation = 3;
    static SoundLedger& instance() {
        static SoundLedger ledger;
        return ledger;
    }
    support::TemporaryFolder temporary;
    support::Vendor vendor;
    support::LedgerMaker maker;
    std::string last_head;
    std::string activation_file;  ///< Of event 1,500.
    std::vector<std::uint64_t> group_ends;

 private:
    SoundLedger();
};

/// A copy of it to spoil.
class LedgerCopy {
 public:
    LedgerCopy() {
        std::filesystem::create_directories(folder() / "log");
        std::filesystem::copy_file(SoundLedger::instance().maker.folder() / "log" / "data.mdb",
                                   folder() / "log" / "data.mdb");
    }
    [[nodiscard]] std::filesystem::path folder() const { return temporary_.path() / "ledger"; }
    [[nodiscard]] support::LogTampering tamper() const { return support::LogTampering(folder()); }

 private:
    support::TemporaryFolder temporary_;
};

/// Group, as [first, last], that holds event `number` of the sound ledger.
EventRange group_of(std::uint64_t number);

LedgerReport audit(const std::filesystem::path& folder, HeadSignatures signatures = HeadSignatures::last,
                   std::vector<Witness> witnesses = {});
LedgerReport audit_under(const ledger::Certificate& root, const std::filesystem::path& folder);

/// The finding of this code, or nullptr.
const Finding* find(const LedgerReport& report, std::error_code code);
/// For failing tests: all findings, a line each.
std::string told(const LedgerReport& report);

}  // namespace verify
