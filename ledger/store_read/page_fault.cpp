#include "ledger/store_read/page_fault.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "ledger/core/errc.hpp"

namespace ledger {
namespace {

using lmdb::MappedFile;

constexpr std::size_t maps_max = 16;
constexpr std::size_t alternate_stack_bytes = 64 * 1024;

/// Addresses [begin, end); an `end` of 0 is a free place. Read by the handler, so there is no lock.
struct Range {
    std::atomic<bool> taken{false};
    std::atomic<std::uintptr_t> begin{0};
    std::atomic<std::uintptr_t> end{0};
    std::atomic<const MappedFile*> file{nullptr};
};
std::array<Range, maps_max> ranges;

/// What the handler writes; two, so that it never sees one that is half replaced.
struct Ending {
    std::array<char, page_fault_text_bytes_max> text{};
    std::size_t length = 0;
    int exit_code = 0;
};
struct Endings {
    std::array<Ending, 2> both;
    std::atomic<const Ending*> current{nullptr};
};
std::array<Endings, mapped_kinds> endings;  // by MappedKind
std::atomic<bool> signals_taken{false};

/// Which file's LMDB this thread is in. Constant-initialised, and in the program's own thread storage: the handler may
/// read it.
constinit thread_local const MappedFile* inside_now = nullptr;

struct sigaction before_segv;
struct sigaction before_bus;

const MappedFile* watched_at(const void* address) {
    const auto place = reinterpret_cast<std::uintptr_t>(address);
    for (const Range& range : ranges) {
        if (place >= range.begin.load() && place < range.end.load()) return range.file.load();
    }
    return nullptr;
}

/// Async-signal-safe. Returns if no ending was prepared.
void end_for(const MappedFile& file) {
    const Ending* prepared = endings[static_cast<std::size_t>(file.kind)].current.load();
    if (prepared == nullptr) return;
    if (!file.mark.empty()) {
        const int mark = ::open(file.mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (mark >= 0) ::close(mark);
    }
    std::string_view rest(prepared->text.data(), prepared->length);
    while (!rest.empty()) {
        const auto count = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (count <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    ::_exit(prepared->exit_code);
}

/// Async-signal-safe. Returning repeats the faulting instruction, under whatever handled it before us.
void on_fault(int signal, siginfo_t* info, void*) {
    const bool by_the_memory = info->si_code > 0;  // otherwise somebody sent it, and there is no address
    if (by_the_memory) {
        const MappedFile* file = inside_now != nullptr ? inside_now : watched_at(info->si_addr);
        if (file != nullptr) end_for(*file);
    }
    ::sigaction(signal, signal == SIGBUS ? &before_bus : &before_segv, nullptr);
    if (!by_the_memory) ::raise(signal);
}

void take_signals() {
    static std::array<char, alternate_stack_bytes> stack;
    stack_t alternate{};
    alternate.ss_sp = stack.data();
    alternate.ss_size = stack.size();
    ACTLEDGER_ASSERT(::sigaltstack(&alternate, nullptr) == 0);
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    ACTLEDGER_ASSERT(::sigaction(SIGSEGV, &action, &before_segv) == 0);
    ACTLEDGER_ASSERT(::sigaction(SIGBUS, &action, &before_bus) == 0);
}

/// Where this process has mapped a file: LMDB does not tell. The path is compared, as the system writes it in both
/// places, because device and inode differ there on stacked file systems.
std::optional<std::pair<std::uintptr_t, std::uintptr_t>> find_map(int file) {
    std::error_code failed;
    const std::string path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), failed).string();
    if (failed) return std::nullopt;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (!line.ends_with(path) || line.size() == path.size() || line[line.size() - path.size() - 1] != ' ') continue;
        unsigned long begin = 0;
        unsigned long end = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) return std::pair{begin, end};
    }
    return std::nullopt;
}

}  // namespace

void end_at_page_fault(MappedKind kind, std::string_view text, int exit_code) {
    Endings& of_kind = endings[static_cast<std::size_t>(kind)];
    Ending& prepared = of_kind.current.load() == of_kind.both.data() ? of_kind.both[1] : of_kind.both[0];
    prepared.length = text.copy(prepared.text.data(), prepared.text.size());
    prepared.exit_code = exit_code;
    of_kind.current = &prepared;
    if (!signals_taken.exchange(true)) take_signals();
}

Error page_fault_error(const std::filesystem::path& folder) {
    return {errc::log_damaged, "a page leads out of data.mdb", {{"folder", folder.string()}}};
}

namespace lmdb {

const MappedFile& log_file() noexcept {
    static const MappedFile instance;
    return instance;
}

Inside::Inside(const MappedFile& file) noexcept : before_(std::exchange(inside_now, &file)) {
    std::atomic_signal_fence(std::memory_order_seq_cst);  // the handler sees it for all that follows
}

Inside::~Inside() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    inside_now = before_;
}

WatchedMap::WatchedMap(int descriptor, const MappedFile& file) {
    const auto found = find_map(descriptor);
    if (!found) return;
    begin_ = found->first;
    end_ = found->second;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (ranges[i].taken.exchange(true)) continue;
        ranges[i].file = &file;
        ranges[i].begin = found->first;
        ranges[i].end = found->second;
        place_ = i;
        return;
    }
}

WatchedMap::~WatchedMap() {
    if (place_ == none) return;
    ranges[place_].end = 0;
    ranges[place_].begin = 0;
    ranges[place_].taken = false;
}

WatchedMap::WatchedMap(WatchedMap&& other) noexcept
    : place_(std::exchange(other.place_, none)),
      begin_(std::exchange(other.begin_, 0)),
      end_(std::exchange(other.end_, 0)) {}

WatchedMap& WatchedMap::operator=(WatchedMap&& other) noexcept {
    std::swap(place_, other.place_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    return *this;
}

void end_if_prepared() noexcept {
    if (inside_now != nullptr) end_for(*inside_now);
}

}  // namespace lmdb
}  // namespace ledger
