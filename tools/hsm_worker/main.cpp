// actledger-hsm-worker: the child process that holds the PKCS#11 module. Started by hsm::WorkerProcess with a socket as
// file descriptor 3; not for people. ADR: docs/adr/0009-hsm-child-process.md.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <initializer_list>

#include "hsm/module/worker.hpp"

namespace {

constexpr int socket_fd = 3;
constexpr int exit_usage = 64;
constexpr int exit_protocol = 76;

/// This process will hold a PIN: no core dump, no debugger of another user, no outliving the program.
bool shield() {
    const rlimit no_core{0, 0};
    return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::prctl(PR_SET_DUMPABLE, 0) == 0 &&
           ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::setrlimit(RLIMIT_CORE, &no_core) == 0;
}

/// The program decides when this process ends (it closes the socket); what a terminal or a service manager sends to the
/// whole group must not take the token away before the last head is signed. A token's dead server must not either.
void ignore_signals() {
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(number, SIG_IGN);
}

}  // namespace

int main(int count, char**) {
    struct stat info {};
    if (count != 1 || ::fstat(socket_fd, &info) != 0 || !S_ISSOCK(info.st_mode)) {
        std::fputs("actledger-hsm-worker is started by actledgerd and actledger; there is nothing to run by hand.\n",
                   stderr);
        return exit_usage;
    }
    if (!shield() || ::fcntl(socket_fd, F_SETFD, FD_CLOEXEC) != 0) {
        std::perror("actledger-hsm-worker");
        return exit_usage;
    }
    ignore_signals();
    // Not by way of exit(): a module's own clean-up may hang, and has nothing left to do.
    ::_exit(hsm::module::serve(socket_fd) ? 0 : exit_protocol);
}
