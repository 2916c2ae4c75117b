#pragma once
// tools/bench/ledger_setup.hpp: a fresh ledger as a customer makes it, with our own programs, in a folder of its own:
// vendor, SoftHSM2 token, ledger, licence, enrolment key; and its server as a child process.

#include <chrono>
#include <filesystem>
#include <string>

#include "tools/bench/child.hpp"

namespace bench {

struct SetupOptions {
    std::filesystem::path folder;    ///< Empty when it begins.
    std::filesystem::path programs;  ///< Where actledgerd and the others are.
    std::uint64_t seats = 2'000'000;
    std::chrono::milliseconds signature_delay{0};  ///< A slow card: each signature takes this much longer.
};

struct RunningServer {
    Child process;
    std::uint16_t plain_port = 0;
    std::uint16_t tls_port = 0;
    double seconds_to_ready = 0;
};

class LedgerSetup {
 public:
    /// @return errc::command_failed
    [[nodiscard]] static ledger::Result<LedgerSetup> make(SetupOptions options);

    /// Starts actledgerd and waits until it is ready. From then on this process's SOFTHSM2_CONF names its token.
    /// @return errc::not_ready
    [[nodiscard]] ledger::Result<RunningServer> start_server() const;
    /// Needs a running server. @return errc::command_failed
    [[nodiscard]] ledger::Result<std::string> make_enrolment_key() const;

    [[nodiscard]] std::filesystem::path ledger_folder() const { return options_.folder / "ledger"; }
    [[nodiscard]] std::filesystem::path root_certificate() const { return options_.folder / "vendor/root.crt"; }
    [[nodiscard]] std::filesystem::path pin_file() const { return options_.folder / "pin"; }
    [[nodiscard]] const SetupOptions& options() const { return options_; }

 private:
    void choose_token() const;
    explicit LedgerSetup(SetupOptions options) : options_(std::move(options)) {}
    [[nodiscard]] Command command(const std::string& program, std::initializer_list<std::string> arguments) const;

    SetupOptions options_;
    std::uint16_t plain_port_ = 0;
    std::uint16_t tls_port_ = 0;
};

}  // namespace bench
