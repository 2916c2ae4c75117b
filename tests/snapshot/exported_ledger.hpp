#pragma once
// tests/snapshot/exported_ledger.hpp: a ledger, an export of it, and what a restore of that export makes or refuses.

#include <catch2/catch.hpp>

#include "snapshot/restore.hpp"
#include "tests/snapshot/export_fixture.hpp"
#include "tests/support/log_tampering.hpp"
#include "tools/verify/verify_ledger.hpp"

namespace snapshot {

inline RestoreOptions two_threads() {
    RestoreOptions options;
    options.threads = 2;
    return options;
}

/// An export of a ledger with groups over part borders, erased values and all levels of tiles that its size has.
struct Exported {
    explicit Exported(std::uint64_t size = 1'000) {
        ledger.grow_to(size / 2);
        ledger.erase(7);
        ledger.erase(300);
        ledger.grow_to(size);
        log = ledger.open();
        export_to(folder(), *log).value();
    }
    [[nodiscard]] std::filesystem::path folder() const { return ledger.at("export"); }
    [[nodiscard]] std::filesystem::path target() const { return ledger.at("restored"); }
    [[nodiscard]] ledger::Result<Restored> restore_it(const RestoreOptions& options = two_threads()) const {
        return restore(folder(), target(), options);
    }
    /// @return the code; nothing is left behind
    [[nodiscard]] std::error_code refusal(const RestoreOptions& options = two_threads()) const {
        const Files before = files_of(folder());
        const auto restored = restore_it(options);
        CHECK(files_of(folder()) == before);
        CHECK(!std::filesystem::exists(target()));
        if (restored) return {};
        CAPTURE(restored.error().describe());
        CHECK(!restored.error().facts.empty());
        return restored.error().code;
    }
    void change(const std::string& path, const std::function<void(std::string&)>& edit) const {
        std::string bytes = files_of(folder()).at(path);
        edit(bytes);
        write_file(folder() / path, bytes);
    }

    GrowingLedger ledger;
    std::unique_ptr<ledger::LogReader> log;
};

/// Every database of two logs, entry by entry.
inline void check_same_logs(const std::filesystem::path& a, const std::filesystem::path& b) {
    const support::LogTampering first(a);
    const support::LogTampering second(b);
    for (std::size_t i = 0; i < ledger::log_database_count; ++i) {
        const auto database = static_cast<ledger::LogDatabase>(i);
        CAPTURE(ledger::name_of(database));
        CHECK(first.entries(database) == second.entries(database));
    }
}

inline verify::LedgerReport audit(const Exported& exported, const std::filesystem::path& folder) {
    return verify::verify_ledger({.folder = folder,
                                  .root = exported.ledger.vendor.root(),
                                  .signatures = verify::HeadSignatures::every,
                                  .witnesses = {},
                                  .threads = 2,
                                  .progress = {}})
        .value();
}

}  // namespace snapshot
