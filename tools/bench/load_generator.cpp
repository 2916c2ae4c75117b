#include "tools/bench/load_generator.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <memory>

#include "tools/bench/errc.hpp"

namespace bench {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Code = boost::system::error_code;

/// What all connections share.
struct Run {
    const Load& load;
    Measured measured;
    std::uint64_t next = 0;
    Clock::time_point end;
    unsigned open = 0;
    std::string failure;

    [[nodiscard]] bool over() const {
        return (load.requests_max != 0 && next >= load.requests_max) || Clock::now() >= end || !failure.empty();
    }
};

/// The length that an answer's head promises: a head of ours has Content-Length. -1: the head is not complete.
struct Head {
    std::ptrdiff_t whole_bytes = -1;
    unsigned status = 0;
};
Head look(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == bytes.npos || bytes.size() < 12) return {};
    Head head{static_cast<std::ptrdiff_t>(end + 4), 0};
    std::from_chars(bytes.data() + 9, bytes.data() + 12, head.status);
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = bytes.substr(0, end + 2).find(name);
    std::size_t body = 0;
    if (at != bytes.npos) std::from_chars(bytes.data() + at + name.size(), bytes.data() + end, body);
    head.whole_bytes += static_cast<std::ptrdiff_t>(body);
    return head;
}

template <class Stream>
class Connection {
 public:
    Connection(Run& run, Stream stream) : run_(run), stream_(std::move(stream)) {}

    [[nodiscard]] Stream& stream() { return stream_; }

    void send_next() {
        if (run_.over()) {
            --run_.open;
            return;
        }
        out_.clear();
        run_.load.request(run_.next++, out_);
        begun_ = Clock::now();
        asio::async_write(stream_, asio::buffer(out_), [this](Code failed, std::size_t) {
            if (failed) return fail(failed);
            size_ = 0;
            receive();
        });
    }

 private:
    void receive() {
        if (in_.size() - size_ < 4'096) in_.resize(in_.size() + 16'384);
        stream_.async_read_some(asio::buffer(in_.data() + size_, in_.size() - size_),
                                [this](Code failed, std::size_t count) {
                                    if (failed) return fail(failed);
                                    size_ += count;
                                    const std::string_view bytes(in_.data(), size_);
                                    const auto head = look(bytes);
                                    if (head.whole_bytes < 0 || static_cast<std::size_t>(head.whole_bytes) > size_)
                                        return receive();
                                    count_answer(head.status, bytes);
                                    send_next();
                                });
    }

    void count_answer(unsigned status, std::string_view bytes) {
        auto& measured = run_.measured;
        if (status == run_.load.expected_status) {
            if (measured.answers++ == 0) measured.sample = bytes;
            const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun_).count();
            measured.latencies_us.push_back(static_cast<std::uint32_t>(taken));
        } else if (measured.others++ == 0) {
            measured.first_other = std::string(bytes.substr(0, 2'000));
        }
    }

    void fail(const Code& failed) {
        if (run_.failure.empty()) run_.failure = failed.message();
        --run_.open;
    }

    Run& run_;
    Stream stream_;
    std::string out_;
    std::string in_;
    std::size_t size_ = 0;
    Clock::time_point begun_;
};

template <class Stream, class MakeStream>
ledger::Result<Measured> drive(const Load& load, asio::io_context& io, MakeStream make_stream) {
    Run run{load, {}, 0, {}, 0, {}};
    run.measured.latencies_us.reserve(1U << 20);
    std::vector<std::unique_ptr<Connection<Stream>>> connections;
    try {
        for (unsigned i = 0; i < load.connections; ++i) {
            connections.push_back(std::make_unique<Connection<Stream>>(run, make_stream()));
        }
    } catch (const boost::system::system_error& error) {
        return ledger::Error{errc::target_failed, error.what()};
    }
    const auto begun = Clock::now();
    run.end = begun + load.time;
    run.open = load.connections;
    for (auto& connection : connections) connection->send_next();
    // An answer that never comes ends the measurement, with a margin for those under way.
    io.run_for(load.time + std::chrono::seconds(10));
    run.measured.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    if (run.failure.empty() && run.open != 0) run.failure = "no answer";
    if (!run.failure.empty()) return ledger::Error{errc::target_failed, run.failure};
    return std::move(run.measured);
}

}  // namespace

double Measured::latency_us(double share) const {
    ACTLEDGER_ASSERT(!latencies_us.empty());
    auto sorted = latencies_us;
    const auto at = std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())));
    std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(at));
    return sorted[at];
}

ledger::Result<Measured> generate(const Load& load) {
    asio::io_context io(1);
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), load.target.port);
    const auto connected = [&] {
        tcp::socket socket(io);
        socket.connect(endpoint);
        socket.set_option(tcp::no_delay(true));
        return socket;
    };
    if (!load.target.tls) return drive<tcp::socket>(load, io, connected);
    ssl::context tls(ssl::context::tls_client);
    return drive<ssl::stream<tcp::socket>>(load, io, [&] {
        ssl::stream<tcp::socket> stream(connected(), tls);
        stream.handshake(ssl::stream_base::client);
        return stream;
    });
}

}  // namespace bench
