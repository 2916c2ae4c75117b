#pragma once
// tools/server/mirrors.hpp: the mirrors of a server in service: made from its configuration, told of every released
// head, and told of in the log.

#include <mutex>

#include "api/health_source.hpp"
#include "snapshot/mirror.hpp"
#include "tools/config/config.hpp"

namespace server {

/// Any thread. Stopped before the log goes.
class Mirrors {
 public:
    Mirrors() = default;
    ~Mirrors() { stop(); }
    Mirrors(const Mirrors&) = delete;
    Mirrors& operator=(const Mirrors&) = delete;

    /// Which mirrors were made is kept in `<ledger>/mirrors/`: a disk that is not mounted when the machine starts is no
    /// reason to begin a new one in its mount point.
    /// @param log, clock  good until stop().
    void start(const config::Config& config, const ledger::LogReader& log, const ledger::Clock& clock);
    /// On the committing thread; does not block.
    void released(ledger::TreeSize size);
    [[nodiscard]] std::vector<api::MirrorHealth> health() const;
    /// Writes what is released, if that works within a few seconds, and ends all threads.
    void stop();

 private:
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<snapshot::Mirror>> mirrors_;
};

}  // namespace server
