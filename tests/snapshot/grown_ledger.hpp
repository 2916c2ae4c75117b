#pragma once
// tests/snapshot/grown_ledger.hpp: a real ledger on disk that grows, and its snapshots.

#include <catch2/catch.hpp>
#include <fstream>

#include "snapshot/state_maker.hpp"
#include "tests/projections/state_bytes.hpp"
#include "tests/support/ledger_maker.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace support {

struct GrownLedger {
    explicit GrownLedger(std::uint64_t devices = 40) : maker(folder.path(), vendor, {.seats = 10'000}) {
        grow(devices);
    }

    void grow(std::uint64_t devices) {
        std::vector<ledger::EventDraft> drafts;
        for (std::uint64_t n = 0; n < devices; ++n) drafts.push_back(maker.activation(grown++));
        maker.append(drafts);
    }
    [[nodiscard]] std::unique_ptr<ledger::LogReader> log() const {
        return ledger::open_log_reader(folder.path()).value();
    }
    [[nodiscard]] snapshot::StateFolder snapshots() const { return snapshot::StateFolder(folder.path()); }
    snapshot::MadeSnapshot make() const { return snapshot::make_snapshot(snapshots(), *log()).value().value(); }
    /// Folded from event 0.
    [[nodiscard]] std::unique_ptr<projections::LedgerState> folded(std::uint64_t size) const {
        auto state = std::make_unique<projections::LedgerState>();
        REQUIRE(snapshot::fold_state(*log(), *state, {size}));
        return state;
    }
    [[nodiscard]] snapshot::StateChoice choose() const { return snapshot::choose_state(snapshots(), *log()).value(); }
    /// A file's bytes, and back.
    [[nodiscard]] static std::string read(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void write(const std::filesystem::path& path, std::string_view bytes) {
        std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }

    TemporaryFolder folder;
    Vendor vendor;
    std::uint64_t grown = 0;
    LedgerMaker maker;
};

}  // namespace support
