#include "tools/server/mirrors.hpp"

#include <fstream>

#include "api/log.hpp"
#include "ledger/core/suite.hpp"

namespace server {
namespace {

void log_change(const snapshot::MirrorStatus& status) {
    if (status.problem) {
        api::log(api::LogLevel::error, "mirror-failing",
                 {{"folder", status.folder.string()}, {"error", status.problem->describe()}});
    } else {
        api::log(api::LogLevel::info, "mirror-well",
                 {{"folder", status.folder.string()}, {"size", std::to_string(status.size.value)}});
    }
}

/// A file for each mirror that was made; it holds the folder's name.
std::filesystem::path record_of(const config::Config& config, const std::filesystem::path& folder) {
    const auto digest = ledger::default_suite().hash(ledger::as_bytes(folder.string()));
    return config.ledger.folder / "mirrors" / ledger::hex_encode(digest.view());
}

void keep_record(const std::filesystem::path& record, const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(record.parent_path(), failed);
    std::ofstream file(record, std::ios::binary | std::ios::trunc);
    file << folder.string() << '\n';
    file.close();
    if (file) return;
    api::log(api::LogLevel::warning, "mirror-not-recorded", {{"folder", folder.string()}, {"record", record.string()}});
}

}  // namespace

void Mirrors::start(const config::Config& config, const ledger::LogReader& log, const ledger::Clock& clock) {
    const std::lock_guard lock(mutex_);
    for (const config::Mirror& mirror : config.mirrors) {
        snapshot::MirrorOptions options;
        options.folder = mirror.folder;
        const auto record = record_of(config, mirror.folder);
        std::error_code failed;
        options.made_before = std::filesystem::exists(record, failed);
        options.on_made = [record, folder = options.folder] { keep_record(record, folder); };
        options.on_mended = [folder = options.folder] {
            api::log(api::LogLevel::warning, "mirror-mended", {{"folder", folder.string()}});
        };
        if (mirror.annex == "left-out") options.annex = ledger::ExportManifest::Annex::left_out;
        mirrors_.push_back(std::make_unique<snapshot::Mirror>(log, clock, std::move(options), log_change));
    }
}

void Mirrors::released(ledger::TreeSize size) {
    const std::lock_guard lock(mutex_);
    for (const auto& mirror : mirrors_) mirror->released(size);
}

std::vector<api::MirrorHealth> Mirrors::health() const {
    const std::lock_guard lock(mutex_);
    std::vector<api::MirrorHealth> all;
    for (const auto& mirror : mirrors_) {
        snapshot::MirrorStatus status = mirror->status();
        all.push_back({.folder = status.folder.string(),
                       .size = status.size,
                       .behind = status.behind,
                       .lag = status.lag,
                       .written_at = status.written_at,
                       .problem = std::move(status.problem),
                       .since = status.since});
    }
    return all;
}

void Mirrors::stop() {
    std::vector<std::unique_ptr<snapshot::Mirror>> ending;
    {
        const std::lock_guard lock(mutex_);
        ending.swap(mirrors_);
    }
    for (const auto& mirror : ending) mirror->stop();
}

}  // namespace server
