#include "api/server/io_thread.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>

namespace api {

CompletionQueue::~CompletionQueue() {
    for (Completion* completion = newest_.exchange(nullptr); completion != nullptr;) {
        const std::unique_ptr<Completion> owned(completion);
        completion = completion->next_;
    }
}

void CompletionQueue::push(std::unique_ptr<Completion> completion) {
    Completion* const added = completion.release();
    added->next_ = newest_.load(std::memory_order_relaxed);
    while (!newest_.compare_exchange_weak(added->next_, added, std::memory_order_release, std::memory_order_relaxed)) {
    }
    if (added->next_ == nullptr) boost::asio::post(*context_, [this] { drain(); });
}

void CompletionQueue::drain() {
    Completion* oldest = nullptr;
    for (Completion* completion = newest_.exchange(nullptr, std::memory_order_acquire); completion != nullptr;) {
        Completion* const older = completion->next_;
        completion->next_ = oldest;
        oldest = completion;
        completion = older;
    }
    while (oldest != nullptr) {
        const std::unique_ptr<Completion> owned(oldest);
        oldest = oldest->next_;
        owned->run();
    }
}

IoThread::IoThread() = default;

IoThread::~IoThread() { stop(); }

void IoThread::start() {
    look();
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "io");
        context_.run();
    });
}

void IoThread::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

void IoThread::drain() {
    for (auto next = watched_.begin(); next != watched_.end();) (next++)->drain();
}

void IoThread::look() {
    const auto time = now();
    for (auto next = watched_.begin(); next != watched_.end();) {
        Watched& watched = *next++;
        if (watched.deadline <= time) watched.expire();
    }
    timer_.expires_after(look_interval);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look();
    });
}

}  // namespace api
