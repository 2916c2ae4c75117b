#include "tools/server/supervisor.hpp"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>

namespace server {
namespace {

using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, api::Executor>;

std::vector<InheritedSocket> find_inherited() {
    char** names = nullptr;
    const int count = ::sd_listen_fds_with_names(0, &names);
    std::vector<InheritedSocket> sockets;
    for (int i = 0; i < count; ++i) {
        const int descriptor = SD_LISTEN_FDS_START + i;
        const bool local = ::sd_is_socket(descriptor, AF_UNIX, 0, -1) > 0;
        const bool plain = std::string_view(names[i]) == "plain";
        sockets.push_back({descriptor, local   ? api::Caller::Transport::local
                                       : plain ? api::Caller::Transport::plain
                                               : api::Caller::Transport::tls});
        std::free(names[i]);
    }
    std::free(names);
    return sockets;
}

/// Comes back to `here` after `there` has run something.
api::Awaitable<void> visit(api::IoThread& here, api::IoThread& there) {
    return api::suspend(here, [&here, &there](std::unique_ptr<api::Completion> completion) {
        boost::asio::post(there.context(), [&here, completion = std::move(completion)]() mutable {
            here.completions().push(std::move(completion));
        });
    });
}

}  // namespace

void say_ready(const std::string& status) { ::sd_notify(0, ("READY=1\nSTATUS=" + status).c_str()); }
void say_stopping() { ::sd_notify(0, "STOPPING=1"); }

api::Awaitable<void> answer_watchdog(api::Server& server, unsigned threads) {
    std::uint64_t within_us = 0;
    if (::sd_watchdog_enabled(0, &within_us) <= 0) co_return;
    api::IoThread& here = server.io(0);
    Timer pause(here.context());
    for (;;) {
        for (unsigned i = 1; i < threads; ++i) co_await visit(here, server.io(i));
        ::sd_notify(0, "WATCHDOG=1");
        pause.expires_after(std::chrono::microseconds(within_us / 2));
        const auto [stopped] = co_await pause.async_wait(boost::asio::as_tuple(api::use_awaitable));
        if (stopped) co_return;
    }
}

const std::vector<InheritedSocket>& inherited_sockets() {
    static const std::vector<InheritedSocket> sockets = find_inherited();
    return sockets;
}

}  // namespace server
