#pragma once
// tools/cli/recover_options.hpp: the command line of `actledger recover`, and the part of it for a ledger whose log and
// key are lost together.

#include "hsm/pin.hpp"
#include "ledger/core/certificate.hpp"
#include "tools/cli/invocation.hpp"
#include "tools/node/surviving_file.hpp"

namespace cli {

struct RecoverOptions {
    bool dry_run = false;
    bool restored = false;
    std::filesystem::path root;
    std::vector<std::filesystem::path> licenses;
    std::vector<std::filesystem::path> certificates;
    // Log and key are lost together:
    std::filesystem::path request;
    std::filesystem::path so_pin_file;
    std::filesystem::path reendorsement;
    std::vector<std::filesystem::path> activation_files;
    bool no_activation_file = false;
};

constexpr std::size_t license_file_bytes_max = 1 << 20;

/// Byte for byte, under their paths. @return terminal::errc::file_unreadable, file_too_large
[[nodiscard]] ledger::Result<std::vector<node::SurvivingFile>> read_surviving(
    const std::vector<std::filesystem::path>& paths, std::size_t bytes_max);
/// When the new log begins, for a person who has to decide: ledger time never goes back.
void print_beginning(const Invocation& run, ledger::Timestamp at);

/// The same error; or, if the ledger that is there is damaged and the command line names what a lost log is made again
/// from, errc::recover_log_damaged: how to go on without any copy. A ledger of a newer version is not damaged.
[[nodiscard]] ledger::Error in_the_way(ledger::Error found, const RecoverOptions& options,
                                       const std::filesystem::path& folder);
/// `recover --request`: makes the new token ready, and the request to the vendor.
[[nodiscard]] ledger::Result<void> request_for_lost_ledger(const Invocation& run, const RecoverOptions& options);
/// `recover --reendorsement` where there is no log.
[[nodiscard]] ledger::Result<void> recover_lost_ledger(const Invocation& run, const RecoverOptions& options,
                                                       const config::Config& config, const hsm::PinSource& pin);
/// The same where there is one: it must be what this very file made.
/// @return license_file::errc::reendorsement_for_lost_log
[[nodiscard]] ledger::Result<void> check_recovered_by(const RecoverOptions& options, const config::Config& config);

}  // namespace cli
