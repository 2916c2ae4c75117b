#pragma once
// tests/tools/issuer/workshop.hpp: the vendor's folder in the making, and the real program in it.

#include "ledger/core/checkpoint.hpp"
#include "ledger/license_file/license_file.hpp"
#include "ledger/license_file/license_request.hpp"
#include "ledger/license_file/private_key.hpp"
#include "tests/support/command.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace workshop {

namespace fs = std::filesystem;

constexpr int success = 0;
constexpr int usage = 2;
constexpr int bad_input = 3;
constexpr int not_verified = 4;
constexpr int refused = 5;
constexpr int not_found = 6;

/// A vendor's folder in the making, and a customer's request.
struct Workshop {
    Workshop() {
        folder.write("passphrase", std::string_view("correct horse\n"));
        folder.write("server.req", ledger::make_license_request({server_id, "vdi-desktop", 100}, hsm_key).value());
    }

    [[nodiscard]] support::CommandResult shell(const std::string& command, const std::string& language = "C") const {
        return support::run("cd " + support::quoted(folder.path().string()) +
                            " && unset LC_ALL LC_MESSAGES && export LANG=" + language + " && " + command);
    }
    [[nodiscard]] support::CommandResult issuer(const std::string& arguments, const std::string& language = "C") const {
        return shell(support::quoted(ACTLEDGER_BIN_DIR "/actledger-issuer") +
                         " --folder vendor --passphrase-file passphrase " + arguments,
                     language);
    }
    void done(const std::string& arguments) const {
        const auto result = issuer(arguments);
        INFO(arguments << "\n" << result.output);
        REQUIRE(result.exit_code == success);
    }
    /// The command is refused with this exit code, says the stable code, and tells the facts.
    void refuses(const std::string& arguments, int exit_code, const std::string& words) const {
        const auto result = issuer(arguments);
        INFO(arguments << "\n" << result.output);
        CHECK(result.exit_code == exit_code);
        CHECK(result.output.find(words) != std::string::npos);
        CHECK(result.output.find('{') == std::string::npos);
    }
    void make_vendor() const {
        done("root --name 'Example Vendor Root'");
        done("certificate --purpose license-issuer");
    }
    [[nodiscard]] ledger::Certificate root() const {
        return ledger::Certificate::from_pem(folder.read("vendor/root.crt")).value();
    }
    [[nodiscard]] ledger::LicenseTerms terms(const std::string& file) const {
        return ledger::verify_license(ledger::as_bytes(folder.read(file)), root()).value().terms;
    }
    [[nodiscard]] fs::perms mode(const std::string& file) const {
        return fs::status(folder.path() / file).permissions() & fs::perms::all;
    }

    support::TemporaryFolder folder;
    ledger::PrivateKey hsm_key = ledger::PrivateKey::generate();
    std::string server_id = ledger::derive_server_id(ledger::default_suite(), hsm_key.public_key());
};

}  // namespace workshop
