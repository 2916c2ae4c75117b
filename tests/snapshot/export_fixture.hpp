#pragma once
// tests/snapshot/export_fixture.hpp: real ledgers of a few hundred events, and what lies in folders.

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>

#include "snapshot/errc.hpp"
#include "snapshot/export_writer.hpp"
#include "tests/support/ledger_maker.hpp"
#include "tests/support/result_text.hpp"
#include "tests/support/temporary_folder.hpp"

namespace snapshot {

/// Groups of 1 to 60 activations, as the seed says.
class GrowingLedger {
 public:
    explicit GrowingLedger(unsigned seed = 1)
        : maker(folder.path() / "ledger", vendor, {.seats = 100'000}), random_(seed) {}

    void grow_to(std::uint64_t size) {
        while (maker.size() < size) {
            const std::uint64_t length = std::min(size - maker.size(), random_() % 60 + 1);
            std::vector<ledger::EventDraft> group;
            while (group.size() < length) group.push_back(maker.activation(device_++));
            maker.append(group);
        }
    }
    /// The device name of event `number` is taken away.
    void erase(std::uint64_t number) {
        maker.append(ledger::EventDraft{{ledger::Actor::Kind::operator_, ledger::Actor::Authority::local_account, {}},
                                        ledger::AnnexErased{{number}, ledger::AnnexField::device_name},
                                        {}});
    }
    [[nodiscard]] std::unique_ptr<ledger::LogReader> open() const {
        return ledger::open_log_reader(maker.folder()).value();
    }
    [[nodiscard]] std::filesystem::path at(std::string_view name) const { return folder.path() / name; }

    support::TemporaryFolder folder;
    support::Vendor vendor;
    support::LedgerMaker maker;

 private:
    std::mt19937_64 random_;
    std::uint64_t device_ = 0;
};

using Files = std::map<std::string, std::string>;

/// All regular files below a folder, but for the writer's lock.
inline Files files_of(const std::filesystem::path& folder) {
    Files files;
    if (!std::filesystem::exists(folder)) return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.path().filename() == ".lock") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        files[entry.path().lexically_relative(folder).string()] = {std::istreambuf_iterator<char>(file), {}};
    }
    return files;
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << bytes;
    REQUIRE(file.flush().good());
}

inline ledger::Result<ExportRun> export_to(const std::filesystem::path& folder, const ledger::LogReader& log,
                                           ExportOptions options = {}) {
    ACTLEDGER_TRY(const auto writer, ExportWriter::open(folder, log, std::move(options)));
    return writer->run();
}

inline std::string as_string(ledger::ByteView bytes) { return std::string(ledger::as_text(bytes)); }

}  // namespace snapshot
