#pragma once
// hsm/worker_process.hpp: the child process that holds the PKCS#11 module: started, asked one thing at a time, killed
// at a deadline. Knows no PKCS#11. ADR: docs/adr/0009-hsm-child-process.md.

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "hsm/channel.hpp"
#include "hsm/worker.capnp.h"

namespace hsm {

/// Owns the child. It must be started on a thread that lives as long as it: the kernel kills a child when the thread
/// that started it ends (PR_SET_PDEATHSIG). One thread asks; any thread may call terminate().
class WorkerProcess {
 public:
    /// @param environment  set over what is inherited. @return errc::worker_not_started (facts: program)
    [[nodiscard]] static ledger::Result<std::unique_ptr<WorkerProcess>> start(
        const std::filesystem::path& program, const std::vector<std::pair<std::string, std::string>>& environment);
    /// Tells the child to end, so that it can close its session with the card; kills it after half a second, and waits
    /// at most a second more for one that the kernel does not let go.
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    /// The next request; fill in its union, then exchange().
    [[nodiscard]] wire::Request::Builder request();
    /// Sends the request and waits for its response, which is valid until the next call. Whatever goes wrong ends the
    /// child; the request is wiped.
    /// @return errc::not_responding (facts: deadline_ms), worker_died, worker_protocol
    [[nodiscard]] ledger::Result<wire::Response::Reader> exchange(std::chrono::milliseconds deadline);

    /// Kills the child: a request in progress fails with errc::worker_died.
    void terminate() noexcept;
    [[nodiscard]] int pid() const { return pid_; }

 private:
    WorkerProcess(int pid, Channel channel) : pid_(pid), channel_(std::move(channel)) {}
    [[nodiscard]] bool reap(std::chrono::milliseconds most);
    int pid_;
    Channel channel_;
    OutgoingMessage outgoing_;
    IncomingMessage incoming_;
    std::uint64_t number_ = 0;
    std::mutex reaping_;  ///< Guards against killing a process id that was reaped and given to another process.
    bool reaped_ = false;
};

/// Options::worker_program's default: actledger-hsm-worker in this program's folder, else in ../libexec/actledger.
[[nodiscard]] std::filesystem::path default_worker_program();

}  // namespace hsm
