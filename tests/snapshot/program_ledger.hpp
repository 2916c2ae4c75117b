#pragma once
// tests/snapshot/program_ledger.hpp: a real ledger with its configuration, for the real program, and its audit.

#include "tests/snapshot/export_fixture.hpp"
#include "tests/support/command.hpp"
#include "tools/verify/verify_ledger.hpp"

namespace snapshot {

struct ProgramLedger : GrowingLedger {
    explicit ProgramLedger(std::uint64_t size) {
        grow_to(size);
        configure("ledger", at("ledger"));
    }
    /// NAME.toml: a server whose ledger is in `ledger`.
    void configure(const std::string& name, const std::filesystem::path& ledger) const {
        folder.write(name + ".toml", "[ledger]\nfolder = \"" + ledger.string() + "\"\n");
    }
    [[nodiscard]] std::string program(const std::string& name) const {
        return support::quoted(ACTLEDGER_BIN_DIR "/actledger") + " --json --config " +
               support::quoted(at(name + ".toml").string());
    }
};

inline verify::LedgerReport audit(const support::Vendor& vendor, const std::filesystem::path& folder) {
    return verify::verify_ledger(
               {.folder = folder, .root = vendor.root(), .witnesses = {}, .threads = 2, .progress = {}})
        .value();
}

}  // namespace snapshot
