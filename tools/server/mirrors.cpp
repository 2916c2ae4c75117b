#include "tools/server/mirrors.hpp"

#include "api/log.hpp"

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

}  // namespace

void Mirrors::start(const std::vector<config::Mirror>& mirrors, const ledger::LogReader& log,
                    const ledger::Clock& clock) {
    const std::lock_guard lock(mutex_);
    for (const config::Mirror& mirror : mirrors) {
        snapshot::MirrorOptions options;
        options.folder = mirror.folder;
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
