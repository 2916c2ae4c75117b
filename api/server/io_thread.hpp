#pragma once
// api/server/io_thread.hpp: one io_context with one thread of its own. A connection lives on one of them for its whole
// life, so nothing of a connection needs a lock: the thread is its strand (docs/adr/0013-http-server.md).

#include <atomic>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace api {

using Executor = boost::asio::io_context::executor_type;
template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;
constexpr boost::asio::use_awaitable_t<Executor> use_awaitable{};

/// A suspended coroutine that another thread will resume, once. Owned by whoever is to resume it.
class Completion {
 public:
    virtual ~Completion() = default;
    /// Resumes. On the coroutine's own thread.
    virtual void run() = 0;

 private:
    friend class CompletionQueue;
    Completion* next_ = nullptr;
};

/// Brings completions from other threads to the io thread. A group of answers costs one post, not one for each.
class CompletionQueue {
 public:
    explicit CompletionQueue(boost::asio::io_context& context) : context_(&context) {}
    ~CompletionQueue();
    CompletionQueue(const CompletionQueue&) = delete;
    CompletionQueue& operator=(const CompletionQueue&) = delete;
    /// From any thread; never blocks.
    void push(std::unique_ptr<Completion> completion);

 private:
    void drain();
    boost::asio::io_context* context_;
    std::atomic<Completion*> newest_{nullptr};
};

/// Something with a deadline that the io thread looks at a few times a second; cheaper than a timer an operation.
class Watched : public boost::intrusive::list_base_hook<> {
 public:
    using Time = std::chrono::steady_clock::time_point;
    virtual ~Watched() = default;
    /// The deadline has passed. Called at each look until the deadline is moved; must not destroy anything.
    virtual void expire() noexcept = 0;
    /// The server wants to stop: what waits for nothing in particular should end now.
    virtual void drain() noexcept = 0;
    Time deadline = Time::max();
};

class IoThread {
 public:
    static constexpr std::chrono::milliseconds look_interval{200};

    IoThread();
    ~IoThread();  ///< Stops and joins.
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    void start();
    /// Ends the loop without waiting for what is under way, and joins. Not on the thread itself.
    void stop();

    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    [[nodiscard]] Executor executor() { return context_.get_executor(); }
    [[nodiscard]] CompletionQueue& completions() { return completions_; }
    /// The time of the last look or later; good enough for deadlines of seconds.
    [[nodiscard]] static Watched::Time now() { return std::chrono::steady_clock::now(); }

    // On the thread itself:
    void watch(Watched& watched) { watched_.push_back(watched); }
    void forget(Watched& watched) { watched_.erase(watched_.iterator_to(watched)); }
    void drain();

 private:
    void look();
    // Destroyed last to first: the context's handlers may still reach the lists.
    boost::intrusive::list<Watched> watched_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<Executor> work_{context_.get_executor()};
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      Executor>
        timer_{context_};
    CompletionQueue completions_{context_};
    std::thread thread_;
};

/// Suspends the calling coroutine, which runs on `io`, and hands its Completion to `start`, which sees to it that it is
/// pushed to io.completions() later, by whatever thread.
template <class Start>
auto suspend(IoThread&, Start start) {
    return boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(
        [](auto handler, Start begin) {
            struct Resume final : Completion {
                explicit Resume(decltype(handler)&& h) : handler_(std::move(h)) {}
                void run() override { std::move(handler_)(); }
                decltype(handler) handler_;
            };
            std::move(begin)(std::make_unique<Resume>(std::move(handler)));
        },
        use_awaitable, std::move(start));
}

}  // namespace api
